import { isReport, readReport } from '../../../src/rotator/domain/exposure';
import { BadRequest } from '../../../src/rotator/domain/failure';
import { ACCOUNT, attackSequence, exposed, exposedIn2016, finding, KEY_ID } from '../reports';

const EXFILTRATION = 'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS';
const OTHER_KEY = 'AKIAI44QH8DHBEXAMPLE';
const read = (event: object) => readReport(event as Record<string, unknown>, ACCOUNT);
/** A report with other fields in its detail. */
const with_ = (detail: object, more: object = {}) => {
  const event = exposedIn2016('none');
  return { ...event, ...more, detail: { ...event.detail, ...detail } };
};

describe('a report', () => {
  test.each<[string, object, string]>([
    ['of today', exposed(), 'AWS_RISK_CREDENTIALS_EXPOSED'],
    ['of 2016', exposedIn2016(), 'AWS_RISK_CREDENTIALS_EXPOSED'],
    [
      'of a suspicion',
      exposed(KEY_ID, ACCOUNT, 'AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED'),
      'AWS_RISK_CREDENTIALS_COMPROMISE_SUSPECTED',
    ],
    [
      'with a code that is not known today',
      exposed(KEY_ID, ACCOUNT, 'AWS_RISK_CREDENTIALS_SOLD'),
      'AWS_RISK_CREDENTIALS_SOLD',
    ],
    ['of a quarantine', exposed(KEY_ID, ACCOUNT, 'AWS_RISK_IAM_QUARANTINE'), 'AWS_RISK_IAM_QUARANTINE'],
    ['about abuse', { ...exposed(), 'detail-type': 'AWS Health Abuse Event' }, 'AWS_RISK_CREDENTIALS_EXPOSED'],
  ])('%s: the key and the code', (_title, event, code) => {
    expect(isReport(event)).toBe(true);
    expect(read(event)).toMatchObject({ source: 'AWS Health', code, keyIds: [KEY_ID] });
  });

  test('has what identifies it', () => {
    expect(read(exposed())).toMatchObject({
      eventArn: expect.stringContaining(':event/RISK/'),
      communicationId: 'acf0ec863d311e61f725cc6ba09b94d9798e78869a17',
    });
  });

  test('of GuardDuty: the key and the type', () => {
    expect(read(finding())).toMatchObject({
      source: 'GuardDuty',
      code: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller',
      keyIds: [KEY_ID],
    });
  });

  test.each<[string, object]>([
    ['an actor and a resource', attackSequence()],
    ['an actor', attackSequence(KEY_ID, ACCOUNT, { inResources: false })],
    ['a resource', attackSequence(KEY_ID, ACCOUNT, { inActors: false })],
  ])('of GuardDuty about an attack sequence names its key in %s', (_place, event) => {
    expect(read(event)).toMatchObject({
      source: 'GuardDuty',
      code: 'AttackSequence:IAM/CompromisedCredentials',
      keyIds: [KEY_ID],
    });
  });

  test.each<[string, object]>([
    ['resources', with_({}, { resources: [KEY_ID] })],
    ['resources, in an ARN', with_({}, { resources: [`arn:aws:iam::${ACCOUNT}:user/alice/${KEY_ID}`] })],
    ['an affected entity', with_({ affectedEntities: [{ entityValue: KEY_ID }] })],
    ['an affected entity, after a user', with_({ affectedEntities: [{ entityValue: `IAM_USER/alice/${KEY_ID}` }] })],
    ['the metadata', with_({ eventMetadata: { publicKey: KEY_ID } })],
  ])('names its key in %s', (_place, event) => {
    expect(read(event)).toMatchObject({ keyIds: [KEY_ID] });
  });

  test.each<[string, object]>([
    ['of AWS Health', exposed()],
    ['of GuardDuty', finding()],
  ])('%s with fields that are not known today is read as without them', (_title, event) => {
    const more = { futureField: { deeper: ['AKIAFUTURE0000000000'] } };
    const { detail, ...envelope } = event as ReturnType<typeof exposed>;
    expect(read({ ...envelope, ...more, detail: { ...detail, ...more } })).toEqual(read(event));
  });

  test('can name several keys, each once', () => {
    const event = with_(
      { affectedEntities: [{ entityValue: KEY_ID }, { entityValue: OTHER_KEY }] },
      { resources: [KEY_ID] },
    );
    expect(read(event)).toMatchObject({ keyIds: [KEY_ID, OTHER_KEY] });
  });
});

