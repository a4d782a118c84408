/** One JSON object a line: CloudWatch Logs Insights finds the fields by itself. */
export function log(level: 'INFO' | 'WARN' | 'ERROR', fields: { readonly message: string; readonly [field: string]: unknown }): void {
  // Straight to the stream: the runtime's console would put a prefix before the JSON.
  process.stdout.write(`${JSON.stringify({ level, ...fields })}\n`);
}
