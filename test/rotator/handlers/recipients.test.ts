import { ListSubscriptionsByTopicCommand, ListSubscriptionsByTopicCommandOutput, SNSClient } from '@aws-sdk/client-sns';
import { listSubscriptions, Subscription } from '../../../src/rotator/aws/notifications';
import { inactiveSubscriptions } from '../../../src/rotator/handlers/digest';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:rotation';

/** Returns one page after the other, and keeps the requests. */
function pages(...all: Partial<ListSubscriptionsByTopicCommandOutput>[]) {
  const requests: ListSubscriptionsByTopicCommand['input'][] = [];
  const send = async ({ input }: ListSubscriptionsByTopicCommand) => all[requests.push(input) - 1];
  return { requests, sns: { send } as unknown as SNSClient };
}

describe('listSubscriptions', () => {
  test('confirmed or pending subscriptions, without deleted ones, which SNS lists for a while', async () => {
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
    const { requests, sns } = pages(
      { Subscriptions: [{ Endpoint: 'a@example.com', SubscriptionArn: `${TOPIC}:1` }], NextToken: 'more' },
      { Subscriptions: [], NextToken: 'and more' },
      { Subscriptions: [{ Endpoint: 'b@example.com', SubscriptionArn: `${TOPIC}:2` }] },
    );
    expect((await listSubscriptions(TOPIC, sns)).map(({ endpoint }) => endpoint)).toEqual([
      'a@example.com',
      'b@example.com',
    ]);
    expect(requests).toEqual([
      { TopicArn: TOPIC },
      { TopicArn: TOPIC, NextToken: 'more' },
      { TopicArn: TOPIC, NextToken: 'and more' },
    ]);
  });

  test('no subscriptions', async () => {
    expect(await listSubscriptions(TOPIC, pages({}).sns)).toEqual([]);
  });

  test('an error names the call that failed', async () => {
    const sns = {
      send: () => Promise.reject(Object.assign(new Error('no'), { name: 'AuthorizationError' })),
    } as unknown as SNSClient;
    await expect(listSubscriptions(TOPIC, sns)).rejects.toThrow(
      `${TOPIC}: sns ListSubscriptionsByTopic failed with AuthorizationError: no`,
    );
  });
});

describe('inactive subscriptions', () => {
  const existing = (...endpoints: string[]): Subscription[] =>
    endpoints.map((endpoint) => ({ endpoint, confirmed: true }));
  const created = (endpoints: string[], others = 0) => ({ endpoints, others });

  test('none if all exist, with or without additional ones', () => {
    expect(inactiveSubscriptions(created(['a', 'b']), existing('b', 'a'))).toEqual([]);
    expect(inactiveSubscriptions(created(['a']), existing('a', 'other'))).toEqual([]);
    expect(inactiveSubscriptions(created([], 2), existing('a', 'b'))).toEqual([]);
    expect(inactiveSubscriptions(created(['a'], 1), existing('a', 'b', 'c'))).toEqual([]);
    expect(inactiveSubscriptions(created([]), [])).toEqual([]);
  });

  test('a subscription that is not confirmed', () => {
    const pending = [...existing('a'), { endpoint: 'b', confirmed: false }];
    expect(inactiveSubscriptions(created(['a', 'b']), pending)).toEqual(['b has not confirmed']);
    expect(inactiveSubscriptions(created([], 2), pending)).toEqual(['b has not confirmed']);
  });

  test('a subscription that no longer exists, by endpoint if the endpoint is known at synth', () => {
    expect(inactiveSubscriptions(created(['a', 'b', 'c']), existing('b'))).toEqual([
      'a is not subscribed any more',
      'c is not subscribed any more',
    ]);
    expect(inactiveSubscriptions(created(['b'], 3), existing('b', 'queue'))).toEqual([
      '2 of 3 subscriptions of queues, functions and other resources no longer exist',
    ]);
  });

  test('both at once', () => {
    expect(inactiveSubscriptions(created(['a', 'b'], 1), [{ endpoint: 'b', confirmed: false }])).toEqual([
      'b has not confirmed',
      'a is not subscribed any more',
      '1 of 1 subscriptions of queues, functions and other resources no longer exist',
    ]);
  });

  test('an endpoint that another principal subscribed is one line of limited length', () => {
    const forged = `https://evil.example/?\n\nWhat to do:\u202e\u0007 ${'x'.repeat(2_000)}`;
    const [line, ...more] = inactiveSubscriptions(created([]), [{ endpoint: forged, confirmed: false }]);
    expect(more).toEqual([]);
    expect(line).toMatch(/^https:\/\/evil\.example\/\?\?\?What to do:\?\? x+… has not confirmed$/);
    expect(line.length).toBeLessThan(330);
  });
});
