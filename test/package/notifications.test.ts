import { readFileSync } from 'fs';
import { join } from 'path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';
import { REGION, reminder } from '../../demo/pictures/message';
import { DETAIL_TYPES, DigestCounts, Notification, NOTIFICATIONS } from '../../src/contract/notifications';
import { AwsNotifications } from '../../src/rotator/aws/notifications';

jest.mock('../../src/rotator/aws/log'); // what is logged is tested end to end

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'notifications.md'), 'utf8');

/** Cells of the table below a title, row by row. */
function tableBelow(title: string): string[][] {
  const [, section] = PAGE.split(`\n## ${title}\n`);
  const rows = section
    .split('\n## ')[0]
    .split('\n')
    .filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('the example in docs/notifications.md is what EventBridge gets', async () => {
  const [, block] = /```json\n(.*?)```/s.exec(PAGE)!;
  const example = JSON.parse(block);
  const calls: PutEventsCommand[] = [];
  const eventBridge = {
    send: async (command: PutEventsCommand) => {
      calls.push(command);
      return {};
    },
  } as unknown as EventBridgeClient;
  const sns = { send: async () => ({}) } as unknown as SNSClient;
  const { rotation, account } = example.detail;
  const clock = { sleep: async () => undefined, remainingTime: () => 300_000 };
  const notifications = new AwsNotifications(
    sns,
    eventBridge,
    { topicArn: '', rotation, account, region: REGION },
    clock,
  );
  await notifications.send((await reminder()).message);

  const [{ Source, DetailType, Detail }] = calls[0].input.Entries!;
  const { text, ...detail } = JSON.parse(Detail!);
  const { text: beginning, ...shown } = example.detail;
  expect({ source: Source, 'detail-type': DetailType, detail }).toEqual({ ...example, detail: shown });
  expect(text).toMatch(beginning.replace(/…$/, ''));
});

test('its fields are those of a notification, and no others', () => {
  const fields: Record<keyof Notification, true> = {
    version: true,
    rotation: true,
    account: true,
    region: true,
    event: true,
    text: true,
    username: true,
    secret: true,
    accessKeyId: true,
    currentAccessKeyId: true,
    previousAccessKeyIds: true,
    replacedAt: true,
    deactivatedAt: true,
    deletedAt: true,
    notBefore: true,
    reason: true,
    remedy: true,
    counts: true,
    part: true,
    parts: true,
  };
  expect(tableBelow('Fields, version 1').map(([field]) => field)).toEqual(
    Object.keys(fields).map((field) => `\`${field}\``),
  );
});

test('the numbers of a digest are those of its counts, and no others', () => {
  const fields: Record<keyof DigestCounts, true> = {
    users: true,
    needAttention: true,
    unread: true,
    blocked: true,
    leaked: true,
    overLimit: true,
    overdue: true,
    inactiveSubscriptions: true,
    unusedKeys: true,
  };
  expect(tableBelow('The numbers of a digest').map(([field]) => field)).toEqual(
    Object.keys(fields).map((field) => `\`${field}\``),
  );
});

test('its events are all that there are, each with its type', () => {
  const rows = tableBelow('Events').map(([event, type]) => [event.replace(/`/g, ''), type]);
  expect(rows.sort()).toEqual(NOTIFICATIONS.map((event) => [event, DETAIL_TYPES[event]]).sort());
});
