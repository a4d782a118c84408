/**
 * Time that passes only where nothing is left to do: thousands of asynchronous runs at once, always in the same order.
 */
export class VirtualTime {
  /** The times at which something goes on, as a heap: the earliest first. */
  private readonly times: number[] = [];
  private readonly due = new Map<number, (() => void)[]>();

  constructor(public now: number) {}

  public sleep(ms: number): Promise<void> {
    return new Promise((goOn) => this.at(this.now + Math.ceil(ms), goOn));
  }

  public at(time: number, goOn: () => void): void {
    const same = this.due.get(time);
    if (same) {
      same.push(goOn);
    } else {
      this.due.set(time, [goOn]);
      this.push(time);
    }
  }

  /** Until nobody waits for anything any more. */
  public async run(): Promise<void> {
    while (this.times.length > 0) {
      this.now = this.pop();
      const goingOn = this.due.get(this.now)!;
      this.due.delete(this.now);
      goingOn.forEach((goOn) => goOn());
      await new Promise(setImmediate); // by then, whatever follows from it without waiting has happened
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
