/** Which ARN of the function serves which event: the function itself checks and people, its alias CloudFormation. */
import { isLogicalId, refusedQualifier } from '../../../src/rotator/domain/qualifier';

const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:rotator';
const ALIAS = `${ARN}:CloudFormation`;

const DELETE = {
  RequestType: 'Delete',
  ResourceType: 'Custom::AccessKeyRotationFirstKey',
  ResponseURL: 'https://cloudformation-custom-resource-response.s3.amazonaws.com/?X-Amz-Signature=c0ffee',
  LogicalResourceId: 'UserAliceFirstKey',
  ResourceProperties: { Username: 'alice', Secret: 'alice' },
};
const DELETE_SHOWN =
  'an event with "RequestType": "Delete", "ResourceType": "Custom::AccessKeyRotationFirstKey", "LogicalResourceId": "UserAliceFirstKey", "Username": "alice"';
const CHECK = { action: 'create', username: 'alice', ifDue: true };
const REPORT = { source: 'aws.health', 'detail-type': 'AWS Health Event', detail: { service: 'RISK' } };
const DIGEST = { action: 'digest', subscriptions: 2 };

test.each([CHECK, REPORT, DIGEST, { action: 'status' }, {}, null, undefined, 1, 'text', []])(
  'every ARN but the alias serves all but CloudFormation: %j',
  (event) => {
    expect(refusedQualifier(ARN, event)).toBeUndefined();
    expect(refusedQualifier(`${ARN}:$LATEST`, event)).toBeUndefined(); // as CDK's grantInvokeLatestVersion() permits
    expect(refusedQualifier(`${ARN}:live`, event)).toBeUndefined(); // an alias of the app
  },
);

test('the alias serves the requests of CloudFormation for a first key', () => {
  expect(refusedQualifier(ALIAS, DELETE)).toBeUndefined();
  expect(refusedQualifier(ALIAS.replace('arn:aws:', 'arn:aws-us-gov:'), DELETE)).toBeUndefined();
});

test.each([
  [ARN, 'without a qualifier'],
  [undefined, 'without a qualifier'],
  [`${ARN}:$LATEST`, 'with the qualifier "$LATEST"'],
  [`${ARN}:7`, 'with the qualifier "7"'],
  [`${ARN}:cloudformation`, 'with the qualifier "cloudformation"'],
  [`${ARN}:CloudFormation2`, 'with the qualifier "CloudFormation2"'],
])('%s refuses a request of CloudFormation, and says what came', (arn, named) => {
  expect(refusedQualifier(arn, DELETE)).toBe(
    `${DELETE_SHOWN} was sent to the function ${named}, which serves no request of CloudFormation, and nothing was changed.`
      + ' The "ServiceToken" of a resource is the alias "CloudFormation": deploy the template of the rotation',
  );
});

test.each([
  { ...DELETE, ResourceType: 'Custom::Other' },
  { RequestType: 'Create' },
  { ResponseURL: 'https://example.com/' },
  { ...CHECK, RequestType: 'Delete' },
  { ResourceType: 'Custom::AccessKeyRotationFirstKey' },
])('the function itself refuses each event in the form of CloudFormation: %j', (event) => {
  expect(refusedQualifier(ARN, event)).toContain('which serves no request of CloudFormation, and nothing was changed');
});

test.each([
  [CHECK, 'an event with "action": "create", "username": "alice"'],
  [REPORT, 'an event with "source": "aws.health", "detail-type": "AWS Health Event"'],
  [DIGEST, 'an event with "action": "digest"'],
  [
    { ...DELETE, ResourceType: 'Custom::Other' },
    DELETE_SHOWN.replace('Custom::AccessKeyRotationFirstKey', 'Custom::Other'),
  ],
  [{ action: ['create'], username: 7 }, 'an event with "action": a list, "username": 7'],
  [{ action: 'revoke', accessKeyId: 'wJalrXUtnFEMI' }, 'an event with "action": "revoke"'],
  [{ username: 'a\n\u001b[31m' }, 'an event with "username": "a??[31m"'],
  [{ username: 'x'.repeat(5_000) }, 'an event with "username": a text of 5000 characters'],
  [{ ResourceProperties: 'text' }, 'an event without a known field'],
  [null, 'an event without a known field'],
  ['text', 'an event without a known field'],
])('the alias refuses every other event, and says what came: %#', (event, shown) => {
  expect(refusedQualifier(ALIAS, event)).toBe(
    `${shown} was sent to the alias "CloudFormation" of the function, which serves only CloudFormation's requests of the type Custom::AccessKeyRotationFirstKey, and nothing was changed.`
      + ' Send it to the function without a qualifier',
  );
});

test.each([ARN, `${ARN}:7`])('a refusal by %s holds nothing that is a credential', (arn) => {
  expect(refusedQualifier(arn, { ...DELETE, accessKeyId: 'wJalrXUtnFEMI' })).not.toMatch(/c0ffee|wJalr|https/);
});

describe('a logical ID', () => {
  const SECRET = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYxx';

  test.each(['RotationUseraliceFirstKey0A1B2C3D', 'FirstKey', `${'a'.repeat(239)}FirstKey`])(
    'is one if the CDK can have derived it: %s',
    (id) => {
      expect(isLogicalId(id)).toBe(true);
      const sent = { ResourceType: 'Custom::Other', LogicalResourceId: id };
      expect(refusedQualifier('arn:aws:lambda:eu-west-1:111122223333:function:f', sent)).toContain(
        `"LogicalResourceId": "${id}"`,
      );
    },
  );

  test.each([
    SECRET,
    `${SECRET}FirstKey0`,
    `a/FirstKey`,
    `FirstKey0A1B2C3D0`,
    `FirstKey0A1B2C3`,
    'FirstKeyxxxxxxxx',
    `${'a'.repeat(240)}FirstKey`,
    `x\nFirstKey`,
    7,
    undefined,
    ['FirstKey'],
  ])('is not any other text: %p', (id) => {
    expect(isLogicalId(id)).toBe(false);
  });

  test('in another field is a text like any other', () => {
    const sent = { RequestType: 'RotationUseraliceFirstKey0A1B2C3D' };
    expect(refusedQualifier('arn:aws:lambda:eu-west-1:111122223333:function:f', sent)).toContain(
      '"RequestType": a text of 33 characters',
    );
  });
});
