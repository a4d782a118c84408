/** Each message of the function in each of its forms, by what it is about. */
import { DEFAULT_AGES } from '../../../src/contract/ages';
import { nameDeactivation } from '../../../src/rotator/decisions/no-new-key';
import { UserLine } from '../../../src/rotator/domain/attention';
import { Exposure } from '../../../src/rotator/domain/exposure';
import { Failed, Failure } from '../../../src/rotator/domain/failure';
import { readLedger } from '../../../src/rotator/domain/ledger';
import { userState } from '../../../src/rotator/domain/user-state';
import { digestMessage } from '../../../src/rotator/messages/digest-message';
import { exposedKeyMessage } from '../../../src/rotator/messages/exposed-key-messages';
import { Message } from '../../../src/rotator/messages/message';
import { createdMessage, orphanDeletedMessage } from '../../../src/rotator/messages/new-key-messages';
import {
  deactivatedMessage,
  deletedMessage,
  leakedMessage,
  postponedMessage,
  reminderMessage,
  rolledBackMessage,
} from '../../../src/rotator/messages/old-key-messages';
import {
  blockedMessage,
  failedMessage,
  invalidLabelsMessage,
  notRevokedMessage,
} from '../../../src/rotator/messages/problem-messages';
import { adoptedMessage, unmanagedKeyMessage } from '../../../src/rotator/messages/unmanaged-key-messages';
import { found } from '../digest-findings';
import { CONTEXT, HOURLY, manualRequest, request } from '../support';

export const AT = new Date('2026-04-01T03:12:45Z');
export const create = request('create', DEFAULT_AGES, true, HOURLY);
const DAY_LATER = new Date('2026-04-02T03:12:45Z');

