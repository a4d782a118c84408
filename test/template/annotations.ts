import { IConstruct } from 'constructs';

/** The warnings at and below a construct, with their texts. */
export function warnings(construct: IConstruct): string[] {
  return construct.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === 'aws:cdk:warning')
    .map(({ data }) => String(data));
}

/** The IDs of these warnings, without the prefix that all of this library have. */
export function annotationIds(construct: IConstruct): string[] {
  return warnings(construct).map((text) => /\[ack: cdk-access-key-rotation:(\w+)\]/.exec(text)?.[1] ?? text);
}