describe('ignored is', () => {
  test.each<[string, object, RegExp]>([
    ['another account', exposed(KEY_ID, '999988887777'), /about account 999988887777/],
    ['another account of the organization', with_({ affectedAccount: '999988887777' }), /about account 999988887777/],
    ['a finding of another account', finding(KEY_ID, '999988887777'), /about account 999988887777/],
    [
      'a finding about a member of the organization',
      { ...finding(), detail: { ...finding().detail, accountId: '999988887777' } },
      /about account 999988887777/,
    ],
    [
      'the own account in one field and another one in the next',
      with_({ affectedAccount: ACCOUNT, accountId: '999988887777' }),
      /about account 999988887777/,
    ],
    ['another event of AWS Health', exposed(KEY_ID, ACCOUNT, 'AWS_EC2_OPERATIONAL_ISSUE'), /not about exposed/],
    [
      'a code that only contains the known one',
      exposed(KEY_ID, ACCOUNT, 'X_AWS_RISK_CREDENTIALS_EXPOSED'),
      /not about exposed/,
    ],
    ['a number in place of a code', with_({ eventTypeCode: 1 }, { resources: [KEY_ID] }), /not about exposed/],
    ['text in place of a code', exposed(KEY_ID, ACCOUNT, 'AWS_RISK_CREDENTIALS_ rm -rf'), /not about exposed/],
    ['another kind of event', { ...exposed(), 'detail-type': 'AWS API Call via CloudTrail' }, /not about exposed/],
    ['a report without a key', exposed('arn:aws:iam::111122223333:root'), /names no access key/],
    ['a report about the key of a session', exposed('ASIAIOSFODNN7EXAMPLE'), /names no access key/],
    ['a report whose key is too short', exposed('AKIAIOSFODN'), /names no access key/],
    [
      'a report whose lists are none',
      with_({ affectedEntities: 'none', eventMetadata: 7 }, { resources: {} }),
      /names no access key/,
    ],
    ['a finding about a session', finding('ASIAIOSFODNN7EXAMPLE'), /names no access key/],
    [
      'a finding without a type',
      { ...finding(), detail: { ...finding().detail, type: undefined } },
      /names no access key/,
    ],
    ['a finding with an odd type', finding(KEY_ID, ACCOUNT, 'a b\nc'), /names no access key/],
    [
      'a finding of another shape',
      { ...finding(), detail: { type: 'AttackSequence:IAM/CompromisedCredentials' } },
      /names no access key/,
    ],
    [
      'an attack sequence whose lists are none',
      {
        ...finding(),
        detail: {
          type: 'AttackSequence:IAM/CompromisedCredentials',
          service: { detection: { sequence: { actors: [null, 'x', { user: 7 }], resources: 'none' } } },
        },
      },
      /names no access key/,
    ],
    ['an attack sequence of sessions only', attackSequence('ASIAIOSFODNN7EXAMPLE'), /names no access key/],
    ['an attack sequence of another account', attackSequence(KEY_ID, '999988887777'), /about account 999988887777/],
  ])('%s', (_title, event, why) => {
    expect(read(event)).toEqual({ ignored: expect.stringMatching(why) });
  });
});

