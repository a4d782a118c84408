/** Time that advances only when all runs wait: thousands of concurrent runs, always in the same order. */
export class VirtualTime {
  /** The times at which a run continues, as a heap with the earliest first. */
  private readonly times: number[] = [];
  private readonly due = new Map<number, (() => void)[]>();

  constructor(public now: number) {}

  public sleep(ms: number): Promise<void> {
    return new Promise((resume) => this.at(this.now + Math.ceil(ms), resume));
  }

  public at(time: number, resume: () => void): void {
    const same = this.due.get(time);
    if (same) {
      same.push(resume);
    } else {
      this.due.set(time, [resume]);
      this.push(time);
    }
  }

  /** Runs until no run waits. */
  public async run(): Promise<void> {
    while (this.times.length > 0) {
      this.now = this.pop();
      const resumed = this.due.get(this.now)!;
      this.due.delete(this.now);
      resumed.forEach((resume) => resume());
      await new Promise(setImmediate); // the resumed runs have reached their next wait
    }
  }

  private push(time: number): void {
    const { times } = this;
    let child = times.push(time) - 1;
    while (child > 0 && times[above(child)] > time) {
      times[child] = times[above(child)];
      child = above(child);
    }
    times[child] = time;
  }

  private pop(): number {
    const { times } = this;
    const [first, last] = [times[0], times.pop()!];
    if (times.length === 0) return first;
    let parent = 0;
    for (let child = 1; child < times.length; child = 2 * parent + 1) {
      if (child + 1 < times.length && times[child + 1] < times[child]) child++;
      if (times[child] >= last) break;
      times[parent] = times[child];
      parent = child;
    }
    times[parent] = last;
    return first;
  }
}

function above(child: number): number {
  return Math.floor((child - 1) / 2);
}
