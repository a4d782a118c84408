/** The lines of the log, as CloudWatch would read them. */
export function captureLog(): Record<string, any>[] {
  const lines: Record<string, any>[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(JSON.parse(text as string));
    return true;
  });
  return lines;
}