const [NEW, OLD] = ['AKIAI44QH8DHBEXAMPLE', 'AKIAIOSFODNN7EXAMPLE'];
const USES = [
  'It was last used 2026-03-31 21:00 UTC for s3 in eu-west-1.',
  `No consumer has used the new key ${NEW} yet.`,
];
const REPORT: Exposure = { source: 'AWS Health', code: 'AWS_RISK_CREDENTIALS_EXPOSED', keyIds: [OLD] };
const FINDING: Exposure = { ...REPORT, source: 'GuardDuty', code: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller' };
const oldKey = () => userState([{ keyId: OLD, active: true, createdAt: AT }], readLedger({}), AT).keys[0];
const unmanaged = { keyId: OLD, createdAt: AT, active: true };
const retired = { uses: USES, current: NEW, canRollBack: true };
const beforeFirst = { uses: [], current: undefined, canRollBack: false };
const revocation = { message: `new key ${NEW} is current, and the leaked key ${OLD} is inactive` };
const denied = () => new Failure('alice: iam ListAccessKeys failed with AccessDenied: no', 'AccessDenied');
const notRevoked = () =>
  nameDeactivation('another run works on this user, or has failed', { username: 'alice', region: 'eu-west-1' }, OLD);
const createdAt = new Date('2025-12-01T03:12:45Z');
const UNUSED = [
  { username: 'alice', accessKeyId: OLD, unmanaged: false, createdAt, lastUse: 'never used' },
  {
    username: 'erp',
    accessKeyId: NEW,
    unmanaged: true,
    createdAt,
    lastUse: 'last used 2025-12-24 21:00 UTC for s3 in eu-west-1',
  },
];
const failing = (): UserLine => ({ username: 'alice', failure: denied().message });

/** Functions, so that Stryker knows which test runs which code. */
export const MESSAGES: Readonly<Record<string, () => Message>> = {
  'a first key': () => createdMessage(create, NEW, AT, []),
  'a new key': () => createdMessage(create, NEW, AT, [OLD]),
  'a new key with two previous keys': () => createdMessage(create, NEW, AT, [OLD, 'AKIAX']),
  'a new key before its time': () =>
    createdMessage(create, NEW, AT, [OLD], { early: 'IAM no longer lists the current key' }),
  'a new key that replaces a leaked one': () => createdMessage(create, NEW, AT, [], { leaked: OLD }),
  'a new key that replaces a leaked one, with a previous key': () =>
    createdMessage(create, NEW, AT, ['AKIAX'], { leaked: OLD }),
  'a new key that the user itself may not read': () => createdMessage({ ...create, selfRead: false }, NEW, AT, [OLD]),
  'a new key with SMTP credentials': () => createdMessage({ ...create, sesSmtpRegions: ['eu-west-1'] }, NEW, AT, [OLD]),
  'a new key with fixed rates': () => createdMessage(request('create'), NEW, AT, [OLD]),
  'a reminder of a deactivation': () => reminderMessage(create, OLD, { ...retired, before: 'deactivation', at: AT }),
  'a reminder of a deactivation, before the first key is issued': () =>
    reminderMessage(create, OLD, { ...beforeFirst, before: 'deactivation', at: AT }),
  'a reminder of a deletion': () => reminderMessage(create, OLD, { ...retired, before: 'deletion', at: AT }),
  'a reminder of a deletion, without a roll-back': () =>
    reminderMessage(create, OLD, { ...retired, canRollBack: false, before: 'deletion', at: AT }),
  'a postponed deactivation, because the old key is in use': () =>
    postponedMessage(create, { key: { keyId: OLD }, until: AT }, { at: AT, service: 's3', region: 'eu-west-1' }),
  'a postponed deactivation, because the new key is not used': () =>
    postponedMessage(create, { key: { keyId: OLD }, until: AT, unused: { keyId: NEW } }, 'never'),
  'a deactivation': () => deactivatedMessage(create, OLD, AT, retired, AT),
  'a deactivation with a check every 14 days': () =>
    deactivatedMessage({ ...create, checkTimes: { first: 0, interval: 14 * 24 * 60 } }, OLD, AT, retired, DAY_LATER),
  'a deactivation with fixed rates': () => deactivatedMessage(request('deactivate'), OLD, AT, retired, AT),
  'a deactivation that the user itself may not read about': () =>
    deactivatedMessage({ ...create, selfRead: false }, OLD, AT, retired, AT),
  'a deactivation with a limit': () => deactivatedMessage({ ...create, limitDays: 90 }, OLD, AT, retired, AT),
  'a deactivation of an adopted key, before the first key is issued': () =>
    deactivatedMessage(create, OLD, AT, beforeFirst, AT),
  'a deletion': () => deletedMessage(create, OLD, { subject: NEW, at: AT }, AT),
  'a deletion without a current key': () => deletedMessage(create, OLD, undefined, AT),
  'a leak': () => leakedMessage(create, OLD, AT),
  'a leaked key that was deleted at once': () => leakedMessage(create, OLD, AT, 'deleted'),
  'a roll-back': () => rolledBackMessage(create, NEW, AT, OLD),
  'an adoption without a slot': () => adoptedMessage(create, [OLD, 'AKIAX'], AT),
  'an unmanaged key': () => unmanagedKeyMessage(create, unmanaged),
  'an unmanaged key that is retired': () => unmanagedKeyMessage({ ...create, retireUnmanagedKeys: true }, unmanaged),
  'an orphaned key was deleted': () => orphanDeletedMessage(create, NEW),
  'an exposed key': () => exposedKeyMessage(create, oldKey(), REPORT, undefined),
  'an exposed key that was revoked': () =>
    exposedKeyMessage(create, { ...oldKey(), active: false }, REPORT, { ...revocation, revoked: true }),
  'an exposed key that could not be revoked': () =>
    exposedKeyMessage(create, oldKey(), REPORT, { revoked: false, message: denied().message }),
  'a finding of GuardDuty': () => exposedKeyMessage(create, oldKey(), FINDING, undefined),
  'a blocked rotation': () => blockedMessage(create, 'no slot is free', 'delete one'),
  'a leaked key that is not revoked yet': () =>
    notRevokedMessage({ ...create, action: 'revoke', accessKeyId: OLD }, notRevoked()),
  'a revocation that is blocked': () =>
    blockedMessage(
      manualRequest('revoke', { accessKeyId: OLD }),
      `the leaked key ${OLD} is inactive; the secret alice has 20 staging labels`,
      'remove some',
    ),
  'forged labels': () =>
    invalidLabelsMessage(create, [
      { label: `akr1.leaked.${NEW}.20990101T000000Z`, version: 'v1' },
      { label: 'akr1.off.run.20990101T000000Z', version: 'v2' },
    ]),
  'forged labels, of a version with another text as its ID, in a secret that existed before': () =>
    invalidLabelsMessage({ ...create, existingSecret: 'with-key' }, [
      { label: `akr1.leaked.${NEW}.20990101T000000Z`, version: 'v\n\nWhat to do:\n call\u001b[31m 0900' },
    ]),
  'a check that failed': () => failedMessage(create, new Failed(denied()))!,
  'a check that failed when it published a key, or after that': () =>
    failedMessage(create, new Failed(denied(), undefined, true))!,
  'a digest, all in order': () => digestMessage(CONTEXT, found({})),
  'a digest with a user that needs attention': () =>
    digestMessage(CONTEXT, found({ users: [failing()], inactiveSubscriptions: ['a@example.com has not confirmed'] })),
  'a digest with an inactive subscription': () =>
    digestMessage(CONTEXT, found({ inactiveSubscriptions: ['a@example.com has not confirmed'] })),
  'a digest with unused keys': () => digestMessage(CONTEXT, found({ unusedKeys: UNUSED, unreadKeys: 2 })),
  'a digest in parts': () =>
    digestMessage(CONTEXT, found({ users: [failing()], unreadUsers: 3 }), { part: 2, parts: 5, days: 1 }),
};