describe('what AWS does not send is an error for the sender', () => {
  test.each<[string, object, string]>([
    [
      'no detail',
      { ...exposed(), detail: undefined },
      '"detail" of the event of aws.health is missing, expected an object',
    ],
    [
      'a list as detail',
      { ...finding(), detail: [] },
      '"detail" of the event of aws.guardduty is a list, expected an object',
    ],
    [
      'no account',
      { ...exposed(), account: undefined },
      '"account" of the event of aws.health is missing, expected the 12',
    ],
    [
      'no account of a finding',
      { ...finding(), account: undefined },
      '"account" of the event of aws.guardduty is missing',
    ],
  ])('%s', (_what, event, message) => {
    expect(() => read(event)).toThrow(BadRequest);
    expect(() => read(event)).toThrow(new RegExp(`^${message}.*: send an event as EventBridge delivers it$`));
  });

  const WRONG: [unknown, string][] = [
    [null, 'null'],
    [999988887777, '999988887777'],
    [Number(ACCOUNT), ACCOUNT],
    [true, 'true'],
    ['', '""'],
    ['x', '"x"'],
    ['99998888777', '"99998888777"'],
    ['9999888877776', '"9999888877776"'],
    ['x999988887777', '"x999988887777"'],
    ['999988887777x', '"999988887777x"'],
    [' 999988887777', '" 999988887777"'],
    [`${ACCOUNT}\n`, `"${ACCOUNT}?"`],
    ['١١١١٢٢٢٢٣٣٣٣', '"١١١١٢٢٢٢٣٣٣٣"'],
    ['arn:aws:iam::999988887777:root', 'a text of 30 characters'],
    [[ACCOUNT], 'a list'],
    [{ id: ACCOUNT }, 'an object'],
  ];

  test.each(WRONG)('%j in place of an account', (id, shown) => {
    const places: [string, object][] = [
      ['account', with_({}, { account: id, resources: [KEY_ID] })],
      ['affectedAccount', with_({ affectedAccount: id }, { resources: [KEY_ID] })],
      ['accountId', with_({ accountId: id }, { resources: [KEY_ID] })],
      ['account', { ...finding(), account: id }],
      ['accountId', { ...finding(), detail: { ...finding().detail, accountId: id } }],
    ];
    for (const [field, event] of places) {
      expect(() => read(event)).toThrow(BadRequest);
      expect(() => read(event)).toThrow(`"${field}" of the event of aws.`);
      expect(() => read(event)).toThrow(` is ${shown}, expected the 12 digits of an account: `);
    }
  });
});

test.each([
  [undefined],
  [null],
  ['text'],
  [[]],
  [{}],
  [{ source: 'aws.s3' }],
  [{ action: 'create', username: 'alice' }],
])('another event is no report: %j', (event) => {
  expect(isReport(event)).toBe(false);
});

describe('a secret that stands anywhere in a report is not repeated', () => {
  const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const forms = [SECRET, ...['x', '_', '-'].map((other) => SECRET.replaceAll('/', other)), SECRET.replace('/', 'x')];
  /** A secret as a part of a value in the form that AWS's values have. */
  const SECRETS = forms.flatMap((secret) => [
    secret,
    `arn:${secret}`,
    `a:${secret}`,
    `A:B/${secret}`,
    `A:B/C.${secret}`,
    `AWS_RISK_CREDENTIALS_${secret}`,
    `AWS_RISK_IAM_QUARANTINE${secret}`,
    ...['event/', 'event/AWS_RISK_', 'event/RISK/A/', 'event/RISK/A/A_', 'event/RISK/A/A-'].map(
      (resource) => `arn:aws:health:us-east-1::${resource}${secret}`,
    ),
    `arn:aws:health:us-east-1::event/${secret}/A/A_1`,
    `arn:aws:health:us-east-1::event/RISK/${secret}/A_1`,
    `arn:aws:health:${secret}::event/A_1`,
    `arn:${secret}:health:us-east-1::event/A_1`,
    `arn:aws:guardduty:us-east-1:111122223333:${secret}`,
    `arn:aws:guardduty:us-east-1:111122223333:detector/${secret}/finding/a1`,
    `arn:aws:guardduty:us-east-1:111122223333:detector/a1/finding/${secret}`,
  ]);

  test.each<[string, object]>([
    ['of today', exposed()],
    ['of 2016', exposedIn2016()],
    ['of GuardDuty', finding()],
    ['of an attack sequence', attackSequence()],
  ])('a report %s', (_title, report) => {
    for (const path of pathsOf(report)) {
      for (const secret of SECRETS) {
        const event = structuredClone(report);
        setAt(event, path, secret);
        const shown = isReport(event) ? shownOf(event) : '';
        expect({ path, secret, isShown: shown.includes(secret.slice(-20)) }).toEqual({ path, secret, isShown: false });
      }
    }
  });
});

