import { IConstruct } from 'constructs';

/** Sorts by construct ID, so that the order in which constructs are added does not change the template. */
export function inOrder<T extends IConstruct>(constructs: Iterable<T>): T[] {
  return [...constructs].sort((a, b) => (a.node.id < b.node.id ? -1 : 1));
}
