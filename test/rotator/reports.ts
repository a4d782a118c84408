/**
 * Reports of AWS as EventBridge delivers them. The shapes are recorded ones; account, key, user and texts are examples.
 *
 * - exposed: an event of 2025-02-12, published in the README of a public repository for exposed keys (its test event).
 *   The fields are those of https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
 * - exposedIn2016: the test event of https://github.com/aws/aws-health-tools, AWS_RISK_CREDENTIALS_EXPOSED
 * - finding: https://gist.github.com/maishsk/3e44a17be2134df0ba8aefc7f4682d09, with the fields of
 *   https://docs.aws.amazon.com/guardduty/latest/APIReference/API_AccessKeyDetails.html
 * - attackSequence: no event of this type was published with its credentials. The fields are those of
 *   https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Sequence.html, and of the sample finding of GuardDuty
 *   for this type, which people published without the IDs
 */
export const ACCOUNT = '111122223333';
export const KEY_ID = 'AKIAIOSFODNN7EXAMPLE';

export const exposed = (keyId = KEY_ID, account = ACCOUNT, code = 'AWS_RISK_CREDENTIALS_EXPOSED') => ({
  version: '0',
  id: '5b53b920-3e7c-6003-589a-0123456789ab',
  'detail-type': 'AWS Health Event',
  source: 'aws.health',
  account: account,
  time: '2026-01-12T00:38:36Z',
  region: 'us-east-1',
  resources: [keyId],
  detail: {
    eventArn: `arn:aws:health:us-east-1::event/RISK/${code}/${code}-DVNePcpQ2o`,
    service: 'RISK',
    eventTypeCode: code,
    eventTypeCategory: 'issue',
    eventScopeCode: 'ACCOUNT_SPECIFIC',
    communicationId: 'acf0ec863d311e61f725cc6ba09b94d9798e78869a17',
    startTime: 'Mon, 12 Jan 2026 00:37:54 GMT',
    endTime: 'Mon, 26 Jan 2026 00:37:54 GMT',
    lastUpdatedTime: 'Mon, 12 Jan 2026 00:37:55 GMT',
    statusCode: 'open',
    eventRegion: 'us-east-1',
    eventDescription: [
      { language: 'en_US', latestDescription: 'Your AWS Account may be compromised! We have opened a Support Case.' },
    ],
    eventMetadata: {
      notifcationdateplusfour: '2026-01-17', // as AWS spells it
      accountId: account,
      publicKey: keyId,
      userName: 'mallory',
      exposedUrl: 'https://github.com/example/repository',
      truncated: 'false',
    },
    affectedEntities: [{ entityValue: keyId, lastUpdatedTime: 'Mon, 12 Jan 2026 00:37:55 GMT' }],
    affectedAccount: account,
    page: '1',
    totalPages: '1',
  },
});

export const exposedIn2016 = (keyId = KEY_ID, account = ACCOUNT) => ({
  version: '0',
  id: '121345678-1234-1234-1234-123456789012',
  'detail-type': 'AWS Health Event',
  source: 'aws.health',
  account: account,
  time: '2016-06-05T06:27:57Z',
  region: 'us-east-1',
  resources: [],
  detail: {
    eventArn: 'arn:aws:health:us-east-1::event/AWS_RISK_CREDENTIALS_EXPOSED_XXXXXXXXXXXXXXXXX',
    service: 'RISK',
    eventTypeCode: 'AWS_RISK_CREDENTIALS_EXPOSED',
    eventTypeCategory: 'issue',
    startTime: 'Sat, 05 Jun 2016 15:10:09 GMT',
    eventDescription: [{ language: 'en_US', latestDescription: 'A description of the event will be provided here' }],
    affectedEntities: [{ entityValue: keyId }],
  },
});

