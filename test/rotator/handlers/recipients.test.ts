import { ListSubscriptionsByTopicCommand, ListSubscriptionsByTopicCommandOutput, SNSClient } from '@aws-sdk/client-sns';
import { DigestEvent } from '../../../src/contract/events';
import { listSubscriptions, Subscription } from '../../../src/rotator/aws/notifications';
import { inactiveSubscriptions } from '../../../src/rotator/handlers/digest';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:rotation';

/** Answers one page after the other, and keeps what it was asked. */
function pages(...all: Partial<ListSubscriptionsByTopicCommandOutput>[]) {
  const asked: ListSubscriptionsByTopicCommand['input'][] = [];
  const send = async ({ input }: ListSubscriptionsByTopicCommand) => all[asked.push(input) - 1];
  return { asked, sns: { send } as unknown as SNSClient };
}

describe('who is subscribed', () => {
  test('confirmed or not yet; who unsubscribed is in the list for a while, and is not', async () => {
    const { sns } = pages({
      Subscriptions: [
        { Endpoint: 'a@example.com', SubscriptionArn: `${TOPIC}:1` },
        { Endpoint: 'b@example.com', SubscriptionArn: 'PendingConfirmation' },
        { Endpoint: 'c@example.com', SubscriptionArn: 'Deleted' },
      ],
    });
    expect(await listSubscriptions(TOPIC, sns)).toEqual([
      { endpoint: 'a@example.com', confirmed: true },
      { endpoint: 'b@example.com', confirmed: false },
    ]);
  });

  test('page by page', async () => {
    const { asked, sns } = pages(
      { Subscriptions: [{ Endpoint: 'a@example.com', SubscriptionArn: `${TOPIC}:1` }], NextToken: 'more' },
      { Subscriptions: [], NextToken: 'and more' },
      { Subscriptions: [{ Endpoint: 'b@example.com', SubscriptionArn: `${TOPIC}:2` }] },
    );
    expect((await listSubscriptions(TOPIC, sns)).map(({ endpoint }) => endpoint)).toEqual([
      'a@example.com',
      'b@example.com',
    ]);
    expect(asked).toEqual([
      { TopicArn: TOPIC },
      { TopicArn: TOPIC, NextToken: 'more' },
      { TopicArn: TOPIC, NextToken: 'and more' },
    ]);
  });

  test('nobody', async () => {
    expect(await listSubscriptions(TOPIC, pages({}).sns)).toEqual([]);
  });

  test('an answer that does not come is an error that says which call it was', async () => {
    const sns = {
      send: () => Promise.reject(Object.assign(new Error('no'), { name: 'AuthorizationError' })),
    } as unknown as SNSClient;
    await expect(listSubscriptions(TOPIC, sns)).rejects.toThrow(
      `${TOPIC}: sns ListSubscriptionsByTopic failed with AuthorizationError: no`,
    );
  });
});

describe('whom messages do not reach', () => {
  const found = (...endpoints: string[]): Subscription[] =>
    endpoints.map((endpoint) => ({ endpoint, confirmed: true }));
  const event = (subscriptions: number, recipients?: string[]): DigestEvent => ({
    action: 'digest',
    subscriptions,
    ...(recipients && { recipients }),
  });

  test('none where all are there, and more is no harm', () => {
    expect(inactiveSubscriptions(event(2, ['a', 'b']), found('b', 'a'))).toEqual([]);
    expect(inactiveSubscriptions(event(1, ['a']), found('a', 'somebody'))).toEqual([]);
    expect(inactiveSubscriptions(event(2), found('a', 'b'))).toEqual([]);
    expect(inactiveSubscriptions(event(1), found('a', 'b'))).toEqual([]);
    expect(inactiveSubscriptions(event(0), [])).toEqual([]);
  });

  test('who has not confirmed', () => {
    const pending = [...found('a'), { endpoint: 'b', confirmed: false }];
    expect(inactiveSubscriptions(event(2, ['a', 'b']), pending)).toEqual(['b has not confirmed']);
    expect(inactiveSubscriptions(event(2), pending)).toEqual(['b has not confirmed']);
  });

  test('who is not subscribed any more, by name where the names are known', () => {
    expect(inactiveSubscriptions(event(3, ['a', 'b', 'c']), found('b'))).toEqual([
      'a is not subscribed any more',
      'c is not subscribed any more',
    ]);
    expect(inactiveSubscriptions(event(3), found('b'))).toEqual(['2 of 3 subscriptions are gone']);
  });

  test('both at once', () => {
    expect(inactiveSubscriptions(event(2, ['a', 'b']), [{ endpoint: 'b', confirmed: false }])).toEqual([
      'b has not confirmed',
      'a is not subscribed any more',
    ]);
    expect(inactiveSubscriptions(event(2), [{ endpoint: 'b', confirmed: false }])).toEqual([
      'b has not confirmed',
      '1 of 2 subscriptions are gone',
    ]);
  });
});
