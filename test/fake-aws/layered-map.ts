/**
 * An immutable map in which the latest few values change often and the others rarely: setting one copies only the few.
 * A user with the shortest schedule has a thousand keys in ten years.
 */
export class LayeredMap<V> {
  private static readonly MOST_RECENT = 8;

  constructor(
    private readonly old: ReadonlyMap<string, V> = new Map(),
    private readonly recent: ReadonlyMap<string, V> = new Map(),
  ) {}

  public get(name: string): V | undefined {
    return this.recent.get(name) ?? this.old.get(name);
  }

  public has(name: string): boolean {
    return this.recent.has(name) || this.old.has(name);
  }

  public with(name: string, value: V): LayeredMap<V> {
    const isFull = this.recent.size >= LayeredMap.MOST_RECENT;
    return isFull
      ? new LayeredMap(new Map(this).set(name, value))
      : new LayeredMap(this.old, new Map(this.recent).set(name, value));
  }

  /** All entries that can differ from an earlier map, and possibly some that do not. */
  public since(before: LayeredMap<V>): Iterable<[string, V]> {
    return this.old === before.old ? this.recent : this;
  }

  /** In insertion order, like any map. */
  public *[Symbol.iterator](): Generator<[string, V]> {
    for (const [name, value] of this.old) yield [name, this.recent.get(name) ?? value];
    for (const [name, value] of this.recent) if (!this.old.has(name)) yield [name, value];
  }
}