export const attackSequence = (
  keyId = KEY_ID,
  account = ACCOUNT,
  { type = 'AttackSequence:IAM/CompromisedCredentials', inActors = true, inResources = true } = {},
) => ({
  version: '0',
  id: '22222222-7288-8259-0000-a251d0d4f872',
  'detail-type': 'GuardDuty Finding',
  source: 'aws.guardduty',
  account: account,
  time: '2026-01-12T08:55:11Z',
  region: 'us-east-1',
  resources: [],
  detail: {
    schemaVersion: '2.0',
    accountId: account,
    region: 'us-east-1',
    partition: 'aws',
    id: '8c258d654378414b9bc26f61a93eb816',
    arn: `arn:aws:guardduty:us-east-1:${account}:detector/a0b4f1/finding/8c258d654378414b9bc26f61a93eb816`,
    type,
    resource: { resourceType: 'AttackSequence' },
    service: {
      serviceName: 'guardduty',
      featureName: 'Correlation',
      detectorId: 'a0b4f1',
      resourceRole: 'TARGET',
      additionalInfo: {},
      detection: {
        sequence: {
          uid: `${account}-184ec3b9-cf8d-452d-9aad-f5bdb7afb010`,
          description: 'A sequence of actions involving 4 signals indicating a possible credential compromise',
          actors: [
            {
              id: 'USER:AIDAJDPLRKLG7UEXAMPLE',
              user: {
                name: 'mallory',
                uid: 'AIDAJDPLRKLG7UEXAMPLE',
                type: 'IAMUser',
                ...(inActors && { credentialUid: keyId }),
                account: { uid: account, account: 'example' },
              },
            },
          ],
          resources: [
            {
              uid: inResources ? keyId : 'AIDAJDPLRKLG7UEXAMPLE',
              name: 'mallory',
              resourceType: 'ACCESS_KEY',
              accountId: account,
              region: 'us-east-1',
              data: { accessKey: { principalId: 'AIDAJDPLRKLG7UEXAMPLE', userName: 'mallory', userType: 'IAMUser' } },
            },
          ],
          endpoints: [{ id: 'endpoint', ip: '203.0.113.1', connection: { direction: 'INBOUND' } }],
          signals: [
            {
              uid: 'signal-1',
              type: 'CLOUD_TRAIL',
              name: 'cloudtrail:DeleteTrail',
              severity: 8,
              count: 1,
              actorIds: ['USER:AIDAJDPLRKLG7UEXAMPLE'],
              endpointIds: ['endpoint'],
            },
          ],
          sequenceIndicators: [{ key: 'HIGH_RISK_API', values: ['cloudtrail:DeleteTrail', 'iam:CreateRole'] }],
        },
      },
      count: 1,
    },
    severity: 9,
    createdAt: '2026-01-12T08:50:11.000Z',
    updatedAt: '2026-01-12T08:50:11.000Z',
    title: 'Potential credential compromise of IAMUser/mallory indicated by a sequence of actions.',
    description: 'A sequence of actions involving 4 signals indicating a possible credential compromise',
  },
});

export const finding = (keyId = KEY_ID, account = ACCOUNT, type = 'UnauthorizedAccess:IAMUser/MaliciousIPCaller') => ({
  version: '0',
  id: '11111111-7288-8259-0000-a251d0d4f872',
  'detail-type': 'GuardDuty Finding',
  source: 'aws.guardduty',
  account: account,
  time: '2026-01-12T08:55:11Z',
  region: 'us-east-1',
  resources: [],
  detail: {
    schemaVersion: '2.0',
    accountId: account,
    region: 'us-east-1',
    partition: 'aws',
    id: '16b4b1a2a7c3d30a8541009abcebe000',
    arn: `arn:aws:guardduty:us-east-1:${account}:detector/a0b4f1/finding/16b4b1a2a7c3d30a8541009abcebe000`,
    type,
    resource: {
      resourceType: 'AccessKey',
      accessKeyDetails: {
        accessKeyId: keyId,
        principalId: 'AIDAJDPLRKLG7UEXAMPLE',
        userType: 'IAMUser',
        userName: 'mallory',
      },
    },
    service: {
      serviceName: 'guardduty',
      detectorId: 'a0b4f1',
      action: {
        actionType: 'AWS_API_CALL',
        awsApiCallAction: { api: 'ListAccessKeys', serviceName: 'iam.amazonaws.com', callerType: 'Remote IP' },
      },
      count: 1,
    },
    severity: 5,
    createdAt: '2026-01-12T08:50:11.000Z',
    updatedAt: '2026-01-12T08:50:11.000Z',
    title: 'Unusual calls',
    description: 'The calls are commonly used by attackers.',
  },
});
