/** How CloudFormation's functions are resolved, within a stack and across stacks. */
import { Deployment, stackOf } from './deployment';

const producer = stackOf(
  'Producer',
  JSON.stringify({
    Resources: { Queue: { Type: 'AWS::SQS::Queue' } },
    Outputs: {
      Out: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] }, Export: { Name: { 'Fn::Sub': '${AWS::Region}:Queue' } } },
    },
  }),
);
const nesting = stackOf(
  'Nesting',
  JSON.stringify({
    Resources: {
      Nested: {
        Type: 'AWS::CloudFormation::Stack',
        Properties: { Parameters: { Queue: { 'Fn::ImportValue': 'eu-central-1:Queue' } } },
      },
    },
  }),
);
const nested = {
  ...stackOf(
    'Nested',
    JSON.stringify({
      Parameters: { Queue: {} },
      Outputs: { Name: { Value: { 'Fn::Join': ['/', ['nested', { Ref: 'Queue' }]] } } },
    }),
  ),
  parent: { stack: nesting, id: 'Nested' },
};
const deployment = new Deployment([producer, nesting, nested]);
const QUEUE = 'arn:aws:sqs:eu-central-1:111122223333:Producer-Queue';

test.each([
  ['an ARN', { 'Fn::GetAtt': ['Queue', 'Arn'] }, producer, QUEUE],
  ['a reference', { Ref: 'Queue' }, producer, 'https://sqs.eu-central-1.amazonaws.com/111122223333/Producer-Queue'],
  ['an export of another stack', { 'Fn::ImportValue': 'eu-central-1:Queue' }, nesting, QUEUE],
  [
    'an output of another stack',
    { 'Fn::GetStackOutput': { StackName: 'Producer', OutputName: 'Out' } },
    nesting,
    QUEUE,
  ],
  ["a nested stack's parameter", { Ref: 'Queue' }, nested, QUEUE],
  ["a nested stack's output", { 'Fn::GetAtt': ['Nested', 'Outputs.Name'] }, nesting, `nested/${QUEUE}`],
  ['a nested value', { list: [{ Ref: 'AWS::AccountId' }] }, producer, { list: ['111122223333'] }],
])('%s', (_what, value, stack, filled) => {
  expect(deployment.fill(value, stack)).toEqual(filled);
});

test.each([
  [
    'a function that the tests do not support',
    { 'Fn::Cidr': ['10.0.0.0/8', 1] },
    'Fn::Cidr: the tests do not support this function of CloudFormation.',
  ],
  ['a missing export', { 'Fn::ImportValue': 'none' }, 'No stack exports none.'],
  ['a missing resource', { Ref: 'None' }, 'Producer has no resource None.'],
])('%s is an error', (_what, value, message) => {
  expect(() => deployment.fill(value, producer)).toThrow(message);
});
