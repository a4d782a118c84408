/** A secret that existed before the rotation, on the model of AWS. */
import { requestFirstKey } from './request-first-key';
import { CONTEXT, request } from './support';
import { UserSettings } from '../../src/contract/settings';
import { rotate } from '../../src/rotator/actions/rotate';
import { ModelAws } from '../fake-aws/fake-aws';
import { secretOf } from '../fake-aws/iam';

export const OWNER = CONTEXT.rotation;

/** The other fields, which belong to the owner of the secret. */
export const OTHERS = { host: 'db.example.com', port: 5432 };

export const held = (keyId: string, more: object = OTHERS) =>
  JSON.stringify({ ...more, AccessKey: keyId, SecretKey: secretOf(keyId) });

/** An adopted user with a key in its secret. */
export function withKey(more: object = OTHERS): ModelAws {
  const aws = new ModelAws();
  aws.person.overwrite(held(aws.makeKey(), more));
  return aws;
}

export const settingsOf = (created: boolean, more: Partial<UserSettings> = {}): Partial<UserSettings> => ({
  existingSecret: created ? 'without-key' : 'with-key',
  ...(!created && { adopted: true, retireExistingKeys: true }),
  ...more,
});

export interface Sent {
  readonly type?: 'Create' | 'Update' | 'Delete';
  readonly created?: boolean;
  readonly settings?: Partial<UserSettings>;
  readonly dryRun?: boolean;
  readonly secret?: string;
  readonly owner?: string;
  /** With a Delete: false if CloudFormation has no answer to its Create. */
  readonly answered?: boolean;
}

/** CloudFormation's request for the first key. @returns the message for the log */
export async function deploy(aws: ModelAws, sent: Sent = {}): Promise<string> {
  const { type = 'Create', created = false, dryRun = false, secret = 'alice', owner = OWNER, answered = true } = sent;
  if (created && type !== 'Delete') aws.ownIam().tag = owner; // from the template
  const { clock } = aws.tools();
  const properties = {
    Username: 'alice',
    Secret: secret,
    Created: `${created}`,
    ExistingSecret: 'true',
    Owner: owner,
    DryRun: `${dryRun}`,
  };
  const event = {
    RequestType: type,
    LogicalResourceId: 'FirstKey',
    PhysicalResourceId: answered ? `alice|${secret}|${created ? 'created' : 'adopted'}` : 'made up by CloudFormation',
    ResourceProperties: properties,
    OldResourceProperties: properties,
  };
  return requestFirstKey(event, {
    users: new Map([['alice', settingsOf(created, sent.settings)]]),
    portsFor: () => ({ ...aws.tools(), clock }), // each attempt is a run
    clock,
    context: { ...CONTEXT, rotation: owner },
    dryRun,
  });
}

export const check = (
  aws: ModelAws,
  action: Parameters<typeof request>[0],
  { created = false, ...more }: Partial<Parameters<typeof request>[3]> & { readonly created?: boolean } = {},
) => rotate(request(action, undefined, more?.ifDue ?? true, { ...settingsOf(created), ...more }), aws.tools());

/** What consumers read. */
export const current = (aws: ModelAws): unknown => JSON.parse(currentText(aws));
export const currentText = (aws: ModelAws): string => aws.secret.value(aws.secret.holder('AWSCURRENT')!);

/** All that a refused take-over must leave as it is. */
export const contents = ({ keys, secret, iam }: ModelAws) => ({
  keys: [...keys.values()],
  versions: [...secret.versions],
  labels: [...secret.labels],
  tag: iam.tag,
});
