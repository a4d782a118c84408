/**
 * Single rules of AWS that the rotation depends on: the calls, and the lines of the transcript that show the rule.
 */
import { Transcript } from './transcript';
import { World } from './world';
import { Credential } from '../../src/rotator/domain/credential';
import { SecretValue } from '../../src/rotator/domain/secret-value';

export interface Rule {
  readonly name: string;
  readonly play: (on: Transcript, world: World) => Promise<unknown>;
  /** Lines that both transcripts must have. */
  readonly shows: readonly string[];
}

/** The transcript has a failed call too, and the scenario continues. */
const attempt = (call: Promise<unknown>) => call.catch(() => undefined);
const token = (letter: string) => letter.repeat(32);
const value = (content: string) => SecretValue.of({ content });
const UNKNOWN = 'AKIAUNKNOWN000000000';

export const RULES: Rule[] = [
  {
    name: 'a new user has no keys, and a new secret no versions',
    play: async ({ accessKeys, ledger }) => {
      await accessKeys.list();
      await ledger.read();
    },
    shows: ['list:  at 0h', 'read: no version'],
  },
  {
    name: 'a user has up to two keys, inactive ones included',
    play: async ({ accessKeys }) => {
      const { keyId } = await accessKeys.create();
      await accessKeys.create();
      await accessKeys.deactivate(keyId);
      await attempt(accessKeys.create());
      await accessKeys.list();
      await accessKeys.delete(keyId);
      await accessKeys.create();
    },
    shows: ['create: LimitExceededException, rejected', 'list: K1 of 0h inactive, K2 of 0h active at 0h', 'create: K3'],
  },
  {
    name: 'the creation date of a key is by the clock of IAM',
    play: async ({ accessKeys }, world) => {
      await accessKeys.create();
      await world.passTo(24 * 90);
      await accessKeys.list();
    },
    shows: ['list: K1 of 0h active at 2160h'],
  },
  {
    name: 'a key can be deactivated and activated repeatedly',
    play: async ({ accessKeys }) => {
      const { keyId } = await accessKeys.create();
      for (const change of [accessKeys.deactivate, accessKeys.deactivate, accessKeys.activate, accessKeys.activate]) {
        await change(keyId);
      }
      await accessKeys.list();
    },
    shows: ['deactivate K1: done', 'activate K1: done', 'list: K1 of 0h active at 0h'],
  },
  {
    name: 'a key that does not exist can be neither updated nor deleted',
    play: async ({ accessKeys }) => {
      await attempt(accessKeys.activate(UNKNOWN));
      await attempt(accessKeys.deactivate(UNKNOWN));
      await attempt(accessKeys.delete(UNKNOWN));
      await accessKeys.list();
    },
    shows: [
      `activate ${UNKNOWN}: NoSuchEntityException, rejected`,
      `deactivate ${UNKNOWN}: NoSuchEntityException, rejected`,
      `delete ${UNKNOWN}: was not there`,
    ],
  },
  {
    name: 'a deleted key is not listed, and deleting it twice does nothing',
    play: async ({ accessKeys }) => {
      const { keyId } = await accessKeys.create();
      await accessKeys.delete(keyId);
      await accessKeys.delete(keyId);
      await attempt(accessKeys.activate(keyId));
      await accessKeys.list();
    },
    shows: ['delete K1: deleted', 'delete K1: was not there', 'activate K1: NoSuchEntityException, rejected'],
  },
  {
    name: 'a new key has no last use; later it has the service of its last request',
    play: async ({ accessKeys, ledger }, world) => {
      const credential = await accessKeys.create();
      await ledger.put(token('a'), value('read by the user'), ['AWSCURRENT']);
      await accessKeys.lastUse(credential.keyId);
      await world.passTo(30);
      await world.use(credential);
      await world.passTo(50);
      await accessKeys.lastUse(credential.keyId);
    },
    shows: ['last use of K1: never', 'last use of K1: secretsmanager at 30h'],
  },
  {
    name: 'the verification of a key is a use of it',
    play: async (on, world) => {
      const credential = await on.accessKeys.create();
      await world.passTo(5);
      await on.verify(credential);
      await on.accessKeys.lastUse(credential.keyId);
    },
    shows: ['verify K1: works', 'last use of K1: sts at 5h'],
  },
  {
    name: 'a key that does not exist has no last use, without an error',
    play: async ({ accessKeys }) => attempt(accessKeys.lastUse(UNKNOWN)),
    shows: [`last use of ${UNKNOWN}: never`],
  },
  {
    name: 'a key works while it is active, and with its secret access key only',
    play: async (on) => {
      const credential = await on.accessKeys.create();
      await on.verify(credential);
      await attempt(on.verify(new Credential(credential.keyId, 'of something else', credential.createdAt)));
      await on.accessKeys.deactivate(credential.keyId);
      await attempt(on.verify(credential));
      await on.accessKeys.activate(credential.keyId);
      await on.verify(credential);
      await on.accessKeys.delete(credential.keyId);
      await attempt(on.verify(credential));
    },
    shows: ['verify K1: works', 'verify K1: does not work'],
  },
  {
    name: 'the first version is always AWSCURRENT, the second is not',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['claim']);
      await ledger.put(token('b'), value('b'), ['new']);
      await ledger.read();
    },
    shows: ['read: V1 AWSCURRENT claim, V2 new'],
  },
  {
    name: 'a put moves its labels from other versions, and a version without labels is not listed',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['x']);
      await ledger.put(token('b'), value('b'), ['x', 'y']);
      await ledger.put(token('c'), value('c'), ['x', 'y']);
      await ledger.read();
    },
    shows: ['read: V1 AWSCURRENT, V3 x y'],
  },
  {
    name: 'the same token with the same value changes nothing, not even labels',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['x']);
      await ledger.put(token('b'), value('b'), ['y']);
      await ledger.put(token('b'), value('b'), ['x', 'z']);
      await ledger.read();
    },
    shows: ['put x z: V2', 'read: V1 AWSCURRENT x, V2 y'],
  },
  {
    name: 'the same token with another value is rejected: this is the lock',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['x']);
      await attempt(ledger.put(token('a'), value('other'), ['y']));
      await ledger.read();
    },
    shows: ['put y: ResourceExistsException, rejected', 'read: V1 AWSCURRENT x'],
  },
  {
    name: 'of two concurrent puts with one token, one is rejected',
    play: async (on, { ledger }) => {
      await on.ledger.put(token('a'), value('a'), ['x']);
      const both = await Promise.allSettled(
        ['one', 'other'].map((who) => ledger.put(token('b'), value(who), [`claim-${who}`])),
      );
      on.lines.push(`of two, ${both.filter(({ status }) => status === 'fulfilled').length} was accepted`);
    },
    shows: ['of two, 1 was accepted'],
  },
  {
    name: 'the token of a version that lost its labels remains in use',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['x']);
      const version = await ledger.put(token('b'), value('b'), ['y']);
      await ledger.removeLabel({ label: 'y', version });
      await ledger.read();
      await attempt(ledger.put(token('b'), value('other'), ['y']));
      await ledger.put(token('b'), value('b'), ['y']);
      await ledger.read();
    },
    shows: ['read: V1 AWSCURRENT x', 'put y: ResourceExistsException, rejected', 'put y: V2'],
  },
  {
    name: 'a version that lost its labels is listed again with a new label',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['x']);
      const version = await ledger.put(token('b'), value('b'), ['y']);
      await ledger.removeLabel({ label: 'y', version });
      await ledger.addLabel('z', version);
      await ledger.read();
    },
    shows: ['read: V1 AWSCURRENT x, V2 z'],
  },
  {
    name: 'the version that had AWSCURRENT becomes AWSPREVIOUS',
    play: async ({ ledger }) => {
      const versions = [];
      for (const letter of ['a', 'b', 'c']) versions.push(await ledger.put(token(letter), value(letter), [letter]));
      await ledger.publish(versions[1], versions[0]);
      await ledger.read();
      await ledger.publish(versions[2], versions[1]);
      await ledger.read();
      await ledger.publish(versions[1], versions[2]);
      await ledger.read();
    },
    shows: [
      'read: V1 AWSPREVIOUS a, V2 AWSCURRENT b, V3 c',
      'read: V1 a, V2 AWSPREVIOUS b, V3 AWSCURRENT c',
      'read: V1 a, V2 AWSCURRENT b, V3 AWSPREVIOUS c',
    ],
  },
  {
    name: 'AWSCURRENT moves only from the version that has it',
    play: async ({ ledger }) => {
      const [first, second, third] = [
        await ledger.put(token('a'), value('a'), ['a']),
        await ledger.put(token('b'), value('b'), ['b']),
        await ledger.put(token('c'), value('c'), ['c']),
      ];
      await attempt(ledger.publish(third, second));
      await attempt(ledger.publish(third, token('f')));
      await attempt(ledger.publish(token('f'), first));
      await ledger.read();
    },
    shows: [
      'publish V3 over V2: InvalidParameterException, rejected',
      `publish V3 over ${token('f')}: ResourceNotFoundException, rejected`,
      `publish ${token('f')} over V1: ResourceNotFoundException, rejected`,
      'read: V1 AWSCURRENT a, V2 b, V3 c',
    ],
  },
  {
    name: 'a value that is written by hand is AWSCURRENT, and the labels of the rotation stay',
    play: async (on, { administrator }) => {
      const [first, second] = [
        await on.ledger.put(token('a'), value('a'), ['a']),
        await on.ledger.put(token('b'), value('b'), ['b']),
      ];
      await on.ledger.publish(second, first);
      await on.line(
        'overwrite',
        () => administrator.overwrite('not even JSON'),
        (version) => on.introduce('V', version),
      );
      await on.ledger.read();
      await attempt(on.ledger.value(on.id('V3')));
    },
    shows: ['read: V1 a, V2 AWSPREVIOUS b, V3 AWSCURRENT', 'value of V3: done'],
  },
  {
    name: 'a value that is written by hand into an empty secret is its first version',
    play: async (on, { administrator }) => {
      await on.line(
        'overwrite',
        () => administrator.overwrite('{}'),
        (version) => on.introduce('V', version),
      );
      await on.ledger.put(token('a'), value('a'), ['a']);
      await on.ledger.read();
    },
    shows: ['read: V1 AWSCURRENT, V2 a'],
  },
  {
    name: 'a label can be added twice, and moves only from the version that has it',
    play: async ({ ledger }) => {
      const [first, second] = [
        await ledger.put(token('a'), value('a'), ['a']),
        await ledger.put(token('b'), value('b'), ['b']),
      ];
      await ledger.addLabel('x', first);
      await ledger.addLabel('x', first);
      await attempt(ledger.addLabel('x', second));
      await attempt(ledger.addLabel('x', second, { label: 'x', version: second }));
      await ledger.read();
      await ledger.addLabel('x', second, { label: 'x', version: first });
      await ledger.read();
    },
    shows: [
      'add x on V2: InvalidParameterException, rejected',
      'add x on V2 from V2: InvalidParameterException, rejected',
      'read: V1 AWSCURRENT a x, V2 b',
      'read: V1 AWSCURRENT a, V2 b x',
    ],
  },
  {
    name: 'removing a label that is not there has no error',
    play: async ({ ledger }) => {
      const [first, second] = [
        await ledger.put(token('a'), value('a'), ['a']),
        await ledger.put(token('b'), value('b'), ['b']),
      ];
      await attempt(ledger.removeLabel({ label: 'x', version: first }));
      await attempt(ledger.removeLabel({ label: 'a', version: second }));
      await attempt(ledger.removeLabel({ label: 'a', version: token('f') }));
      await ledger.removeLabel({ label: 'a', version: first });
      await attempt(ledger.removeLabel({ label: 'a', version: first }));
      await ledger.read();
    },
    shows: [
      'remove x on V1: done',
      'remove a on V2: done',
      `remove a on ${token('f')}: ResourceNotFoundException, rejected`,
      'remove a on V1: done',
      'read: V1 AWSCURRENT, V2 b',
    ],
  },
  {
    name: 'no label can be added to a version that does not exist',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['a']);
      await attempt(ledger.addLabel('x', token('f')));
      await ledger.read();
    },
    shows: [`add x on ${token('f')}: ResourceNotFoundException, rejected`, 'read: V1 AWSCURRENT a'],
  },
  {
    name: 'a secret has up to 20 labels: the next one is rejected, and nothing changes',
    play: async ({ ledger }) => {
      const version = await ledger.put(
        token('a'),
        value('a'),
        Array.from({ length: 17 }, (_, index) => `l${index}`),
      );
      await ledger.addLabel('nineteenth', version);
      await ledger.put(token('b'), value('b'), ['twentieth']);
      await attempt(ledger.addLabel('added', version));
      await attempt(ledger.put(token('c'), value('c'), ['put']));
      await ledger.read();
      await ledger.addLabel('nineteenth', version); // exists already
      await ledger.removeLabel({ label: 'l0', version });
      await ledger.addLabel('added', version);
    },
    shows: [
      'add added on V1: LimitExceededException, rejected',
      'put put: LimitExceededException, rejected',
      'add added on V1: done',
    ],
  },
  {
    name: 'the stored value is read from its version',
    play: async ({ accessKeys, ledger }) => {
      const key = await accessKeys.create();
      const stored = SecretValue.of({ AccessKey: key.keyId, SecretKey: key.reveal() });
      const version = await ledger.put(token('a'), stored, ['a']);
      await ledger.put(token('b'), value('b'), ['AWSCURRENT']);
      await ledger.value(version);
      await attempt(ledger.value(token('f')));
    },
    shows: ['value of V1: holds K1', `value of ${token('f')}: ResourceNotFoundException, rejected`],
  },
];
