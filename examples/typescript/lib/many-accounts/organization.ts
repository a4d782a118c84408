/** What differs between organizations: replace all of it. */
export const ORGANIZATION_ID = 'o-exampleorgid';
export const ORGANIZATIONAL_UNIT = 'ou-exam-examplew';
export const PARTITION = 'aws'; // 'aws-cn' in China, 'aws-us-gov' in GovCloud
export const REGION = 'eu-central-1';
export const CENTRAL_ACCOUNT = '111111111111';
export const MEMBER_ACCOUNTS = ['222222222222', '333333333333'];
/** Of accounts with more than one: each rotation sends one for every 1,000 users, in each Region. */
export const DIGESTS_A_DAY: Record<string, number> = {}; // such as { '222222222222': 2 }
export const SECURITY_TEAM = 'security@example.com';
export const REPOSITORY = 'example/access-keys';
export const CONNECTION_ARN = `arn:${PARTITION}:codeconnections:${REGION}:${CENTRAL_ACCOUNT}:connection/11111111-2222-3333-4444-555555555555`;

/** Fixed, so that the member accounts can name the bus without a value of another deploy. */
export const BUS_NAME = 'access-keys';
export const CENTRAL_BUS_ARN = `arn:${PARTITION}:events:${REGION}:${CENTRAL_ACCOUNT}:event-bus/${BUS_NAME}`;
