/** What access-key-coverage finds, and what it does not. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AuditedAccount, findings, HEALTHY, PROGRAM, ROOT, ROTATION, type Survey, TAG } from './audited-account';
import { AccessKeyRotation } from '../../../src';
import { adoptedBy, OWNER_TAG, RUN_MINUTES } from '../../../src/contract/settings';

let account: AuditedAccount;
beforeEach(() => {
  account = new AuditedAccount();
});
afterEach(() => account.remove());

describe('keys that no rotation has', () => {
  test('a key of a user without the owner tag is a finding, and one of a rotation is none', async () => {
    account.add('alice', { keys: [HEALTHY] }).add('bob', { keys: [HEALTHY], tag: ROTATION });

    const survey = await account.survey();

    expect(findings(survey)).toEqual(['no-rotation alice AKIAALICE1']);
    expect(survey).toMatchObject({ code: 1, account: '111122223333', users: 3, activeKeys: 2, undetermined: [] });
  });

  test('the tags that a rotation writes are recognized', async () => {
    const stack = new Stack(new App(), 'Keys', { env: { region: 'eu-central-1' } });
    new AccessKeyRotation(stack, 'Rotation', { users: [{ userName: 'created' }] });
    const [user] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::User'));
    const { Value } = user.Properties.Tags.find(({ Key }: { Key: string }) => Key === OWNER_TAG);
    account
      .add('created', { keys: [HEALTHY], tag: Value })
      .add('adopted', { keys: [HEALTHY], tag: adoptedBy(Value) })
      .add('china', { keys: [HEALTHY], tag: 'cn-north-1/Team-Keys/ffffffff/adopted' });

    expect(await account.survey()).toMatchObject({ code: 0, findings: [], undetermined: [], notices: [] });
  });

  test.each(['', 'yes', 'eu-central-1/Keys', `${ROTATION}/other`, ` ${ROTATION}`])(
    'a tag "%s" names no rotation, and is shown',
    async (tag) => {
      account.add('alice', { keys: [HEALTHY], tag });

      const [{ finding, note }] = (await account.survey()).findings;

      expect([finding, note]).toEqual(['no-rotation', `its tag ${TAG} is "${tag}", which names no rotation`]);
    },
  );

  test('a tag with another key is no owner tag', async () => {
    account.add('alice', { keys: [HEALTHY], tags: { [TAG.toUpperCase()]: ROTATION, 'x-y': ROTATION } });
    expect(findings(await account.survey())).toEqual(['no-rotation alice AKIAALICE1']);
  });

  test('users without an active key are no finding, and their tags are not read', async () => {
    account.add('alice').add('bob', { keys: [{ created: 500, active: false }] });

    expect(await account.survey()).toMatchObject({ code: 0, findings: [], activeKeys: 0 });

    expect(account.calls).toEqual(['iam generate-credential-report', 'iam get-credential-report', 'iam list-users']);
  });
});

describe('keys of the root user', () => {
  test('each active one is a finding, also a young one that was used', async () => {
    account.remove();
    account = new AuditedAccount([{ created: 500, active: false }, HEALTHY]);

    const survey = await account.survey();

    expect(findings(survey)).toEqual([`root ${ROOT} 2`]);
    expect(survey.code).toBe(1);
  });
});

describe('keys older than the limit', () => {
  test.each([
    [90, undefined, []],
    [90.001, undefined, ['old']],
    [91, '91', []],
    [31, '30', ['old']],
  ])('%d days with the limit %s', async (created, limit, kinds) => {
    account.add('alice', { keys: [{ created, used: 1 }], tag: ROTATION });

    const { findings: found } = await account.survey(...(limit ? ['--max-age-days', limit] : []));

    expect(found.map(({ finding }) => finding)).toEqual(kinds);
  });

  test('in a switch period it is noted, and otherwise what the rotation has not done', async () => {
    account
      .add('alice', {
        keys: [
          { created: 95, used: 1 },
          { created: 5, used: 0.2 },
        ],
        tag: ROTATION,
      })
      .add('bob', { keys: [{ created: 95, used: 1 }], tag: ROTATION })
      .add('carol', {
        keys: [
          { created: 151, used: 1 },
          { created: 61, used: 1 },
        ],
        tag: ROTATION,
      });

    const { findings: found } = await account.survey();

    const late = 'its rotation has not deactivated it: a newer key of the user is active for more than 15 days';
    expect(found.map(({ user, slot, ageDays, rotation, note }) => [user, slot, ageDays, rotation, note])).toEqual([
      ['alice', 1, 95, ROTATION, 'in a switch period: a newer key of the user is active'],
      ['bob', 1, 95, ROTATION, 'its rotation has not replaced it'],
      ['carol', 1, 151, ROTATION, late],
    ]);
  });

  test('the creation counts, where IAM lists an earlier one than the report', async () => {
    account.add('alice', { keys: [{ created: 400, changed: 20, used: 1 }] });

    const { findings: found } = await account.survey();

    expect(found).toMatchObject([
      { finding: 'no-rotation', accessKeyId: 'AKIAALICE1', ageDays: 400 },
      { finding: 'old', accessKeyId: 'AKIAALICE1', ageDays: 400 },
    ]);
  });
});

describe('keys whose time in the report is later than their creation', () => {
  const changed = { created: 400, changed: 20, used: 1 };

  test('are found also at a user of a rotation, who has no other finding', async () => {
    account.add('bob', { keys: [changed], tag: ROTATION, created: 500 });

    const survey = await account.survey();

    expect([survey.code, findings(survey)]).toEqual([1, ['old bob AKIABOB1']]);
    expect(survey.findings[0].ageDays).toBe(400);
  });

  test.each([
    [90.001, undefined, true],
    [89, undefined, false],
    [31, '30', true],
  ])('a user of %d days, with the limit %s: its keys are read: %s', async (created, limit, isRead) => {
    account.add('bob', { keys: [HEALTHY], tag: ROTATION, created });
    await account.survey(...(limit ? ['--max-age-days', limit] : []));
    expect(account.calls.includes('iam list-access-keys.bob')).toBe(isRead);
  });

  test('a user whose time of creation is not known can have one', async () => {
    account.add('bob', { keys: [changed], tag: ROTATION });
    account.row('bob').user_creation_time = 'N/A';
    expect(findings(await account.survey())).toEqual(['old bob AKIABOB1']);
  });

  test('which of two such keys of a user is unused is undetermined', async () => {
    account.add('bob', { keys: [changed, { created: 200, changed: 10 }] });

    const survey = await account.survey();

    expect(survey).toMatchObject({ code: 2, notices: [] });
    expect(survey.findings.map(({ finding, ageDays }) => [finding, ageDays])).toEqual([
      ['no-rotation', 400],
      ['no-rotation', 200],
      ['old', 400],
      ['old', 200],
    ]);
    expect(survey.undetermined).toEqual(
      [1, 2].map((slot) =>
        expect.stringContaining(`which access key is key ${slot} of "bob" in the credential report`),
      ),
    );
  });

  test('an inactive key beside one is known, so the other one is it', async () => {
    account.add('bob', { keys: [changed, { created: 200, active: false }], tag: ROTATION });
    expect(findings(await account.survey())).toEqual(['old bob AKIABOB1']);
  });

  test('the keys of such a user cannot be read: that is undetermined', async () => {
    account
      .add('bob', { keys: [changed], tag: ROTATION })
      .publish()
      .answer('list-access-keys.bob', 'AccessDenied');
    const survey = await account.surveyed();
    expect([survey.code, findings(survey)]).toEqual([2, []]);
    expect(survey.undetermined).toEqual([expect.stringMatching(/^the keys of "bob" could not be read/)]);
  });
});

describe('keys whose status changed since the report', () => {
  const notice = '"bob" was active in the credential report, and is deactivated or deleted since.';

  test.each([
    ['deactivated', { activeNow: false }],
    ['deleted', { deleted: true }],
  ])('the new one is %s and the old one active, as after a roll-back: each keeps its own use', async (_, gone) => {
    account.add('bob', {
      keys: [
        { created: 20, used: 1, ...gone },
        { created: 60, active: false, activeNow: true },
      ],
      created: 400,
      tag: ROTATION,
    });

    const survey = await account.survey();

    expect([survey.code, findings(survey)]).toEqual([1, ['never-used bob AKIABOB2']]);
    expect(survey).toMatchObject({ undetermined: [], notices: [`key 1 of ${notice}`] });
    expect(survey.findings[0]).toMatchObject({ slot: 2, lastUsed: null });
  });

  test('a key that is inactive in the report and active now is read where its user is', async () => {
    account.add('bob', { keys: [HEALTHY, { created: 200, active: false, activeNow: true, used: 100 }], created: 400 });
    const survey = await account.survey();
    expect(findings(survey)).toEqual(['no-rotation bob AKIABOB1', 'no-rotation bob AKIABOB2', 'old bob AKIABOB2']);
    expect(survey).toMatchObject({ undetermined: [], notices: [] });
  });
});

describe('keys that were never used', () => {
  test.each([0, 2 / 24, 23 / 24])(
    'they are a finding if they were a day old when the report was made, %d days before now: IAM shows a use late',
    async (generated) => {
      account.generated = generated;
      account
        .add('alice', { keys: [{ created: generated + 1 }], tag: ROTATION })
        .add('bob', { keys: [{ created: generated + 0.99 }], tag: ROTATION });

      expect(findings(await account.survey())).toEqual(['never-used alice AKIAALICE1']);
    },
  );

  test('the switch period of an unused key is that at the time of the report, too', async () => {
    account.generated = 23 / 24;
    for (const [name, created] of Object.entries({ alice: 15.9, bob: 16 })) {
      account.add(name, { keys: [{ created: 89, used: 1 }, { created }], tag: ROTATION });
    }
    expect(findings(await account.survey())).toEqual(['never-used bob AKIABOB2']);
  });

  test('the verification by a rotation is no use', async () => {
    const verified = { created: 10, used: 10 - 4 / 1440, service: 'sts' };
    account
      .add('alice', { keys: [verified], tag: ROTATION })
      .add('bob', { keys: [{ ...verified, used: 10 - 6 / 1440 }], tag: ROTATION })
      .add('carol', { keys: [{ ...verified, service: 's3' }], tag: ROTATION })
      .add('dave', { keys: [verified] });

    const survey = await account.survey();

    expect(findings(survey)).toEqual(['no-rotation dave AKIADAVE1', 'never-used alice AKIAALICE1']);
    expect(survey.findings[1].note).toBe('only the verification of its rotation used it');
  });

  describe('whether a use was the verification is undetermined', () => {
    const verified = { created: 10, used: 10 - 4 / 1440 };

    test.each(['', 'N/A', 'no_information'])('without its service, which is "%s"', async (service) => {
      account
        .add('alice', { keys: [{ ...verified, service }], tag: ROTATION })
        .add('bob', { keys: [{ ...verified, used: 10 - 6 / 1440, service }], tag: ROTATION })
        .add('carol', {
          keys: [
            { created: 85, used: 1 },
            { ...verified, service },
          ],
          tag: ROTATION,
        })
        .add('dave', { keys: [{ ...verified, service }] });

      const survey = await account.survey();

      expect([survey.code, findings(survey)]).toEqual([2, ['no-rotation dave AKIADAVE1']]);
      expect(survey.undetermined).toEqual([
        `whether a consumer used key 1 of "alice" is not known: its last use, at 2026-05-22T12:04:00Z, can be the verification by its rotation, and its service is "${service}".`,
      ]);
    });

    test('so whether consumers use the old key of a switch period is not known, and the new one is no finding', async () => {
      account.add('alice', { keys: [{ created: 80, used: 80, service: '' }, { created: 5 }], tag: ROTATION });
      const survey = await account.survey();
      expect([survey.code, findings(survey)]).toEqual([2, []]);
      expect(survey.undetermined).toEqual([expect.stringContaining('consumer used key 1 of "alice" is not known')]);
    });

    test('if it is before the time of the key, and IAM does not say when the key was created', async () => {
      const changed = { created: 40, changed: 20, service: 'sts' };
      account
        .add('alice', { keys: [{ ...changed, used: 30 }], tag: ROTATION, created: 60 })
        .add('bob', { keys: [{ ...changed, used: 40 }], tag: ROTATION, created: 60 })
        .add('carol', { keys: [{ ...changed, used: 40, service: 's3' }], tag: ROTATION, created: 60 });
      expect(findings(await account.survey())).toEqual(['never-used bob AKIABOB1']);

      for (const name of ['alice', 'bob']) account.answer(`list-access-keys.${name}`, 'AccessDenied');
      const survey = await account.surveyed();

      expect([survey.code, findings(survey)]).toEqual([2, []]);
      const before = 'it is before 2026-05-12T12:00:00Z, so that is the time of a later change of the key.';
      expect(survey.undetermined).toEqual([
        expect.stringMatching(/^the keys of "alice", "bob" could not be read/),
        expect.stringContaining(before),
        expect.stringContaining(before),
      ]);
    });
  });

  test('a key that was changed since its creation is found, where that time would excuse it', async () => {
    account
      .add('alice', {
        keys: [
          { created: 85, used: 1 },
          { created: 30, changed: 5 },
        ],
        tag: ROTATION,
      })
      .add('bob', { keys: [{ created: 30, changed: 0.5 }], tag: ROTATION, created: 60 });
    expect(findings(await account.survey())).toEqual(['never-used alice AKIAALICE2', 'never-used bob AKIABOB1']);

    const files = ['--report', account.file('report', account.report()), '--users', account.file('u', account.details)];
    const { code, findings: found, undetermined } = await account.surveyed(...files, '--max-age-days', '400');

    expect([code, found]).toEqual([2, []]);
    expect(undetermined).toEqual([
      expect.stringMatching(/^2 users can have more findings of the kinds old and never-used: .* "alice", "bob"$/),
    ]);
  });

  test('the new key of a switch period is none, while consumers use the old one', async () => {
    account
      .add('alice', { keys: [{ created: 85, used: 1 }, { created: 5 }], tag: ROTATION })
      .add('bob', { keys: [{ created: 85 }, { created: 5 }], tag: ROTATION });

    expect(findings(await account.survey())).toEqual(['never-used bob AKIABOB1', 'never-used bob AKIABOB2']);
  });

  describe('a new key that consumers do not use yet is none for the days of a switch period, 15 by default', () => {
    test.each([
      ['in its last hours', 14.9, [], []],
      ['after it', 15.1, [], ['never-used alice AKIAALICE2']],
      ['in a longer one', 28.9, ['--switch-days', '29'], []],
      ['after a longer one', 29.1, ['--switch-days', '29'], ['never-used alice AKIAALICE2']],
      ['without one', 2, ['--switch-days', '0'], ['never-used alice AKIAALICE2']],
      ['by its age, not by that of the key in use', 82, [], ['never-used alice AKIAALICE2']],
    ])('%s: %d days', async (_, created, args, expected) => {
      account.add('alice', { keys: [{ created: 89, used: 0.1 }, { created }], tag: ROTATION });
      expect(findings(await account.survey(...args))).toEqual(expected);
    });

    test.each([
      ['an older key that was never used, while consumers use the new one', { created: 80 }, { created: 5, used: 1 }],
      ['an old one beside a newer in use', { created: 151 }, { created: 82, used: 1 }],
    ])('but %s is', async (_, unused, used) => {
      account.add('alice', { keys: [unused, used], tag: ROTATION });
      expect(findings(await account.survey())).toContain('never-used alice AKIAALICE1');
    });

    test('the order of the two keys in the report makes no difference', async () => {
      account.add('alice', { keys: [{ created: 5 }, { created: 85, used: 1 }], tag: ROTATION });
      expect(findings(await account.survey())).toEqual([]);
    });

    test('a key of unknown age is not in a switch period', async () => {
      account.add('alice', { keys: [{ created: 85, used: 1 }, { created: 5 }], tag: ROTATION });
      account.row('alice').access_key_2_last_rotated = 'N/A';
      account.publish().answer('list-access-keys.alice', 'AccessDenied');
      const survey = await account.surveyed();
      expect([survey.code, findings(survey)]).toEqual([2, ['never-used alice 2']]);
    });
  });

  test('IAM records uses since April 2015, which is noted at older keys', async () => {
    account.add('alice', { keys: [{ created: 4500 }], created: 4600 });
    const never = (await account.survey()).findings.find(({ finding }) => finding === 'never-used');
    expect(never?.note).toBe('or not since April 22, 2015');
  });
});

describe('which key it is', () => {
  test('is known by the time of its creation', async () => {
    account.add('alice', {
      keys: [
        { id: 'AKIAINACTIVE', created: 300, active: false },
        { id: 'AKIAUSED', created: 200, used: 1 },
      ],
    });
    expect(findings(await account.survey())).toEqual(['no-rotation alice AKIAUSED', 'old alice AKIAUSED']);
  });

  test('a key that was deactivated or deleted since the report is a notice, and no finding', async () => {
    account
      .add('alice', { keys: [{ created: 100, used: 1, deleted: true }, HEALTHY] })
      .add('bob', { keys: [{ created: 100, deleted: true }] });

    const survey = await account.survey();

    expect(findings(survey)).toEqual(['no-rotation alice AKIAALICE2']);
    expect(survey.notices).toEqual([
      'key 1 of "alice" was active in the credential report, and is deactivated or deleted since.',
      'key 1 of "bob" was active in the credential report, and is deactivated or deleted since.',
    ]);
  });
});

describe('exemptions', () => {
  beforeEach(() => void account.add('alice', { keys: [{ created: 95, used: 1 }] }));

  test('an exempted user is listed with reason and end, and is no finding', async () => {
    const file = account.exemptions('alice,"until the migration, ""phase 2"" – Jürgen",2026-12-31');

    const survey = await account.survey('--exemptions', file);

    expect(survey).toMatchObject({ code: 0, findings: [], notices: [] });
    const how = { exemptionReason: 'until the migration, "phase 2" – Jürgen', exemptionEnd: '2026-12-31' };
    expect(survey.exempted).toMatchObject([
      { finding: 'no-rotation', user: 'alice', ...how },
      { finding: 'old', user: 'alice', ...how },
    ]);
  });

  test.each([
    ['2026-06-01', 0],
    ['2026-05-31', 1],
  ])('one that ends on %s ends with %i on June 1', async (end, code) => {
    const survey = await account.survey('--exemptions', account.exemptions(`alice,migration,${end}`));
    expect(survey.code).toBe(code);
  });

  test('the root user can be exempted', async () => {
    account.remove();
    account = new AuditedAccount([HEALTHY]);
    const survey = await account.survey('--exemptions', account.exemptions(`${ROOT},a legacy tool,2026-07-01`));
    expect(survey).toMatchObject({ code: 0, exempted: [{ finding: 'root' }] });
  });
});

describe('formats', () => {
  beforeEach(() => {
    account
      .add('alice', { keys: [{ created: 95, used: 1 }] })
      .add('bob,"b"', { keys: [{ created: 95, used: 1 }], tag: ROTATION })
      .add('carol', { keys: [{ created: 2, used: 1 }] })
      .publish();
  });
  const exemptions = () => account.exemptions('carol,a trial,2026-07-01', 'nobody,x,2026-07-01');

  test('the table', async () => {
    const { code, stdout, stderr } = await account.run(['--exemptions', exemptions()]);

    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toBe(`\
Account 111122223333, by the credential report of 2026-06-01T10:00:00Z, 120 minutes old: 4 users, 3 active keys.

Active keys that no rotation has (1)
  user   key         days  last use                 note
  alice  AKIAALICE1  95    2026-05-31T12:00:00Z s3

Active keys older than 90 days (2)
  user     key         days  last use                 note
  alice    AKIAALICE1  95    2026-05-31T12:00:00Z s3
  bob,"b"  AKIABOBB1   95    2026-05-31T12:00:00Z s3  its rotation has not replaced it

Exempted (1)
  user   key         days  last use                 note
  carol  AKIACAROL1  2     2026-05-31T12:00:00Z s3  no-rotation, until 2026-07-01: a trial

Notices (1)
  the file of exemptions, line 3: "nobody" is no user of the account, so the exemption does not apply.

3 findings, 1 exempted, 0 undetermined.
`);
  });

  test('CSV, by the rules of RFC 4180', async () => {
    const { stdout } = await account.run(['--format', 'csv', '--exemptions', exemptions()]);

    expect(stdout.trim().split('\n')).toEqual([
      'status,finding,user,accessKeyId,slot,ageDays,created,lastUsed,lastUsedService,rotation,note,exemptionReason,exemptionEnd',
      'finding,no-rotation,alice,AKIAALICE1,1,95,2026-02-26T12:00:00Z,2026-05-31T12:00:00Z,s3,,,,',
      'finding,old,alice,AKIAALICE1,1,95,2026-02-26T12:00:00Z,2026-05-31T12:00:00Z,s3,,,,',
      `finding,old,"bob,""b""",AKIABOBB1,1,95,2026-02-26T12:00:00Z,2026-05-31T12:00:00Z,s3,${ROTATION},its rotation has not replaced it,,`,
      'exempted,no-rotation,carol,AKIACAROL1,1,2,2026-05-30T12:00:00Z,2026-05-31T12:00:00Z,s3,,,a trial,2026-07-01',
      expect.stringMatching(/^notice,,,,,,,,,,"the file of exemptions, line 3: ""nobody"" is no user/),
    ]);
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['+x', "'+x"],
    ['-profile', "'-profile"],
    ['@a', "'@a"],
    ['a=1', 'a=1'],
  ])('CSV: a spreadsheet reads "%s" as text', async (name, cell) => {
    account.remove();
    account = new AuditedAccount().add(name, { keys: [HEALTHY] }).publish();
    const reason = '=HYPERLINK("http://x")';
    const file = account.exemptions(`${name},"${reason.replaceAll('"', '""')}",2026-07-01`);

    const [, row] = (await account.run(['--format', 'csv', '--exemptions', file])).stdout.split('\n');

    expect(row).toContain(`exempted,no-rotation,${cell},`);
    expect(row).toContain(`,"'=HYPERLINK(""http://x"")",2026-07-01`);
    const { exempted } = await account.surveyed('--exemptions', file);
    expect(exempted).toMatchObject([{ user: name, exemptionReason: reason }]);
  });

  test('CSV: a number is no text, also one below zero', async () => {
    account.remove();
    account = new AuditedAccount().add('alice', { keys: [{ created: -2 }] }).publish();
    const { stdout } = await account.run(['--format', 'csv']);
    expect(stdout).toContain('finding,no-rotation,alice,AKIAALICE1,1,-2,');
  });

  test('nothing is found: the table says so', async () => {
    account.remove();
    account = new AuditedAccount().add('alice', { keys: [HEALTHY], tag: ROTATION }).publish();
    const { code, stdout } = await account.run();
    expect(code).toBe(0);
    expect(stdout).toMatch(/2 users, 1 active key\.\n\n0 findings, 0 exempted, 0 undetermined\.\n$/);
  });

  test('a name, a tag and a reason cannot control a terminal, also not one without Unicode', async () => {
    account.remove();
    account = new AuditedAccount()
      .add('alice', { keys: [HEALTHY], tag: '\u001b[2Jx\u202e' })
      .add('b', { keys: [HEALTHY] });
    account.publish();
    const { stdout } = await account.run(['--exemptions', account.exemptions('b,\u001b]0;x\u0007é,2026-07-01')], {
      PYTHONIOENCODING: 'ascii',
    });
    expect(stdout).toContain(String.raw`"\x1b[2Jx\u202e"`);
    expect(stdout).toContain(String.raw`\x1b]0;x\x07\xe9`);
    // eslint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[^\n\x20-\x7e]/);
  });
});

describe('from files', () => {
  const users = () => ['--users', account.file('users.json', account.details)];
  const both = () => ['--report', account.file('report.json', account.report()), ...users()];
  const withoutIds = ({ findings: found }: Survey) => found.map((one) => ({ ...one, accessKeyId: '' }));

  test('with both, it makes no call of AWS, and has the same findings but for the IDs', async () => {
    account
      .add('alice', { keys: [{ created: 95, used: 1 }] })
      .add('-b=,@+', { keys: [HEALTHY], created: 60 })
      .add('carol', { keys: [{ created: 95, used: 1 }], tag: ROTATION });
    const online = await account.survey();
    const calls = account.calls.length;

    const offline = await account.surveyed(...both());

    expect(account.calls).toHaveLength(calls);
    expect(withoutIds(offline)).toEqual(withoutIds(online));
    expect(offline).toMatchObject({ code: 1, undetermined: [] });
    expect(findings(online)).toEqual([
      'no-rotation -b=,@+ AKIAB1',
      'no-rotation alice AKIAALICE1',
      'old alice AKIAALICE1',
      'old carol AKIACAROL1',
    ]);
  });

  const CHANGED = { created: 400, changed: 20, used: 1 };

  test('with both, a key can be older than the report has it: that is undetermined, in one message', async () => {
    for (let nth = 1; nth <= 12; nth++) account.add(`user${nth}`, { keys: [CHANGED], tag: ROTATION });
    account.add('young', { keys: [CHANGED], tag: ROTATION, created: 90 });

    const { code, findings: found, undetermined } = await account.surveyed(...both());

    expect([code, found]).toEqual([2, []]);
    expect(undetermined).toEqual([
      expect.stringMatching(
        /^12 users can have more findings of the kinds old and never-used: .* "user7" and 2 others$/,
      ),
    ]);
  });

  test('with the users only, what is not in the file is read from IAM', async () => {
    const file = account
      .add('gone', { keys: [HEALTHY] })
      .add('other', { keys: [HEALTHY], created: 300 })
      .add('twice', { keys: [HEALTHY] }).details as { UserDetailList: { UserName: string }[] };
    file.UserDetailList.push(file.UserDetailList.at(-1)!);
    account.remove();
    account = new AuditedAccount()
      .add('gone', { keys: [HEALTHY], only: 'report' })
      .add('dave', { keys: [HEALTHY], created: 0.05, only: 'iam' })
      .add('erin', { keys: [HEALTHY], created: 20, tag: ROTATION })
      .add('other', { keys: [HEALTHY], created: 30, tag: ROTATION })
      .add('twice', { keys: [HEALTHY], tag: ROTATION });

    const survey = await account.survey('--users', account.file('users.json', file));

    expect(findings(survey)).toEqual(['no-rotation dave AKIADAVE1']);
    expect(survey).toMatchObject({ code: 1, undetermined: [] });
    expect(survey.notices).toEqual([
      '"gone" was deleted since the credential report.',
      '"dave" was created since the credential report. Its keys were read from IAM.',
    ]);
    expect(account.calls.filter((call) => call.includes('list-user-tags')).sort()).toEqual(
      ['dave', 'erin', 'other', 'twice'].map((name) => `iam list-user-tags.${name}`),
    );
  });

  test('with the users only, the keys are read from IAM, and their tags are not', async () => {
    account
      .add('alice', { keys: [CHANGED], tag: ROTATION })
      .add('bob', { keys: [HEALTHY], created: 60, tag: ROTATION });
    account.publish();

    const survey = await account.surveyed(...users());

    expect(findings(survey)).toEqual(['old alice AKIAALICE1']);
    expect(survey).toMatchObject({ code: 1, undetermined: [] });
    expect(account.calls).toEqual([
      'iam generate-credential-report',
      'iam get-credential-report',
      'iam list-users',
      'iam list-access-keys.alice',
    ]);
  });
});

test('it only reads: these are all its calls', async () => {
  account.add('alice', { keys: [HEALTHY] }).add('new', { keys: [HEALTHY], created: 0.01, only: 'iam' });
  await account.survey();
  await account.survey('--report', account.file('report', account.report()));
  expect(new Set(account.calls.map((call) => call.split('.')[0]))).toEqual(
    new Set([
      'iam generate-credential-report',
      'iam get-credential-report',
      'sts get-caller-identity',
      'iam list-users',
      'iam list-user-tags',
      'iam list-access-keys',
    ]),
  );
});

describe('the program', () => {
  const text = readFileSync(PROGRAM, 'utf8');

  test('has the tag and the longest run of the contract', () => {
    expect(/^OWNER_TAG = '(.*)'$/m.exec(text)?.[1]).toBe(OWNER_TAG);
    expect(/^VERIFICATION = timedelta\(minutes=(\d+)\)/m.exec(text)?.[1]).toBe(String(RUN_MINUTES));
  });

  test('is Python 3.9 of the standard library, without a warning of the compiler', () => {
    const check = `
import ast, pathlib, sys, warnings
warnings.simplefilter('error')
source = pathlib.Path(sys.argv[1]).read_text('utf-8')
compile(source, sys.argv[1], 'exec')
tree = ast.parse(source, feature_version=(3, 9))
names = {name for node in ast.walk(tree) for name in (
    [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names] if isinstance(node, ast.Import) else [])}
print(*sorted(name for name in names if name.split('.')[0] not in sys.stdlib_module_names))
`;
    expect(execFileSync('python3', ['-c', check, PROGRAM], { encoding: 'utf8' }).trim()).toBe('');
  });

  test('has no name that it does not use', () => {
    const check = `
import ast, sys
tree = ast.parse(open(sys.argv[1], encoding='utf-8').read())
defined = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
defined |= {target.id for node in tree.body if isinstance(node, ast.Assign) for target in ast.walk(node) if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store)}
defined |= {(alias.asname or alias.name) for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}
used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
print(*sorted(defined - used))
`;
    expect(execFileSync('python3', ['-c', check, PROGRAM], { encoding: 'utf8' }).trim()).toBe('');
  });
});
