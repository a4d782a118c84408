/** Scenarios on the in-memory AWS. */
import { World } from './world';
import { Credential } from '../../src/rotator/domain/credential';
import { USERNAME } from '../fake-aws/calls';
import { ModelAws } from '../fake-aws/fake-aws';
import { secretOf } from '../fake-aws/iam';

const START = new Date('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;

export function modelWorld(): World {
  const aws = new ModelAws();
  aws.now = START;
  const { accessKeys, ledger, verify } = aws.tools();
  return {
    username: USERNAME,
    start: START,
    accessKeys,
    ledger,
    verify,
    administrator: {
      makeKey: async () => {
        const keyId = aws.makeKey(false);
        return new Credential(keyId, secretOf(keyId), aws.keys.get(keyId)!.createdAt);
      },
      overwrite: async (value) => aws.person.overwrite(value),
    },
    use: async ({ keyId }) => aws.person.use(keyId, aws.now, 'secretsmanager'),
    passTo: async (hours) => {
      aws.now = new Date(START.getTime() + hours * HOUR);
    },
  };
}
