/**
 * The limits of CloudFormation. If no other source is named:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
import { atMost, bytes, nameOf, Rule } from './rule';
import { Deployment, DeployedStack } from '../deployment';

const eachStack =
  (size: (stack: DeployedStack) => number) =>
  ({ stacks }: Deployment) =>
    stacks.map((stack) => ({ of: stack.name, size: size(stack) }));
const count = (section: object = {}) => Object.keys(section).length;

/** "Maximum number of resources that you can declare in your CloudFormation template": 500. */
export const resources = atMost(
  500,
  'resources',
  eachStack(({ body }) => count(body.Resources)),
);

/** 1 MB in an S3 object, which CloudFormation counts as "Template may not exceed 1000000 bytes in size". */
export const templateSize = atMost(
  1_000_000,
  'bytes',
  eachStack((stack) => stack.bytes),
);

/** "Maximum number of parameters that you can declare in your CloudFormation template": 200. */
export const parameters = atMost(
  200,
  'parameters',
  eachStack(({ body }) => count(body.Parameters)),
);

/** "Maximum number of outputs that you can declare in your CloudFormation template": 200. */
export const outputs = atMost(
  200,
  'outputs',
  eachStack(({ body }) => count(body.Outputs)),
);

/** "Maximum size of a template description": 1,024 bytes. */
export const templateDescription = atMost(
  1_024,
  'bytes of description',
  eachStack(({ body }) => Buffer.byteLength(body.Description ?? '')),
);

/** "Maximum size of Stack name": 128 characters. CloudFormation generates the names of nested stacks. */
export const stackName = atMost(128, 'characters', ({ stacks }) =>
  stacks.filter(({ parent }) => !parent).map(({ name }) => ({ of: name, size: name.length })),
);

/** "Maximum size of a parameter value": 4,096 bytes. */
export const parameterValue = atMost(4_096, 'bytes of a parameter value', (deployment) =>
  deployment
    .ofType('AWS::CloudFormation::Stack')
    .flatMap((located) =>
      Object.entries(deployment.properties(located).Parameters ?? {}).map(([name, value]) => ({
        of: `${nameOf(located)}, ${name}`,
        size: Buffer.byteLength(String(value)),
      })),
    ),
);

/**
 * "Maximum size of a resource name" and of the name of an output or a parameter: 255 alphanumeric characters.
 */
export const logicalIds: Rule = ({ stacks }) =>
  stacks.flatMap(({ name, body }) =>
    [body.Resources, body.Parameters, body.Outputs]
      .flatMap((section) => Object.keys(section ?? {}))
      .filter((id) => !/^[A-Za-z0-9]{1,255}$/.test(id))
      .map(
        (id) => `${name}: the logical ID ${id} has ${id.length} characters, AWS allows 255, all of them alphanumeric`,
      ),
  );

/** The name of an export is unique in a Region, and has up to 255 characters, like the name of an output. */
export const exportNames: Rule = (deployment) => {
  const names: string[] = deployment.stacks.flatMap((stack) =>
    Object.values(stack.body.Outputs ?? {}).flatMap(({ Export }) =>
      Export ? [deployment.fill(Export.Name, stack)] : [],
    ),
  );
  return names
    .filter((name, index) => name.length > 255 || names.indexOf(name) !== index)
    .map(
      (name) => `the export ${name} of ${name.length} characters is too long or not unique, AWS allows 255 characters`,
    );
};

/**
 * The request to the provider of a custom resource is an asynchronous invocation, which has up to 256 KB
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). In an update, it contains the old
 * properties too.
 */
export const customResourceRequest = atMost((256 * 1024) / 2, 'bytes of properties', (deployment) =>
  deployment.resources
    .filter(({ resource }) => resource.Type.startsWith('Custom::'))
    .map((located) => ({ of: nameOf(located), size: bytes(deployment.properties(located)) })),
);

/** "ServiceTimeout": from 1 to 3,600 seconds (AWS::CloudFormation::CustomResource). */
export const customResourceTimeout = atMost(3_600, 'seconds until the response', (deployment) =>
  deployment.resources
    .filter(({ resource }) => resource.Type.startsWith('Custom::'))
    .map((located) => ({ of: nameOf(located), size: Number(deployment.properties(located).ServiceTimeout ?? 1) })),
);

/**
 * "Maximum number of resources a nested stack can create, update, or delete per operation": 2,500. Only an
 * operation on more of them fails.
 */
export const nestedOperation = atMost(2_500, 'resources in nested stacks', ({ stacks }) =>
  stacks
    .filter(({ parent }) => !parent)
    .map((root) => ({
      of: root.name,
      size: nestedIn(root, stacks).reduce((sum, { body }) => sum + count(body.Resources), 0),
    })),
);

function nestedIn(stack: DeployedStack, all: readonly DeployedStack[]): DeployedStack[] {
  return all.filter(({ parent }) => parent?.stack === stack).flatMap((nested) => [nested, ...nestedIn(nested, all)]);
}
