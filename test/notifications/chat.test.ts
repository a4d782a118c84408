/** The recipe for a chat channel in docs/consumers.md: what Amazon Q Developer in chat applications receives. */
import * as sns from 'aws-cdk-lib/aws-sns';
import { runSnippet } from '../package/pages/run-snippet';
import { ACCOUNT, REGION, rotation } from '../template/support';

/**
 * The fields of a custom notification, and which of them it needs.
 * @see https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
const FIELDS = {
  top: ['version', 'source', 'id', 'content', 'metadata'],
  content: ['textType', 'title', 'description', 'nextSteps', 'keywords'],
  metadata: ['threadId', 'summary', 'eventType', 'relatedResources', 'additionalContext', 'enableCustomActions'],
};

/** The rule of the recipe. */
function ruleOf() {
  const built = rotation({ users: [{ userName: 'alice' }] }, { env: { account: ACCOUNT, region: REGION } });
  const { rotation: construct, stack } = built;
  const chatTopic = new sns.Topic(stack, 'Chat');
  runSnippet('docs/consumers.md', 'chatTopic', { stack, rotation: construct, chatTopic });
  const [{ Properties }] = built.ofType('AWS::Events::Rule').filter((rule) => rule.Properties.EventPattern);
  return Properties;
}

function targetOf() {
  return ruleOf().Targets[0] as { InputTransformer: { InputPathsMap: Record<string, string>; InputTemplate: string } };
}

/** What EventBridge makes of an event: a text in quotes gets the bare value, a placeholder of its own a JSON value. */
function transformed(detail: Record<string, string>) {
  const { InputPathsMap, InputTemplate } = targetOf().InputTransformer;
  const valueOf = (name: string) => detail[InputPathsMap[name].replace(/^\$\.detail\./, '')];
  return JSON.parse(
    InputTemplate.replace(/("(?:[^"<>]|<[\w-]+>)*")|<([\w-]+)>/g, (_, quoted?: string, bare?: string) =>
      bare ? JSON.stringify(valueOf(bare)) : quoted!.replace(/<([\w-]+)>/g, (__, name: string) => valueOf(name)),
    ),
  );
}

const DETAIL = {
  username: 'alice',
  event: 'created',
  account: ACCOUNT,
  region: REGION,
  text: 'A new key.\n\nFetch it with "aws …".',
};

test('an event becomes a custom notification, with its whole text', () => {
  expect(transformed(DETAIL)).toEqual({
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title: 'Access key of alice: created',
      description: DETAIL.text,
      keywords: [ACCOUNT, REGION, 'alice'],
    },
    metadata: { threadId: 'access-key-alice', eventType: 'created' },
  });
});

test('it has only fields that a custom notification has', () => {
  const { content, metadata, ...top } = transformed(DETAIL);
  expect(FIELDS.top).toEqual(expect.arrayContaining(Object.keys(top)));
  expect(FIELDS.content).toEqual(expect.arrayContaining(Object.keys(content)));
  expect(FIELDS.metadata).toEqual(expect.arrayContaining(Object.keys(metadata)));
});

test('a text with line breaks and quotes is a placeholder of its own: EventBridge quotes it', () => {
  const { InputTemplate, InputPathsMap } = targetOf().InputTransformer;
  const [name] = Object.entries(InputPathsMap).find(([, path]) => path === '$.detail.text')!;
  expect(InputTemplate).toContain(`"description":<${name}>`);
});

test('each other field is in every event that the rule matches: all but the digest, which has no user', () => {
  const paths = Object.values(targetOf().InputTransformer.InputPathsMap).sort();
  expect(paths).toEqual(['account', 'event', 'region', 'text', 'username'].map((name) => `$.detail.${name}`));
  const { detail, 'detail-type': detailType } = ruleOf().EventPattern;
  expect(detail.username).toEqual([{ exists: true }]);
  expect(detailType).toBeUndefined();
});
