import { IConstruct } from 'constructs';

/** By construct ID, so that the order in which constructs are added changes nothing in the template. */
export function inOrder<T extends IConstruct>(constructs: Iterable<T>): T[] {
  return [...constructs].sort((a, b) => (a.node.id < b.node.id ? -1 : 1));
}
