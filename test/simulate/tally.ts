/** Counts over all users. */
export class Tally {
  public days = 0;
  public checks = 0;
  /** Events that ended in an error. */
  public failures = 0;
  public readonly outcomes = new Map<string, number>();
  public readonly disturbances = new Map<string, number>();
  public readonly faults = new Map<string, number>();
  public readonly interventions = new Map<string, number>();

  public count(of: Map<string, number>, what: string): void {
    of.set(what, (of.get(what) ?? 0) + 1);
  }
}
