/**
 * Single rules of AWS that the rotation leans on: what is called, and the line of the transcript that shows the rule.
 */
import { Transcript } from './transcript';
import { World } from './world';
import { Credential } from '../../src/rotator/aws/credential';

export interface Rule {
  readonly name: string;
  readonly play: (on: Transcript, world: World) => Promise<unknown>;
  /** Lines that both worlds must have written. */
  readonly shows: readonly string[];
}

/** A call that fails is in the transcript, and the scenario goes on. */
const tried = (call: Promise<unknown>) => call.catch(() => undefined);
const token = (letter: string) => letter.repeat(32);
const value = (content: string) => ({ content });
const NOBODY = 'AKIANOBODY0000000000';

export const RULES: Rule[] = [
  {
    name: 'a user begins without keys, and a secret without versions',
    play: async ({ accessKeys, ledger }) => {
      await accessKeys.list();
      await ledger.read();
    },
    shows: ['list:  at 0h', 'read: no version'],
  },
  {
    name: 'two keys at most, and an inactive one counts',
    play: async ({ accessKeys }) => {
      const { keyId } = await accessKeys.create();
      await accessKeys.create();
      await accessKeys.deactivate(keyId);
      await tried(accessKeys.create());
      await accessKeys.list();
      await accessKeys.delete(keyId);
      await accessKeys.create();
    },
    shows: ['create: LimitExceededException, refused', 'list: K1 of 0h inactive, K2 of 0h active at 0h', 'create: K3'],
  },
  {
    name: "a key is as old as IAM's clock says",
    play: async ({ accessKeys }, world) => {
      await accessKeys.create();
      await world.passTo(24 * 90);
      await accessKeys.list();
    },
    shows: ['list: K1 of 0h active at 2160h'],
  },
  {
    name: 'a key can be switched off and on, any number of times',
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
    name: 'a key that does not exist can be neither switched nor deleted',
    play: async ({ accessKeys }) => {
      await tried(accessKeys.activate(NOBODY));
      await tried(accessKeys.deactivate(NOBODY));
      await tried(accessKeys.delete(NOBODY));
      await accessKeys.list();
    },
    shows: [
      `activate ${NOBODY}: NoSuchEntityException, refused`,
      `deactivate ${NOBODY}: NoSuchEntityException, refused`,
      `delete ${NOBODY}: was not there`,
    ],
  },
  {
    name: 'a deleted key is gone at once, and deleting it twice does nothing',
    play: async ({ accessKeys }) => {
      const { keyId } = await accessKeys.create();
      await accessKeys.delete(keyId);
      await accessKeys.delete(keyId);
      await tried(accessKeys.activate(keyId));
      await accessKeys.list();
    },
    shows: ['delete K1: deleted', 'delete K1: was not there', 'activate K1: NoSuchEntityException, refused'],
  },
  {
    name: 'the last use of a key is never, then that of the service it was used with',
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
    name: 'whether a key works is itself a use of it',
    play: async (on, world) => {
      const credential = await on.accessKeys.create();
      await world.passTo(5);
      await on.verify(credential);
      await on.accessKeys.lastUse(credential.keyId);
    },
    shows: ['verify K1: works', 'last use of K1: sts at 5h'],
  },
  {
    name: 'of a key that does not exist, no last use is known, and that is no failure',
    play: async ({ accessKeys }) => tried(accessKeys.lastUse(NOBODY)),
    shows: [`last use of ${NOBODY}: never`],
  },
  {
    name: 'a key works while it is active, and with the right secret only',
    play: async (on) => {
      const credential = await on.accessKeys.create();
      await on.verify(credential);
      await tried(on.verify(new Credential(credential.keyId, 'of something else', credential.createdAt)));
      await on.accessKeys.deactivate(credential.keyId);
      await tried(on.verify(credential));
      await on.accessKeys.activate(credential.keyId);
      await on.verify(credential);
      await on.accessKeys.delete(credential.keyId);
      await tried(on.verify(credential));
    },
    shows: ['verify K1: works', 'verify K1: does not work'],
  },
  {
    name: 'the very first version is AWSCURRENT whatever is asked, the second is not',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['claim']);
      await ledger.put(token('b'), value('b'), ['new']);
      await ledger.read();
    },
    shows: ['read: V1 AWSCURRENT claim, V2 new'],
  },
  {
    name: 'a label that is put elsewhere leaves where it was, and a version without labels is not listed',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['x']);
      await ledger.put(token('b'), value('b'), ['x', 'y']);
      await ledger.put(token('c'), value('c'), ['x', 'y']);
      await ledger.read();
    },
    shows: ['read: V1 AWSCURRENT, V3 x y'],
  },
  {
    name: 'the same token with the same data does nothing, not even to labels',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['x']);
      await ledger.put(token('b'), value('b'), ['y']);
      await ledger.put(token('b'), value('b'), ['x', 'z']);
      await ledger.read();
    },
    shows: ['put x z: V2', 'read: V1 AWSCURRENT x, V2 y'],
  },
  {
    name: 'the same token with other data is refused, and that is the lock',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['x']);
      await tried(ledger.put(token('a'), value('other'), ['y']));
      await ledger.read();
    },
    shows: ['put y: ResourceExistsException, refused', 'read: V1 AWSCURRENT x'],
  },
  {
    name: 'of two writers at once with one token, one is refused',
    play: async (on, { ledger }) => {
      await on.ledger.put(token('a'), value('a'), ['x']);
      const both = await Promise.allSettled(
        ['one', 'other'].map((who) => ledger.put(token('b'), value(who), [`claim-${who}`])),
      );
      on.lines.push(`of two, ${both.filter(({ status }) => status === 'fulfilled').length} was taken`);
    },
    shows: ['of two, 1 was taken'],
  },
  {
    name: 'the token of a version that lost its labels stays taken',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['x']);
      const version = await ledger.put(token('b'), value('b'), ['y']);
      await ledger.removeLabel({ label: 'y', version });
      await ledger.read();
      await tried(ledger.put(token('b'), value('other'), ['y']));
      await ledger.put(token('b'), value('b'), ['y']);
      await ledger.read();
    },
    shows: ['read: V1 AWSCURRENT x', 'put y: ResourceExistsException, refused', 'put y: V2'],
  },
  {
    name: 'a version that lost its labels comes back with the next one',
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
    name: 'what was AWSCURRENT becomes AWSPREVIOUS, which only one version is',
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
      await tried(ledger.publish(third, second));
      await tried(ledger.publish(third, token('f')));
      await tried(ledger.publish(token('f'), first));
      await ledger.read();
    },
    shows: [
      'publish V3 over V2: InvalidParameterException, refused',
      `publish V3 over ${token('f')}: ResourceNotFoundException, refused`,
      `publish ${token('f')} over V1: ResourceNotFoundException, refused`,
      'read: V1 AWSCURRENT a, V2 b, V3 c',
    ],
  },
  {
    name: 'a value that somebody writes is AWSCURRENT at once, and our labels stay where they are',
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
      await tried(on.ledger.credential(on.id('V3'), 'AKIAIOSFODNN7EXAMPLE', new Date(0)));
    },
    shows: ['read: V1 a, V2 AWSPREVIOUS b, V3 AWSCURRENT', 'credential in V3: fails'],
  },
  {
    name: 'a value that somebody writes into an empty secret is its first version',
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
    name: 'a label is set, stays where it is set again, and leaves only from where it is',
    play: async ({ ledger }) => {
      const [first, second] = [
        await ledger.put(token('a'), value('a'), ['a']),
        await ledger.put(token('b'), value('b'), ['b']),
      ];
      await ledger.addLabel('x', first);
      await ledger.addLabel('x', first);
      await tried(ledger.addLabel('x', second));
      await tried(ledger.addLabel('x', second, { label: 'x', version: second }));
      await ledger.read();
      await ledger.addLabel('x', second, { label: 'x', version: first });
      await ledger.read();
    },
    shows: [
      'mark x on V2: InvalidParameterException, refused',
      'mark x on V2 from V2: InvalidParameterException, refused',
      'read: V1 AWSCURRENT a x, V2 b',
      'read: V1 AWSCURRENT a, V2 b x',
    ],
  },
  {
    name: 'a label that is not there need not be taken away',
    play: async ({ ledger }) => {
      const [first, second] = [
        await ledger.put(token('a'), value('a'), ['a']),
        await ledger.put(token('b'), value('b'), ['b']),
      ];
      await tried(ledger.removeLabel({ label: 'x', version: first }));
      await tried(ledger.removeLabel({ label: 'a', version: second }));
      await tried(ledger.removeLabel({ label: 'a', version: token('f') }));
      await ledger.removeLabel({ label: 'a', version: first });
      await tried(ledger.removeLabel({ label: 'a', version: first }));
      await ledger.read();
    },
    shows: [
      'unmark x on V1: done',
      'unmark a on V2: done',
      `unmark a on ${token('f')}: ResourceNotFoundException, refused`,
      'unmark a on V1: done',
      'read: V1 AWSCURRENT, V2 b',
    ],
  },
  {
    name: 'no label can be set on a version that does not exist',
    play: async ({ ledger }) => {
      await ledger.put(token('a'), value('a'), ['a']);
      await tried(ledger.addLabel('x', token('f')));
      await ledger.read();
    },
    shows: [`mark x on ${token('f')}: ResourceNotFoundException, refused`, 'read: V1 AWSCURRENT a'],
  },
  {
    name: 'a secret bears twenty labels: the next is refused, and nothing has changed',
    play: async ({ ledger }) => {
      const version = await ledger.put(
        token('a'),
        value('a'),
        Array.from({ length: 17 }, (_, index) => `l${index}`),
      );
      await ledger.addLabel('nineteenth', version);
      await ledger.put(token('b'), value('b'), ['twentieth']);
      await tried(ledger.addLabel('mark', version));
      await tried(ledger.put(token('c'), value('c'), ['put']));
      await ledger.read();
      await ledger.addLabel('nineteenth', version); // which is there already
      await ledger.removeLabel({ label: 'l0', version });
      await ledger.addLabel('mark', version);
    },
    shows: [
      'mark mark on V1: LimitExceededException, refused',
      'put put: LimitExceededException, refused',
      'mark mark on V1: done',
    ],
  },
  {
    name: 'what was stored is what is read, from its very version',
    play: async ({ accessKeys, ledger }) => {
      const key = await accessKeys.create();
      const stored = { AccessKey: key.keyId, SecretKey: key.reveal() };
      const version = await ledger.put(token('a'), stored, ['a']);
      await ledger.put(token('b'), value('b'), ['AWSCURRENT']);
      await ledger.credential(version, key.keyId, key.createdAt);
      await tried(ledger.credential(token('f'), key.keyId, key.createdAt));
    },
    shows: ['credential in V1: K1', `credential in ${token('f')}: ResourceNotFoundException, refused`],
  },
];
