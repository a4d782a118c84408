/**
 * A user that gets another first key while it stays in the rotation: CloudFormation then also sends a Delete for one of
 * the two, and that must not end the rotation of the user.
 */
import { RUN_MINUTES } from '../../../src/contract/settings';
import { BadRequest } from '../../../src/rotator/domain/failure';
import { ModelAws } from '../../fake-aws/fake-aws';
import { check, contents, deploy, held, OWNER, Sent, withKey } from '../existing-secret';
import { requestFirstKey } from '../request-first-key';
import { CONTEXT } from '../support';

jest.mock('../../../src/rotator/aws/log');

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function later(aws: ModelAws, ms: number): void {
  aws.now = new Date(aws.now.getTime() + ms);
}

async function refusal(aws: ModelAws, sent: Sent = {}): Promise<string> {
  const error = await deploy(aws, sent).then(
    () => new Error('accepted'),
    (thrown: Error) => thrown,
  );
  expect(error).toBeInstanceOf(BadRequest); // so the Delete that follows does nothing: see first-key-metrics.test.ts
  return error.message;
}

describe('for the same existing secret, by another "id" or in another stack', () => {
  test('the deploy is refused, and the rotation of the user continues', async () => {
    const aws = withKey();
    await deploy(aws);
    later(aws, 10 * DAY);
    const before = contents(aws);
    expect(await refusal(aws)).toBe(
      'alice: the deploy creates a second first key of this user and the secret alice, which this rotation has used since 2026-01-01T00:00:00.000Z, and nothing was changed.'
        + ' CloudFormation would delete the other one, and so end the rotation of the user. Keep "id" and the stack of the'
        + ' user; or remove the user, deploy, add it again, and deploy. If no stack has a first key of the user any more,'
        + ' remove the tag (aws iam untag-user --user-name alice --tag-keys cdk-access-key-rotation --region eu-west-1) and deploy again',
    );
    expect(contents(aws)).toEqual(before);
    later(aws, 80 * DAY);
    expect(await check(aws, 'create')).toMatchObject({ outcome: 'created' });
  });

  test('also if the rotation is in a dry run', async () => {
    const aws = withKey();
    await deploy(aws);
    later(aws, DAY);
    expect(await refusal(aws, { dryRun: true })).toContain('a second first key');
  });

  test('also after a new key, whose version has no record of the owner', async () => {
    const aws = withKey();
    await deploy(aws);
    later(aws, 90 * DAY);
    await check(aws, 'create');
    expect(await refusal(aws)).toContain('a second first key');
  });

  test('a request is repeated for as long as CloudFormation waits', async () => {
    const aws = withKey();
    await deploy(aws);
    later(aws, 3 * RUN_MINUTES * MINUTE);
    expect(await deploy(aws)).toBe('the current key AKIA0001 is not 90 days old');
    later(aws, 1_000);
    expect(await refusal(aws)).toContain('a second first key');
  });

  test('an update changes nothing, as before', async () => {
    const aws = withKey();
    await deploy(aws);
    later(aws, DAY);
    expect(await deploy(aws, { type: 'Update' })).toBe('the current key AKIA0001 is not 90 days old');
  });

  test('each fix that the refusal names works', async () => {
    const aws = withKey();
    await deploy(aws);
    later(aws, DAY);
    await deploy(aws, { type: 'Delete' });
    expect(await deploy(aws)).toBe('the current key AKIA0001 is not 90 days old');
    later(aws, DAY);
    aws.iam.tag = undefined; // its stack was deleted with the first key retained
    expect(await deploy(aws)).toBe('the current key AKIA0001 is not 90 days old');
    expect(aws.iam.tag).toBe(`${OWNER}/adopted`);
  });

  test('a created user that was retained is adopted with its secret', async () => {
    const aws = new ModelAws();
    aws.person.overwrite('{"host":"h"}');
    await deploy(aws, { created: true });
    later(aws, DAY);
    expect(await deploy(aws)).toBe('the current key AKIA0001 is not 90 days old');
    expect(aws.iam.tag).toBe(`${OWNER}/adopted`);
  });
});

describe('for another secret', () => {
  const moved = { secret: 'new' };

  /** The one user, with its second secret. */
  function second(first: ModelAws): ModelAws {
    const aws = new ModelAws(first.iam, undefined, first.trail);
    aws.now = first.now;
    return aws;
  }

  test('the Delete for the former one leaves the tag: no other rotation can adopt the user', async () => {
    const former = withKey();
    const [keyId] = former.keys.keys();
    await deploy(former);
    later(former, 10 * DAY);
    const aws = second(former);
    aws.person.overwrite(held(keyId));
    await deploy(aws, { secret: 'new', settings: moved });
    expect(await deploy(former, { type: 'Delete', settings: moved })).toBe('deleted no key of alice');
    expect(former.labels()).toEqual(['AWSCURRENT']);
    expect(aws.iam.tag).toBe(`${OWNER}/adopted`);
    await expect(deploy(second(aws), { owner: 'eu-west-1/Other/2' })).rejects.toThrow('belongs to another rotation');
  });

  test('so does the Delete with a former secret that the rotation had created', async () => {
    const former = new ModelAws();
    const { clock } = former.tools();
    const send = (RequestType: string, secret: string) =>
      requestFirstKey(
        {
          RequestType,
          LogicalResourceId: 'FirstKey',
          PhysicalResourceId: 'alice|alice|adopted',
          ResourceProperties: { Username: 'alice', Secret: 'alice', Created: 'false', Owner: OWNER, DryRun: 'false' },
        },
        {
          users: new Map([['alice', { secret, adopted: true }]]),
          portsFor: () => former.tools(),
          clock,
          context: CONTEXT,
          dryRun: false,
        },
      );
    await send('Create', 'alice');
    expect(await send('Delete', 'new')).toBe('deleted AKIA0001 of alice');
    expect(former.iam.tag).toBe(`${OWNER}/adopted`);
    expect(await send('Delete', 'alice')).toBe('deleted no key of alice');
    expect(former.iam.tag).toBeUndefined();
  });

  test('the Delete of a roll-back leaves it as well: the list has the former secret again', async () => {
    const former = withKey();
    const [keyId] = former.keys.keys();
    await deploy(former);
    later(former, 10 * DAY);
    const before = contents(former);
    const aws = second(former);
    aws.person.overwrite(held(keyId));
    await deploy(aws, { secret: 'new', settings: moved });
    await deploy(aws, { type: 'Delete', secret: 'new' });
    expect(aws.labels()).toEqual(['AWSCURRENT']);
    expect(contents(former)).toEqual(before);
  });
});