test.each<[string, object, string]>([
  ['a code in lower case', exposed(KEY_ID, ACCOUNT, 'AWS_RISK_CREDENTIALS_exposed'), 'a text of 28 characters'],
  [
    'a type with a long part',
    finding(KEY_ID, ACCOUNT, `A:${'B'.repeat(19)}/${'c'.repeat(20)}`),
    'a text of 42 characters',
  ],
  ['a type with another part', finding(KEY_ID, ACCOUNT, `A:B/${'c'.repeat(37)}.D`), `A:B/${'c'.repeat(37)}.D`],
  ['the longest type of today', finding(KEY_ID, ACCOUNT, EXFILTRATION), EXFILTRATION],
])('a report counts, also if its code can be a secret: %s', (_what, event, code) => {
  expect(read(event)).toMatchObject({ code, keyIds: [KEY_ID] });
});

test.each<[string, object]>([
  ...[
    'event/RISK/AWS_RISK_CREDENTIALS_EXPOSED/AWS_RISK_CREDENTIALS_EXPOSED-DVNePcpQ2o',
    'event/AWS_RISK_CREDENTIALS_EXPOSED_XXXXXXXXXXXXXXXXX',
    'event/EC2/AWS_EC2_RETIREMENT/AWS_EC2_RETIREMENT_ABC123-DEF456',
    `event/A_${'x'.repeat(39)}`,
  ].flatMap((resource): [string, object][] =>
    ['arn:aws:health:us-east-1::', 'arn:aws-us-gov:health:us-gov-west-1:111122223333:', 'arn:aws:health:::'].map(
      (place) => [place + resource, { ...exposed(), detail: { ...exposed().detail, eventArn: place + resource } }],
    ),
  ),
  ...[
    'detector/a0b4f1/finding/16b4b1a2a7c3d30a8541009abcebe000',
    `detector/${'a'.repeat(64)}/finding/${'0'.repeat(64)}`,
  ].map((resource): [string, object] => {
    const arn = `arn:aws-cn:guardduty:cn-north-1:${ACCOUNT}:${resource}`;
    return [arn, { ...finding(), detail: { ...finding().detail, arn } }];
  }),
])('the ARN of a report is shown: %s', (arn, event) => {
  expect(read(event)).toMatchObject({ eventArn: arn });
});

test.each<[string, object]>([
  ['an ARN of another service', { eventArn: 'arn:aws:iam::111122223333:user/alice' }],
  ['an ARN that is too long', { eventArn: `arn:aws:health:us-east-1::event/${'x'.repeat(200)}` }],
  ['an ID that is too long', { eventArn: `arn:aws:health:us-east-1::event/A_${'x'.repeat(40)}` }],
  ['a code that is too long', { eventArn: `arn:aws:health:us-east-1::event/${'A'.repeat(101)}-1` }],
  ['an ARN without an ID', { eventArn: 'arn:aws:health:us-east-1::event/A' }],
  ['text before an ARN', { eventArn: 'x arn:aws:health:us-east-1::event/A_1' }],
  ['an ARN of a partition that is too long', { eventArn: `arn:aws${'-'.repeat(21)}:health:us-east-1::event/A_1` }],
  ['an ARN of a Region that is too long', { eventArn: `arn:aws:health:${'a'.repeat(31)}::event/A_1` }],
  ['an ARN of an account that is too long', { eventArn: `arn:aws:health:::${'1'.repeat(13)}event/A_1` }],
  ['an ARN with a line break', { eventArn: 'arn:aws:health:us-east-1::event/x\n' }],
  ['a communication ID that is too long', { communicationId: 'a'.repeat(65) }],
  ['a communication ID with a line break', { communicationId: 'a\n' }],
  ['a number', { eventArn: 7, communicationId: 7 }],
])('an identity of another form is left out: %s', (_what, detail) => {
  const report = exposed();
  const event = { ...report, detail: { ...report.detail, eventArn: undefined, communicationId: undefined, ...detail } };
  expect(read(event)).toEqual({ source: 'AWS Health', code: 'AWS_RISK_CREDENTIALS_EXPOSED', keyIds: [KEY_ID] });
});

/** What is read, or the error. */
function shownOf(event: object): string {
  try {
    return JSON.stringify(read(event));
  } catch (error) {
    expect(error).toBeInstanceOf(BadRequest);
    return (error as Error).message;
  }
}

/** The paths to all values that are no objects. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]));
}

function setAt(target: any, [name, ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) target[name] = value;
  else setAt(target[name], rest, value);
}
