/** What the report calls a deviation, by example. */
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { audit, change, check, everyDay, fileOf, Line, linesOf, notification, record, reportOf } from './program';

/** A rotation on schedule: K2 replaces K1, which was there before the year. */
const ON_TIME: Line[] = [
  ...change('2026-04-01', 'created', 'K2', { replaces: 'K1', replacedAgeDays: 90 }),
  notification('2026-04-01', 'created', 'K2', { deactivatedAt: '2026-04-15T03:00:00.000Z' }),
  ...change('2026-04-15', 'deactivated', 'K1', { ageDays: 104 }),
  notification('2026-04-15', 'deactivated', 'K1', { deletedAt: '2026-04-29T03:00:00.000Z' }),
  ...change('2026-04-29', 'deleted', 'K1', { ageDays: 118 }),
  notification('2026-04-29', 'deleted', 'K1'),
];

/** The deviations beside those of a year with a check each day. */
async function deviations(...records: readonly Line[]): Promise<string[]> {
  return (await reportOf(...everyDay(), ...records)).deviations;
}

test('a rotation on schedule has none, and the exit status is 0', async () => {
  const { status, stdout, changes, deviations: found } = await reportOf(...everyDay(), ...ON_TIME);
  expect({ status, found }).toEqual({ status: 0, found: [] });
  expect(changes).toEqual([
    '2026-04-01T03:00:00Z,alice,K2,created,schedule,check,,K1,90,,0,2026-04-01T03:00:00Z',
    '2026-04-15T03:00:00Z,alice,K1,deactivated,schedule,check,104,,,,0,2026-04-15T03:00:00Z',
    '2026-04-29T03:00:00Z,alice,K1,deleted,schedule,check,118,,,,0,2026-04-29T03:00:00Z',
  ]);
  expect(stdout).toContain('alice: 1 created, 1 deactivated, 1 deleted');
  expect(stdout).toMatch(/No deviation\n$/);
});

describe('late', () => {
  const late = (...between: Line[]) =>
    deviations(
      ...between,
      ...change('2026-04-04', 'created', 'K2', {
        action: 'create',
        announcedAt: '2026-04-01T03:00:00.000Z',
        lateDays: 3,
        replaces: 'K1',
      }),
      notification('2026-04-04', 'created', 'K2'),
    );

  test('the reason is what the checks in between reported, with their number', async () => {
    const postponed = { outcome: 'postponed', message: 'the old key is in use' };
    const failed = record('2026-04-03', 'failure', { action: 'create', level: 'ERROR', message: 'denied' });
    expect(await late(check('2026-04-01T05:00', postponed), check('2026-04-02T05:00', postponed), failed)).toEqual([
      '2026-04-03T03:00:00Z,alice,,failure,denied,',
      '2026-04-04T03:00:00Z,alice,K2,late,created 3 days after 2026-04-01,postponed: the old key is in use (2 times); failed: denied',
    ]);
  });

  test('without a check, the report says so', async () => {
    const others = everyDay().filter(({ at }) => !/2026-04-0[123]/.test(at as string));
    const { deviations: found } = await reportOf(
      ...others,
      ...change('2026-04-04T05:00', 'created', 'K2', {
        action: 'create',
        announcedAt: '2026-04-01T03:00:00.000Z',
        lateDays: 3,
      }),
      notification('2026-04-04T05:00', 'created', 'K2'),
    );
    expect(found).toEqual([
      '2026-04-01T00:00:00Z,,,gap,no check from 2026-04-01 to 2026-04-03,"no check ran, or the log is not complete"',
      '2026-04-04T05:00:00Z,alice,K2,late,created 3 days after 2026-04-01,"no check for ""create"" that found it due is on record from 2026-04-01 to 2026-04-04"',
    ]);
  });
});

describe('late, because another principal activated the key again', () => {
  const deactivated = (at: string, fields: Line = {}) => [
    ...change(at, 'deactivated', 'K1', { action: 'deactivate', announcedAt: '2026-04-15T03:00:00.000Z', ...fields }),
    notification(at, 'deactivated', 'K1'),
    check(at, { action: 'deactivate', outcome: 'deactivated', accessKeyId: 'K1', message: 'K1 is inactive now' }),
  ];
  const late = '2026-04-19T05:00:00Z,alice,K1,late,deactivated 4 days after 2026-04-15,';
  const again = [...deactivated('2026-04-15'), ...deactivated('2026-04-19T05:00', { lateDays: 4 })];
  const intervention = (accessKeyId: string) =>
    record('2026-04-19', 'intervention', {
      intervention: 'key-activated',
      accessKeyId,
      message: `${accessKeyId} is active`,
    });

  test('the intervention is the reason, and the step that was taken on time is none', async () => {
    expect(await deviations(...again, intervention('K1'))).toEqual([
      expect.stringContaining(',intervention,'),
      `${late}key-activated: K1 is active`,
    ]);
  });

  test('not one of another key', async () => {
    expect(await deviations(...again, intervention('K2'))).toEqual([
      expect.stringContaining(',intervention,'),
      `${late}"no check for ""deactivate"" that found it due is on record from 2026-04-15 to 2026-04-19"`,
    ]);
  });
});

describe('late because the settings changed', () => {
  const shortened = (at: string, ...between: Line[]) =>
    deviations(
      ...change('2026-01-20', 'created', 'K1'),
      notification('2026-01-20', 'created', 'K1', { replacedAt: '2026-04-20T03:00:00.000Z' }),
      ...between,
      ...change(at, 'created', 'K2', {
        action: 'create',
        announcedAt: '2026-03-21T03:00:00.000Z',
        lateDays: 11,
        replaces: 'K1',
      }),
      notification(at, 'created', 'K2'),
    );

  test('the reason is the date that the notification announced', async () => {
    expect(await shortened('2026-04-01')).toEqual([
      '2026-04-01T03:00:00Z,alice,K2,late,created 11 days after 2026-03-21,the settings changed: the notification announced 2026-04-20',
    ]);
  });

  test('a longer age delays the change after the day that people were notified of', async () => {
    const lengthened = (recordedAt: string, lateDays: number, ...between: Line[]) =>
      deviations(
        ...change('2026-01-02', 'created', 'K1'),
        notification('2026-01-02', 'created', 'K1', { replacedAt: '2026-04-02T03:00:00.000Z' }),
        ...between,
        ...change('2026-07-21', 'created', 'K2', {
          action: 'create',
          replaces: 'K1',
          announcedAt: `${recordedAt}T03:00:00.000Z`,
          lateDays,
        }),
        notification('2026-07-21', 'created', 'K2'),
      );
    const settings = 'the settings can have changed after the notification: by those of the change, it was due on';
    expect(await lengthened('2026-07-21', 0)).toEqual([
      `2026-07-21T03:00:00Z,alice,K2,late,created 110 days after 2026-04-02,"${settings} 2026-07-21"`,
    ]);
    const refused = check('2026-05-01T05:00', { outcome: 'refused', message: 'why' });
    expect(await lengthened('2026-07-21', 0, refused)).toEqual([
      expect.stringContaining(`late,created 110 days after 2026-04-02,"${settings} 2026-07-21; refused: why"`),
    ]);
    expect(await lengthened('2026-07-18', 3)).toEqual([
      expect.stringContaining(
        'late,created 3 days after 2026-07-18,the settings changed: the notification announced 2026-04-02',
      ),
    ]);
  });

  test('what checks reported since is a reason too', async () => {
    const failed = check('2026-03-30T05:00', { outcome: 'locked', message: 'another run was first' });
    expect(await shortened('2026-04-01', failed)).toEqual([
      expect.stringContaining('announced 2026-04-20; locked: another run was first'),
    ]);
  });

  test('a notification of the year before counts too, and a later one of the same key replaces it', async () => {
    const dates = { deactivatedAt: '2026-01-20T03:00:00.000Z', previousAccessKeyIds: ['K1'] };
    const found = await deviations(
      notification('2025-12-20', 'created', 'K2', dates),
      ...change('2026-01-10', 'deactivated', 'K1', { announcedAt: '2026-01-06T03:00:00.000Z', lateDays: 4 }),
      notification('2026-01-10', 'deactivated', 'K1'),
    );
    expect(found).toEqual([expect.stringContaining('the settings changed: the notification announced 2026-01-20')]);
  });
});

describe('the days of delay follow from the two times of the change', () => {
  const created = (at: string, lateDays: number) =>
    deviations(
      ...change(at, 'created', 'K2', { announcedAt: '2026-03-01T03:00:00.000Z', lateDays, action: 'create' }),
      notification(at, 'created', 'K2'),
    );

  test('a number that hides the delay is in the row', async () => {
    expect(await created('2026-03-20', 0)).toEqual([
      expect.stringContaining(
        '2026-03-20T03:00:00Z,alice,K2,late,"created 19 days after 2026-03-01, and its record says 0 days"',
      ),
    ]);
  });

  test.each<[string, number, number]>([
    ['2026-03-01', 5, 0],
    ['2026-03-04T05:00', 2, 3],
    ['2026-02-01', 1, 0],
    ['2026-03-02', -1, 1],
  ])('on %s, %d days are %d days', async (at, said, days) => {
    const says = `late,"created ${days === 1 ? '1 day' : `${days} days`} after 2026-03-01, and its record says`;
    expect(await created(at, said)).toEqual([expect.stringContaining(says)]);
  });

  test('clocks that differ by seconds are no contradiction', async () => {
    expect(await created('2026-03-02T03:00:02.000Z', 0)).toEqual([]);
    expect(await created('2026-03-02T02:59:58.000Z', 1)).toEqual([
      expect.stringContaining('late,created 1 day after 2026-03-01,'),
    ]);
  });
});

describe('early', () => {
  const dates = {
    previousAccessKeyIds: ['A'],
    deactivatedAt: '2026-03-15T03:00:00.000Z',
    deletedAt: '2026-03-29T03:00:00.000Z',
  };
  const announced = [
    ...change('2026-03-01', 'created', 'B', { replaces: 'A' }),
    notification('2026-03-01', 'created', 'B', dates),
  ];
  const deactivated = (at: string, fields: Line = {}) => [
    ...change(at, 'deactivated', 'A', fields),
    notification(at, 'deactivated', 'A'),
  ];
  const deleted = (at: string, fields: Line = {}) => [
    ...change(at, 'deleted', 'A', fields),
    notification(at, 'deleted', 'A'),
  ];
  const changed = 'the settings can have changed after the notification';

  test('a deactivation and a deletion days before the announced ones', async () => {
    const { deviations: found, status } = await reportOf(
      ...everyDay(),
      ...announced,
      ...deactivated('2026-03-02'),
      ...deleted('2026-03-03'),
    );
    expect(found).toEqual([
      `2026-03-02T03:00:00Z,alice,A,early,deactivated 13 days before 2026-03-15,${changed}; invoked by: check`,
      `2026-03-03T03:00:00Z,alice,A,early,deleted 26 days before 2026-03-29,${changed}; invoked by: check`,
    ]);
    expect(status).toBe(1);
  });

  test('a replacement too, and the last announcement counts', async () => {
    const replaced = [
      ...change('2026-05-20', 'created', 'C', { replaces: 'B' }),
      notification('2026-05-20', 'created', 'C'),
    ];
    const announce = (at: string, replacedAt: string) => notification(at, 'created', 'B', { ...dates, replacedAt });
    const first = announce('2026-03-01', '2026-05-30T03:00:00.000Z');
    const again = announce('2026-03-02', '2026-05-20T03:00:00.000Z');
    const rest = [...deactivated('2026-03-15'), ...deleted('2026-03-29'), ...replaced];
    expect(await deviations(...announced, first, ...rest)).toEqual([
      expect.stringContaining('2026-05-20T03:00:00Z,alice,C,early,created 10 days before 2026-05-30,'),
    ]);
    expect(await deviations(...announced, first, again, ...rest)).toEqual([]);
  });

  test('after a reminder, its date counts', async () => {
    const reminder = notification('2026-03-08', 'reminder', 'A', {
      ...dates,
      deactivatedAt: '2026-03-11T03:00:00.000Z',
      deletedAt: '2026-03-25T03:00:00.000Z',
    });
    const rest = [...deactivated('2026-03-11'), ...deleted('2026-03-25')];
    expect(await deviations(...announced, reminder, ...rest)).toEqual([]);
    expect(await deviations(...announced, ...rest)).toHaveLength(2);
  });

  test('by the settings of the change it can be on time, or not', async () => {
    const on = (day: string) => ({ announcedAt: `${day}T03:00:00.000Z` });
    expect(await deviations(...announced, ...deactivated('2026-03-02', on('2026-03-02')))).toEqual([
      expect.stringContaining(`,"${changed}: by those of the change, it was due on 2026-03-02; invoked by: check"`),
    ]);
    expect(await deviations(...announced, ...deactivated('2026-03-02', on('2026-03-15')))).toEqual([
      expect.stringContaining(',its own record has 2026-03-15 as the announced day; invoked by: check'),
    ]);
    expect(await deviations(...deactivated('2026-03-02', on('2026-03-15')))).toEqual([
      expect.stringContaining('early,deactivated 13 days before 2026-03-15,'),
    ]);
  });

  test('not by hours, and not after a postponement that ended before its time', async () => {
    const postponed = notification('2026-03-15', 'postponed', 'A', { deactivatedAt: '2026-04-14T03:00:00.000Z' });
    expect(await deviations(...announced, ...deactivated('2026-03-14T09:00'))).toEqual([]);
    const late = { action: 'deactivate', announcedAt: '2026-03-15T03:00:00.000Z', lateDays: 5 };
    expect(await deviations(...announced, postponed, ...deactivated('2026-03-20', late))).toEqual([
      expect.stringContaining(',late,'),
    ]);
  });

  test.each(['leaked', 'request', 'removal', 'failed-run', 'undecryptable', 'no-current-key', 'roll-back'])(
    'not for another reason: %s',
    async (reason) => {
      const found = await deviations(...announced, ...deactivated('2026-03-02', { reason }));
      expect(found.filter((row) => row.includes(',early,'))).toEqual([]);
    },
  );
});

describe('missing', () => {
  test('a third key is created, and the deletion of the first one has no record', async () => {
    const found = await deviations(
      ...['K1', 'K2', 'K3'].flatMap((key, index) => [
        ...change(`2026-0${index * 3 + 1}-02`, 'created', key),
        notification(`2026-0${index * 3 + 1}-02`, 'created', key),
      ]),
    );
    expect(found).toEqual([
      '2026-07-02T03:00:00Z,alice,K1,missing,deletion before 2026-07-02,"it has no record: it was made outside the rotation, or the log is not complete"',
    ]);
  });

  test.each([
    ['replacement', 'created', 'K2', { replacedAt: '2026-06-30T03:00:00.000Z' }, 'K2', '2026-06-30'],
    [
      'deactivation',
      'created',
      'K2',
      { deactivatedAt: '2026-04-15T03:00:00.000Z', previousAccessKeyIds: ['K1'] },
      'K1',
      '2026-04-15',
    ],
  ])('an announced %s has no record', async (what, event, key, dates, about, day) => {
    const found = await deviations(
      ...change('2026-04-01', 'created', 'K2', { replaces: 'K1' }),
      notification('2026-04-01', event, key, dates),
    );
    expect(found).toEqual([expect.stringContaining(`${day}T03:00:00Z,alice,${about},missing,"${what}, announced for`)]);
  });

  test('what an announced deletion waits for is the reason', async () => {
    const [found] = await deviations(
      ...change('2026-04-15', 'deactivated', 'K1'),
      notification('2026-04-15', 'deactivated', 'K1', { deletedAt: '2026-04-29T03:00:00.000Z' }),
      check('2026-05-01T05:00', { action: 'delete', outcome: 'waiting', message: 'a freeze' }),
    );
    expect(found).toBe('2026-04-29T03:00:00Z,alice,K1,missing,"deletion, announced for 2026-04-29",waiting: a freeze');
  });

  test('the removal of the user ends what was announced', async () => {
    const found = await deviations(
      ...ON_TIME.slice(0, 2),
      record('2026-04-02', 'deploy', { requestType: 'Delete', logicalId: 'FirstKey' }),
    );
    expect(found).toEqual([]);
  });

  describe('of a key that a check finds deleted, nothing is', () => {
    const created = (at: string, key: string, fields: Line = {}, dates: Line = {}) => [
      ...change(at, 'created', key, fields),
      notification(at, 'created', key, dates),
    ];
    const first = created('2025-11-15', 'K1', { reason: 'first-key' }, { replacedAt: '2026-02-13T03:00:00.000Z' });
    const gone = (at: string) =>
      record(at, 'intervention', { intervention: 'current-key-missing', accessKeyId: 'K1', message: 'K1 is gone' });
    const others = async (...records: Line[]) =>
      (await deviations(...first, ...records)).filter((row) => !row.includes(',intervention,'));

    test.each(['2025-12-11', '2026-02-11'])('its deletion, before a third key: %s', async (at) => {
      const second = created(at.replace(/11$/, '12'), 'K2', { reason: 'no-current-key' });
      expect(await others(gone(at), ...second, ...created('2026-05-13', 'K3', { replaces: 'K2' }))).toEqual([]);
    });

    test('its replacement, that was announced', async () => {
      expect(await others(gone('2026-02-11'))).toEqual([]);
      expect(await others()).toEqual([expect.stringContaining('K1,missing,"replacement, announced for 2026-02-13"')]);
    });
  });

  test('what is announced for after the period is not missing', async () => {
    const found = await deviations(
      ...change('2026-12-20', 'created', 'K2', { replaces: 'K1' }),
      notification('2026-12-20', 'created', 'K2', { deactivatedAt: '2027-01-03T03:00:00.000Z' }),
    );
    expect(found).toEqual([]);
  });
});

describe('a deletion by age shows what is missing before it', () => {
  const NONE = ',"it has no record: it was made outside the rotation, or the log is not complete"';
  const of = (key: string, create: string, dates: Line) => [
    ...change(create, 'created', key, 'replaces' in dates ? { replaces: dates.replaces } : {}),
    notification(create, 'created', key, dates),
  ];
  const first = of('K1', '2026-01-01', { replacedAt: '2026-04-01T03:00:00.000Z' });
  const second = of('K2', '2026-04-01', {
    replaces: 'K1',
    previousAccessKeyIds: ['K1'],
    replacedAt: '2026-06-30T03:00:00.000Z',
    deactivatedAt: '2026-04-15T03:00:00.000Z',
  });
  const deactivated = [...change('2026-04-15', 'deactivated', 'K1'), notification('2026-04-15', 'deactivated', 'K1')];
  const deleted = (fields: Line = {}) => [
    ...change('2026-04-29', 'deleted', 'K1', fields),
    notification('2026-04-29', 'deleted', 'K1'),
  ];
  const third = of('K3', '2026-06-30', { replaces: 'K2', previousAccessKeyIds: ['K2'] });

  test('nothing, if all is on record', async () => {
    expect(await deviations(...first, ...second, ...deactivated, ...deleted(), ...third)).toEqual([]);
  });

  test('a creation and a deactivation, whose notifications are lost too', async () => {
    expect(await deviations(...first, ...deleted(), ...third)).toEqual([
      `2026-04-01T03:00:00Z,alice,K1,missing,"replacement, announced for 2026-04-01"${NONE}`,
      `2026-04-29T03:00:00Z,alice,K1,missing,deactivation before 2026-04-29${NONE}`,
    ]);
  });

  test('a deactivation that was announced', async () => {
    expect(await deviations(...first, ...second, ...deleted(), ...third)).toEqual([
      `2026-04-15T03:00:00Z,alice,K1,missing,"deactivation, announced for 2026-04-15"${NONE}`,
    ]);
  });

  test('not before the period, of which another report has it', async () => {
    const before = [...first, ...second, ...deleted()].map((one) =>
      JSON.parse(JSON.stringify(one).replace(/2026-0/g, '2025-0')),
    );
    expect(await deviations(...before, ...of('K3', '2025-06-30', { replaces: 'K2' }))).toEqual([]);
  });

  test.each(['leaked', 'removal', 'failed-run'])('not a deletion for another reason: %s', async (reason) => {
    const found = await deviations(...first, ...second, ...deleted({ reason }), ...third);
    expect(found.filter((row) => row.includes('missing'))).toEqual([]);
  });

  test('a key that another principal deactivated has no deactivation of the rotation', async () => {
    const outside = record('2026-04-10', 'intervention', { intervention: 'key-deactivated', accessKeyId: 'K1' });
    const found = await deviations(...first, ...second, outside, ...deleted(), ...third);
    expect(found).toEqual([expect.stringContaining(',intervention,')]);
  });

  test('a key of a failed run replaces none: the replacement is still expected', async () => {
    const failed = [
      ...change('2026-04-01', 'created', 'K2', { replaces: 'K1' }),
      ...change('2026-04-01T03:01', 'deleted', 'K2', { reason: 'failed-run' }),
    ];
    expect(await deviations(...first, ...failed)).toEqual([
      expect.stringContaining('2026-04-01T03:00:00Z,alice,K1,missing,"replacement, announced for 2026-04-01"'),
    ]);
  });
});

describe('what spans the end of a period is in one of the two reports', () => {
  const twoYears = (lost: RegExp = /^$/) =>
    Array.from({ length: 730 }, (_, day) =>
      check(new Date(Date.UTC(2025, 0, 1 + day)).toISOString().slice(0, 10)),
    ).filter(({ at }) => !lost.test((at as string).slice(0, 10)));
  const reports = async (...records: readonly Line[]) => {
    const file = fileOf(linesOf(records));
    const [before, after] = [2025, 2026].map((year) => ({
      options: ['--from', `${year}-01-01`, '--to', `${year}-12-31`],
    }));
    return [(await audit([file], before)).deviations, (await audit([file], after)).deviations];
  };

  test.each(['2025-12-29', '2025-12-30', '2025-12-31'])('a change of %s that is never notified', async (day) => {
    const [before, after] = await reports(...twoYears(), ...change(day, 'created', 'K2'));
    const row = 'alice,K2,not notified,"created, and no notification of it is on record",';
    const isBefore = day === '2025-12-29';
    expect([before, after]).toEqual(
      isBefore ? [[`${day}T03:00:00Z,${row}`], []] : [[], [`2026-01-01T00:00:00Z,${row}`]],
    );
  });

  test('a change that is notified days later, in the next period', async () => {
    const late = notification('2026-01-05', 'created', 'K2');
    expect(await reports(...twoYears(), ...change('2025-12-30', 'created', 'K2'), late)).toEqual([
      [],
      ['2026-01-01T00:00:00Z,alice,K2,not notified,"created, and the notification was sent on 2026-01-05",'],
    ]);
  });

  test.each<[string, RegExp, string, string]>([
    ['the last day and the first one', /2025-12-31|2026-01-01/, 'from 2025-12-31 to 2026-01-01', '2026-01-01'],
    ['the last day', /2025-12-31/, 'on 2025-12-31', '2026-01-01'],
    ['the first day', /2026-01-01/, 'on 2026-01-01', '2026-01-01'],
  ])('no check on %s', async (_what, lost, days, at) => {
    expect(await reports(...twoYears(lost))).toEqual([
      [],
      [`${at}T00:00:00Z,,,gap,no check ${days},"no check ran, or the log is not complete"`],
    ]);
  });

  test('no check of one user on the last day', async () => {
    const bobs = twoYears(/2025-12-31/).map((one) => ({ ...one, username: 'bob' }));
    expect(await reports(...twoYears(), ...bobs)).toEqual([
      [],
      [expect.stringContaining('2026-01-01T00:00:00Z,bob,,gap,"no check on 2025-12-31, and other users had checks"')],
    ]);
  });

  test('checks every 28 days have no gap in a week between two of them', async () => {
    const file = fileOf(linesOf(twoYears().filter((_, day) => day % 28 === 0)));
    const week = { options: ['--from', '2026-03-01', '--to', '2026-03-07'] };
    expect((await audit([file], week)).deviations).toEqual([]);
  });
});

describe('a later date than the announced one', () => {
  const announced = [
    ...change('2026-12-01', 'created', 'K2', { replaces: 'K1' }),
    notification('2026-12-01', 'created', 'K2', {
      previousAccessKeyIds: ['K1'],
      deactivatedAt: '2026-12-15T03:00:00.000Z',
    }),
  ];
  const until = '2027-01-14T03:00:00.000Z';
  const postponed = (day: string) =>
    check(day, { action: 'deactivate', outcome: 'postponed', accessKeyId: 'K1', until, message: 'in use' });
  const daily = Array.from({ length: 17 }, (_, index) => postponed(`2026-12-${index + 15}`));

  test.each<[string, Line[]]>([
    ['the outcomes of a postponed deactivation', daily],
    ['its notification', [notification('2026-12-15', 'postponed', 'K1', { deactivatedAt: until })]],
    [
      'a reminder of a deactivation',
      [
        notification('2026-12-12', 'reminder', 'K1', {
          previousAccessKeyIds: ['K1'],
          deactivatedAt: until,
          deletedAt: until,
        }),
      ],
    ],
  ])('of %s counts', async (_what, records) => {
    expect(await deviations(...announced, ...records)).toEqual([]);
  });

  test('of a reminder of a deletion counts', async () => {
    const found = await deviations(
      ...change('2026-12-01', 'deactivated', 'K1'),
      notification('2026-12-01', 'deactivated', 'K1', { deletedAt: '2026-12-15T03:00:00.000Z' }),
      notification('2026-12-14', 'reminder', 'K1', { previousAccessKeyIds: ['K1'], deletedAt: until }),
    );
    expect(found).toEqual([]);
  });

  test('when it is over too, the deactivation is missing', async () => {
    const short = { deactivatedAt: '2026-12-20T03:00:00.000Z' };
    expect(await deviations(...announced, notification('2026-12-15', 'postponed', 'K1', short))).toEqual([
      expect.stringContaining('2026-12-20T03:00:00Z,alice,K1,missing,"deactivation, announced for 2026-12-20"'),
    ]);
  });

  test('a postponed deactivation that is late has it as the reason, not the settings', async () => {
    const late = { action: 'deactivate', announcedAt: '2026-12-15T03:00:00.000Z', lateDays: 5 };
    const found = await deviations(
      ...announced,
      notification('2026-12-15', 'postponed', 'K1', { deactivatedAt: until }),
      ...daily.slice(0, 5),
      ...change('2026-12-20T05:00', 'deactivated', 'K1', late),
      notification('2026-12-20T05:00', 'deactivated', 'K1'),
    );
    expect(found).toEqual([
      '2026-12-20T05:00:00Z,alice,K1,late,deactivated 5 days after 2026-12-15,postponed: in use (5 times)',
    ]);
  });
});

test('if the checks since the announced date found nothing due, the settings can have changed', async () => {
  const dates = { replacedAt: '2026-05-01T03:00:00.000Z' };
  const found = await deviations(
    ...change('2026-02-01', 'created', 'K1'),
    notification('2026-02-01', 'created', 'K1', dates),
  );
  expect(found).toEqual([
    '2026-05-01T03:00:00Z,alice,K1,missing,"replacement, announced for 2026-05-01","checks since then found nothing due: the settings changed after the announcement, or it was made, and has no record"',
  ]);
});

test('leaked keys, commands, interventions and failures are listed', async () => {
  const by = { reason: 'leaked', invokedBy: 'person', action: 'revoke' };
  const found = await deviations(
    ...change('2026-02-01', 'created', 'K2', by),
    notification('2026-02-01', 'created', 'K2'),
    check('2026-02-01T03:01', { action: 'revoke', outcome: 'created', invokedBy: 'person', message: 'K2 is current' }),
    ...change('2026-03-01', 'created', 'K3', { reason: 'request', invokedBy: 'person', action: 'create' }),
    notification('2026-03-01', 'created', 'K3'),
    check('2026-03-01T03:01', { outcome: 'created', invokedBy: 'person', accessKeyId: 'K3', message: 'K3 is current' }),
    check('2026-03-01T03:02', { action: 'status', outcome: 'status', invokedBy: 'person' }),
    record('2026-03-02', 'intervention', { intervention: 'unmanaged-key', accessKeyId: 'K9', message: 'K9 is new' }),
    record('2026-03-03', 'failure', { level: 'ERROR', message: 'denied' }),
    record('2026-03-05', 'failure', { level: 'ERROR', message: 'denied' }),
    check('2026-03-06T05:00', { outcome: 'blocked', message: 'no slot is free' }),
  );
  expect(found).toEqual([
    '2026-02-01T03:00:00Z,alice,K2,leaked,"created, because a key leaked",invoked by: person',
    '2026-02-01T03:01:00Z,alice,,requested,command revoke: K2 is current,',
    '2026-03-01T03:01:00Z,alice,K3,requested,command create: K3 is current,',
    '2026-03-02T03:00:00Z,alice,K9,intervention,unmanaged-key: K9 is new,',
    '2026-03-03T03:00:00Z,alice,,failure,"denied (2 times, the last one on 2026-03-05)",',
    '2026-03-06T05:00:00Z,alice,,failure,blocked: no slot is free,',
  ]);
});

describe('a change by a person without an outcome of the command', () => {
  const by = { reason: 'request', invokedBy: 'person', action: 'create' };
  const created = (at: string, fields: Line = {}) => [
    ...change(at, 'created', 'K2', { ...by, ...fields }),
    notification(at, 'created', 'K2'),
  ];
  const outcome = (at: string, fields: Line = {}) =>
    check(at, { outcome: 'created', invokedBy: 'person', message: 'K2 is current', ...fields });
  const row = (change_: string, action = 'create') =>
    `requested,"command ${action}: ${change_}, and no outcome of the command is on record","Lambda ended the run, or the log is not complete"`;

  test('is listed', async () => {
    const { deviations: found, status } = await reportOf(...everyDay(), ...created('2026-03-01T05:00'));
    expect({ found, status }).toEqual({ found: [`2026-03-01T05:00:00Z,alice,K2,${row('created')}`], status: 1 });
  });

  test.each<[string, Line]>([
    ['of a check', outcome('2026-03-01T05:01', { invokedBy: 'check' })],
    ['of another command', outcome('2026-03-01T05:01', { action: 'revoke' })],
    ['of another user', outcome('2026-03-01T05:01', { username: 'bob' })],
    ['of the command before', outcome('2026-03-01T04:59')],
    ['of a later run', outcome('2026-03-01T05:06')],
    ['of a second attempt', outcome('2026-03-01T05:01', { outcome: 'locked' })],
  ])('also if there is one %s', async (_of, other) => {
    const found = await deviations(...created('2026-03-01T05:00'), other);
    expect(found).toContain(`2026-03-01T05:00:00Z,alice,K2,${row('created')}`);
  });

  test('each of them', async () => {
    const revoked = { reason: 'leaked', invokedBy: 'person', action: 'revoke' };
    const found = await deviations(
      ...created('2026-03-01T05:00', revoked),
      ...change('2026-03-01T05:00', 'deactivated', 'K1', revoked),
      notification('2026-03-01T05:00', 'deactivated', 'K1'),
    );
    expect(found.filter((one) => one.includes(',requested,'))).toEqual([
      `2026-03-01T05:00:00Z,alice,K2,${row('created', 'revoke')}`,
      `2026-03-01T05:00:00Z,alice,K1,${row('deactivated', 'revoke')}`,
    ]);
  });

  test('with one, the outcome or the failure is the only row', async () => {
    const failed = record('2026-03-01T05:01', 'failure', { action: 'create', invokedBy: 'person', message: 'denied' });
    const blocked = outcome('2026-03-01T05:01', { outcome: 'blocked', message: 'no KMS key' });
    for (const [end, kind] of [
      [outcome('2026-03-01T05:01'), 'requested'],
      [failed, 'failure'],
      [blocked, 'failure'],
    ] as const) {
      expect(await deviations(...created('2026-03-01T05:00'), end)).toEqual([expect.stringContaining(`,${kind},`)]);
    }
  });

  test.each([
    ['deletes the key of a failed run', 'deleted', 'failed-run'],
    ['deactivates a key that leaked before', 'deactivated', 'leaked'],
  ])('a command that first %s can end with any outcome', async (_what, what, reason) => {
    const first = change('2026-03-01T05:00', what, 'K9', { ...by, reason });
    const refused = outcome('2026-03-01T05:01', { outcome: 'refused', message: 'why' });
    const found = await deviations(...first, refused);
    expect(found.filter((one) => one.includes(',requested,'))).toEqual([
      '2026-03-01T05:01:00Z,alice,,requested,"command create, refused: why",',
    ]);
  });
});

test('a command of a person that failed says so, and each event is one failure', async () => {
  const failed = { level: 'ERROR', action: 'rollback', message: 'denied' };
  expect(
    await deviations(
      record('2026-03-02', 'failure', { ...failed, invokedBy: 'person' }),
      record('2026-03-03', 'failure', { ...failed, invokedBy: 'check' }),
    ),
  ).toEqual([
    '2026-03-02T03:00:00Z,alice,,failure,command rollback: denied,invoked by: person',
    '2026-03-03T03:00:00Z,alice,,failure,denied,',
  ]);
});

test('a roll-back to a key that is still active is listed, although no key changes', async () => {
  const message = 'K1 is current again';
  const done = { action: 'rollback', outcome: 'rolled-back', invokedBy: 'person', accessKeyId: 'K1', message };
  expect(await deviations(check('2026-04-05T05:00', done))).toEqual([
    '2026-04-05T05:00:00Z,alice,K1,requested,command rollback: K1 is current again,',
  ]);
});

describe('not notified', () => {
  test('a change without a notification that was sent', async () => {
    const failed = notification('2026-04-01', 'created', 'K2', { sent: false, message: 'x, not sent: SNS is down' });
    const found = await deviations(...change('2026-04-01', 'created', 'K2'), { ...failed, level: 'ERROR' });
    expect(found).toEqual([
      '2026-04-01T03:00:00Z,alice,K2,not notified,"created, and no notification of it is on record",',
      '2026-04-01T03:00:00Z,alice,K2,failure,"x, not sent: SNS is down",',
    ]);
  });

  test('a notification that a check sent days later', async () => {
    const found = await deviations(
      ...change('2026-04-01', 'created', 'K2'),
      notification('2026-04-05', 'created', 'K2'),
    );
    expect(found).toEqual([
      '2026-04-01T03:00:00Z,alice,K2,not notified,"created, and the notification was sent on 2026-04-05",',
    ]);
  });

  test('a key of a failed run needs none: no consumer could read it', async () => {
    const found = await deviations(
      ...change('2026-04-01', 'created', 'K2'),
      ...change('2026-04-01T03:01', 'deleted', 'K2', { reason: 'failed-run' }),
    );
    expect(found).toEqual([]);
  });

  test('also if it was created and deleted in the same second', async () => {
    const found = await deviations(
      ...change('2026-04-01T03:00:00.900Z', 'deleted', 'K2', { reason: 'failed-run' }),
      ...change('2026-04-01T03:00:00.100Z', 'created', 'K2'),
    );
    expect(found).toEqual([]);
  });

  test('a roll-back is notified under the key that is current again', async () => {
    const found = await deviations(
      ...change('2026-04-20', 'activated', 'K1', { reason: 'roll-back', invokedBy: 'person', action: 'rollback' }),
      notification('2026-04-20', 'rolled-back', 'K1'),
      check('2026-04-20', { action: 'rollback', outcome: 'rolled-back', invokedBy: 'person', accessKeyId: 'K1' }),
    );
    expect(found).toEqual([expect.stringContaining('K1,requested,command rollback: ')]);
  });
});

describe('gaps', () => {
  test('checks every four days are no gap, and eight days are one', async () => {
    const found = (await reportOf(...everyDay(4).filter(({ at }) => at !== '2026-05-05T03:00:00.000Z'))).deviations;
    expect(found).toEqual([
      '2026-05-02T00:00:00Z,,,gap,no check from 2026-05-02 to 2026-05-08,"no check ran, or the log is not complete"',
    ]);
  });

  test('before the first check, and after the last one', async () => {
    const { deviations: found, status } = await reportOf(check('2026-03-01'), check('2026-03-02'));
    expect(found).toEqual([
      '2026-01-01T00:00:00Z,,,gap,no check before 2026-03-01,"the rotation is newer, or the log is not complete"',
      '2026-03-03T00:00:00Z,,,gap,no check after 2026-03-02,"no check ran, or the log is not complete"',
    ]);
    expect(status).toBe(1);
  });

  test('a period without any check', async () => {
    const { deviations: found } = await reportOf(check('2025-03-01'));
    expect(found).toEqual(['2026-01-01T00:00:00Z,,,gap,no check in the whole period,']);
  });
});

describe('the interval of checks can change', () => {
  const day = (count: number) => new Date(Date.UTC(2025, 0, 1 + count)).toISOString().slice(0, 10);
  /** Checks from one day on, every few days, up to another day. */
  const every = (interval: number, from: string, to: string) =>
    Array.from({ length: 730 }, (_, count) => day(count))
      .filter((one) => one >= from && one < to && (Date.parse(one) - Date.parse(from)) % (interval * 86_400_000) === 0)
      .map((one) => check(one));
  const END = '2027-01-01';

  test.each<[string, Line[]]>([
    ['longer', [...every(1, '2026-01-01', '2026-07-01'), ...every(7, '2026-07-07', END)]],
    ['shorter', [...every(7, '2026-01-01', '2026-07-01'), ...every(1, '2026-07-02', END)]],
    ['shorter before the period', [...every(7, '2025-01-01', '2025-12-01'), ...every(1, '2025-12-01', END)]],
    ['longer before the period', [...every(1, '2025-01-01', '2025-12-01'), ...every(7, '2025-12-01', END)]],
    ['longer in its last weeks', [...every(1, '2026-01-01', '2026-12-01'), ...every(7, '2026-12-07', END)]],
    [
      'longer for a month',
      [
        ...every(1, '2026-01-01', '2026-07-01'),
        ...every(7, '2026-07-07', '2026-08-05'),
        ...every(1, '2026-08-05', END),
      ],
    ],
  ])('to a %s one, and has no gap there', async (_what, checks) => {
    expect((await reportOf(...checks)).deviations).toEqual([]);
  });

  test.each<[string, Line[], string]>([
    [
      'after a change to a shorter one',
      [
        ...every(2, '2026-01-01', '2026-09-15'),
        ...every(1, '2026-09-15', '2026-10-10'),
        ...every(1, '2026-10-20', END),
      ],
      'from 2026-10-10 to 2026-10-19',
    ],
    [
      'before a change to a longer one',
      [
        ...every(1, '2026-01-01', '2026-02-01'),
        ...every(1, '2026-02-05', '2026-03-01'),
        ...every(7, '2026-03-07', END),
      ],
      'from 2026-02-01 to 2026-02-04',
    ],
    [
      'if the days before the period have a longer one',
      [
        ...every(28, '2025-01-01', '2025-12-01'),
        ...every(1, '2025-12-01', '2026-03-01'),
        ...every(1, '2026-03-03', END),
      ],
      'from 2026-03-01 to 2026-03-02',
    ],
  ])('a gap %s is one', async (_what, checks, days) => {
    expect((await reportOf(...checks)).deviations).toEqual([expect.stringContaining(`gap,no check ${days},`)]);
  });

  test('one of another user that has checks less often than the others', async () => {
    const bobs = everyDay(7).map((one) => ({ ...one, username: 'bob' }));
    const { deviations: found } = await reportOf(...everyDay(), ...bobs);
    expect(found.length).toBeGreaterThan(50);
    expect(found.every((row) => row.includes('bob,,gap,"no check '))).toBe(true);
  });

  test.each([2, 7, 15, 20, 21, 28])('the first check of a month comes earlier: every %d days', async (interval) => {
    const months = every(1, '2025-06-01', END).filter(
      ({ at }) => (Number((at as string).slice(8, 10)) - 1) % interval === 0,
    );
    expect((await reportOf(...months)).deviations).toEqual([]);
    const lost = months.filter(({ at }) => !(at as string).startsWith('2026-05-01'));
    expect((await reportOf(...lost)).deviations).toEqual([expect.stringContaining('gap,no check from 2026-04-')]);
  });
});

describe('fixed rates: each action has an interval of its own', () => {
  const RATES = { create: 90, deactivate: 104, delete: 118 };
  const day = (count: number) => new Date(Date.UTC(2025, 5, 1 + count)).toISOString().slice(0, 10);
  const rates = (first = 0, lost: readonly number[] = []) =>
    Object.entries(RATES).flatMap(([action, days]) =>
      Array.from({ length: Math.floor(570 / days) }, (_, index) => first + (index + 1) * days)
        .filter((at) => at < 579 && !lost.includes(at))
        .map((at) => check(day(at), { action })),
    );

  test('days between their checks are no gap', async () => {
    for (const first of [0, 30, 77]) expect((await reportOf(...rates(first))).deviations).toEqual([]);
  });

  test('a check of one action that does not run is one', async () => {
    // 360 days after June 1, 2025, between the checks of 354 and 416.
    expect((await reportOf(...rates(0, [360]))).deviations).toEqual([
      '2026-05-22T00:00:00Z,,,gap,no check from 2026-05-22 to 2026-07-21,"no check ran, or the log is not complete"',
    ]);
  });

  test('what is announced is the earliest time: until the check after it, nothing is missing', async () => {
    const announced = (at: string) => [
      ...change('2026-02-26', 'created', 'K2'),
      notification('2026-02-26', 'created', 'K2', { replacedAt: `${at}T03:00:00.000Z` }),
    ];
    expect((await reportOf(...rates(), ...announced('2026-11-10'))).deviations).toEqual([]);
    expect((await reportOf(...rates(), ...announced('2026-05-27'))).deviations).toEqual([
      expect.stringContaining('2026-05-27T03:00:00Z,alice,K2,missing,"replacement, announced for 2026-05-27"'),
    ]);
  });
});

describe('gaps of one user', () => {
  const of = (username: string, records: readonly Line[]) => records.map((one) => ({ ...one, username }));
  const without = (days: RegExp, records = everyDay()) => records.filter(({ at }) => !days.test(at as string));
  const deploy = (at: string, requestType: string) =>
    record(at, 'deploy', { requestType, logicalId: 'FirstKey', username: 'bob' });

  test('a user whose checks stop for days while others go on', async () => {
    const { deviations: found } = await reportOf(...everyDay(), ...of('bob', without(/2026-05-0[3-6]/)));
    expect(found).toEqual([
      '2026-05-03T00:00:00Z,bob,,gap,"no check from 2026-05-03 to 2026-05-06, and other users had checks","no check ran, or the log is not complete"',
    ]);
  });

  test('a user whose checks stop for good', async () => {
    const { deviations: found } = await reportOf(...everyDay(), ...of('bob', everyDay(1, 200)));
    expect(found).toEqual([
      expect.stringContaining('bob,,gap,"no check after 2026-07-19, and other users had checks"'),
    ]);
  });

  test('a user that has changes and no check', async () => {
    const { deviations: found } = await reportOf(
      ...everyDay(),
      notification('2025-12-20', 'created', 'K1', { username: 'bob' }),
    );
    expect(found).toEqual([
      expect.stringContaining('bob,,gap,"no check from 2026-01-01 to 2026-12-31, and other users had checks"'),
    ]);
  });

  test('days without a check of any user are one gap', async () => {
    const { deviations: found } = await reportOf(
      ...without(/2026-05-0[3-6]/),
      ...of('bob', without(/2026-05-0[3-6]/)),
      ...of('carol', without(/2026-05-0[2-6]/)),
    );
    expect(found).toEqual([
      expect.stringMatching(
        /^2026-05-02T00:00:00Z,carol,,gap,"no check from 2026-05-02 to 2026-05-06, and other users/,
      ),
      expect.stringMatching(/^2026-05-03T00:00:00Z,,,gap,no check from 2026-05-03 to 2026-05-06,/),
    ]);
  });

  test('a user that a deploy adds or removes has no gap before or after', async () => {
    const bobs = of('bob', everyDay().slice(100, 200));
    const [added, removed] = [deploy('2026-04-11T02:00', 'Create'), deploy('2026-07-20T02:00', 'Delete')];
    expect((await reportOf(...everyDay(), ...bobs, added, removed)).deviations).toEqual([]);
    expect((await reportOf(...everyDay(), ...bobs)).deviations).toHaveLength(2);
  });

  test('a user whose first deploy fails, and is rolled back, has no gap before the next one', async () => {
    const requests = [
      { ...deploy('2026-04-01T10:00', 'Create'), level: 'ERROR', message: 'denied' },
      deploy('2026-04-01T10:05', 'Delete'),
      deploy('2026-04-02T02:00', 'Create'),
    ];
    const bobs = of('bob', everyDay().slice(91));
    expect((await reportOf(...everyDay(), ...bobs, ...requests)).deviations).toEqual([
      '2026-04-01T10:00:00Z,bob,,failure,denied,',
    ]);
  });

  test('a user whose resource a deploy replaces is still there', async () => {
    const replaced = [
      { ...deploy('2026-06-01T10:00', 'Create'), logicalId: 'New' },
      deploy('2026-06-01T10:05', 'Delete'),
    ];
    const bobs = of('bob', everyDay(1, 200));
    expect((await reportOf(...everyDay(), ...bobs, ...replaced)).deviations).toEqual([
      expect.stringContaining('bob,,gap,"no check after 2026-07-19, and other users had checks"'),
    ]);
  });

  test('a user whose resource a deploy could not replace is still there', async () => {
    const rolledBack = [
      { ...deploy('2026-06-01T10:00', 'Create'), logicalId: 'New', level: 'ERROR', message: 'denied' },
      { ...deploy('2026-06-01T10:05', 'Delete'), logicalId: 'New' },
    ];
    const bobs = of('bob', everyDay(1, 200));
    const gap = expect.stringContaining('bob,,gap,"no check after 2026-07-19, and other users had checks"');
    const failure = '2026-06-01T10:00:00Z,bob,,failure,denied,';
    expect((await reportOf(...everyDay(), ...bobs, ...rolledBack)).deviations).toEqual([failure, gap]);
    const created = deploy('2026-01-01T02:00', 'Create');
    expect((await reportOf(...everyDay(), ...bobs, created, ...rolledBack)).deviations).toEqual([failure, gap]);
    const again = [
      { ...deploy('2026-06-02T10:00', 'Create'), logicalId: 'New' },
      deploy('2026-06-02T10:05', 'Delete'),
      { ...deploy('2026-07-20T02:00', 'Delete'), logicalId: 'New' },
    ];
    expect((await reportOf(...everyDay(), ...bobs, created, ...rolledBack, ...again)).deviations).toEqual([failure]);
  });

  test('a rotation that a deploy removed before the period has none', async () => {
    const { deviations: found } = await reportOf(
      ...everyDay(),
      { ...check('2025-10-01'), username: 'bob', Rotation: 'eu-west-1/Removed/1' },
      { ...deploy('2025-10-02', 'Delete'), Rotation: 'eu-west-1/Removed/1' },
    );
    expect(found).toEqual([]);
  });

  test('a user that is added again has no gap in between, and one after', async () => {
    const bobs = of('bob', [...everyDay().slice(0, 100), ...everyDay().slice(200, 300)]);
    const again = [deploy('2026-04-11T02:00', 'Delete'), deploy('2026-07-20T02:00', 'Create')];
    expect((await reportOf(...everyDay(), ...bobs, ...again)).deviations).toEqual([
      expect.stringContaining('bob,,gap,"no check after 2026-10-27, and other users had checks"'),
    ]);
  });
});

describe('the change of the clock', () => {
  /** Checks at the same local time, which is an hour later in UTC from some day on. */
  const shifted = (from: string, before: string, after: string): Line[] =>
    everyDay().map((one) => {
      const day = (one.at as string).slice(0, 10);
      return check(`${day}T${day < from ? before : after}`);
    });

  test('in autumn, a check that comes an hour later on the next day in UTC is no gap', async () => {
    // 19:30 in New York: 23:30 in UTC until October 31, then 00:30 on the next day.
    const records = shifted('2026-11-01', '23:30', '00:30').filter(
      ({ at }) => !(at as string).startsWith('2026-11-01'),
    );
    const others = records.map((one) => ({ ...one, username: 'bob' }));
    expect((await reportOf(...records)).deviations).toEqual([]);
    expect((await reportOf(...records, ...others)).deviations).toEqual([]);
  });

  test('a check that is left out on these days is one', async () => {
    const records = shifted('2026-11-01', '23:30', '00:30').filter(({ at }) => !/2026-11-0[12]/.test(at as string));
    expect((await reportOf(...records)).deviations).toEqual([
      expect.stringContaining(',gap,no check from 2026-11-01 to 2026-11-02,'),
    ]);
  });
});

describe('gaps beside other records', () => {
  test('a digest each day hides no gap', async () => {
    const digests = everyDay().map(({ at }) => record((at as string).slice(0, 10), 'digest', { action: 'digest' }));
    expect((await reportOf(...everyDay(1, 40), ...digests)).deviations).toEqual([
      '2026-02-10T00:00:00Z,,,gap,no check after 2026-02-09,"no check ran, or the log is not complete"',
    ]);
  });

  test('checks that fail are no gap', async () => {
    const fails = ({ at }: Line) => (at as string).startsWith('2026-05-0');
    const failed = everyDay().map((one) =>
      fails(one)
        ? record((one.at as string).slice(0, 10), 'failure', {
            action: 'create',
            invokedBy: 'check',
            message: 'denied',
          })
        : one,
    );
    expect((await reportOf(...failed)).deviations).toEqual([
      '2026-05-01T03:00:00Z,alice,,failure,"denied (9 times, the last one on 2026-05-09)",',
    ]);
  });
});

test('after a roll-back, the rejected key is the one that has to be retired', async () => {
  const rolledBack = { deactivatedAt: '2026-05-04T03:00:00.000Z', previousAccessKeyIds: ['K2'] };
  const found = await deviations(...ON_TIME.slice(0, 4), notification('2026-04-20', 'rolled-back', 'K1', rolledBack));
  expect(found).toEqual([expect.stringContaining('2026-05-04T03:00:00Z,alice,K2,missing,"deactivation, announced')]);
});

describe('the notification of a deletion announces when the current key is replaced', () => {
  const created = [
    ...change('2026-03-01', 'created', 'B', { replaces: 'A' }),
    notification('2026-03-01', 'created', 'B', {
      previousAccessKeyIds: ['A'],
      replacedAt: '2026-05-30T03:00:00.000Z',
      deactivatedAt: '2026-03-15T03:00:00.000Z',
    }),
    ...change('2026-03-15', 'deactivated', 'A'),
    notification('2026-03-15', 'deactivated', 'A', { deletedAt: '2026-03-29T03:00:00.000Z' }),
  ];
  const deleted = (at: string, key: string, currentAccessKeyId: string, replacedAt: string) => [
    ...change(at, 'deleted', key),
    notification(at, 'deleted', key, { currentAccessKeyId, replacedAt: `${replacedAt}T03:00:00.000Z` }),
  ];

  test('a later date replaces the one of its creation', async () => {
    const file = fileOf(linesOf([...everyDay(), ...created, ...deleted('2026-03-29', 'A', 'B', '2026-08-28')]));
    const half = { options: ['--from', '2026-01-01', '--to', '2026-06-30'] };
    expect((await audit([file], half)).deviations).toEqual([]);
    expect((await audit([file])).deviations).toEqual([
      expect.stringContaining('2026-08-28T03:00:00Z,alice,B,missing,"replacement, announced for 2026-08-28"'),
    ]);
  });

  const rolledBack = [
    ...created,
    ...change('2026-03-20', 'activated', 'A', { reason: 'roll-back' }),
    notification('2026-03-20', 'rolled-back', 'A', {
      previousAccessKeyIds: ['B'],
      deactivatedAt: '2026-04-03T03:00:00.000Z',
    }),
    ...change('2026-04-03', 'deactivated', 'B'),
    notification('2026-04-03', 'deactivated', 'B', { deletedAt: '2026-04-17T03:00:00.000Z' }),
    ...deleted('2026-04-17', 'B', 'A', '2026-04-18'),
  ];
  const next = (at: string) => [
    ...change(at, 'created', 'C', { action: 'create', replaces: 'A' }),
    notification(at, 'created', 'C'),
  ];

  test('after a roll-back, a new key that is never created is missing', async () => {
    expect(await deviations(...rolledBack)).toEqual([
      expect.stringContaining('2026-04-18T03:00:00Z,alice,A,missing,"replacement, announced for 2026-04-18"'),
    ]);
  });

  test('after a roll-back, a new key can be late, although its record has no announced time', async () => {
    expect(await deviations(...rolledBack, ...next('2026-04-18'))).toEqual([]);
    expect(await deviations(...rolledBack, ...next('2026-04-28'))).toEqual([
      expect.stringContaining('2026-04-28T03:00:00Z,alice,C,late,created 10 days after 2026-04-18,'),
    ]);
  });
});

test('what was announced in the year before and has no record is missing', async () => {
  const found = await deviations(
    notification('2025-12-20', 'created', 'K2', {
      deactivatedAt: '2026-01-03T03:00:00.000Z',
      previousAccessKeyIds: ['K1'],
    }),
  );
  expect(found).toEqual([expect.stringContaining('2026-01-03T03:00:00Z,alice,K1,missing,"deactivation, announced')]);
});

describe('a notification without the record of its change is missing', () => {
  const why =
    ',"it has no record: it was made outside the rotation, or the log is not complete, or the answer of IAM was lost"';
  const ofYear = [
    notification('2026-04-01', 'created', 'K2', { previousAccessKeyIds: ['K1'] }),
    notification('2026-04-15', 'deactivated', 'K1', { deletedAt: '2026-04-29T03:00:00.000Z' }),
    notification('2026-04-29', 'deleted', 'K1'),
    notification('2026-05-01', 'orphan-deleted', 'K3'),
  ];

  test('each once, also if it is sent again', async () => {
    const { deviations: found, status } = await reportOf(
      ...everyDay(),
      ...ofYear,
      notification('2026-04-16', 'deactivated', 'K1', { deletedAt: '2026-04-29T03:00:00.000Z' }),
    );
    expect(found).toEqual([
      `2026-04-01T03:00:00Z,alice,K2,missing,"creation, of which a notification is on record"${why}`,
      `2026-04-15T03:00:00Z,alice,K1,missing,"deactivation, of which a notification is on record"${why}`,
      `2026-04-29T03:00:00Z,alice,K1,missing,"deletion, of which a notification is on record"${why}`,
      `2026-05-01T03:00:00Z,alice,K3,missing,"deletion, of which a notification is on record"${why}`,
    ]);
    expect(status).toBe(1);
  });

  test('a deactivation after an activation needs a record of its own', async () => {
    const found = await deviations(
      ...ON_TIME.slice(0, 4),
      ...change('2026-04-20', 'activated', 'K1', { reason: 'roll-back' }),
      notification('2026-04-20', 'rolled-back', 'K1'),
      notification('2026-05-10', 'deactivated', 'K1'),
    );
    expect(found).toEqual([expect.stringContaining('2026-05-10T03:00:00Z,alice,K1,missing,"deactivation, of which')]);
  });

  test('one that a check found is an intervention', async () => {
    const found = await deviations(
      notification('2026-04-15', 'deactivated', 'K1'),
      record('2026-04-15T03:00:01.000Z', 'intervention', { intervention: 'key-deactivated', accessKeyId: 'K1' }),
    );
    expect(found).toEqual([expect.stringContaining(',intervention,key-deactivated')]);
  });

  test('a notification at the begin of the log is not: the record can be before it', async () => {
    expect(await deviations(notification('2026-01-02', 'created', 'K1'))).toEqual([]);
  });

  test('one that was not sent is not, and reports of AWS and roll-backs need none', async () => {
    const found = await deviations(
      notification('2026-04-20', 'rolled-back', 'K1'),
      notification('2026-04-21', 'exposed', 'K1'),
      notification('2026-04-22', 'unmanaged', 'K1'),
      notification('2026-04-23', 'reminder', 'K1'),
    );
    expect(found).toEqual([]);
  });
});

describe('not done: a step that is due at each check, and that no check takes', () => {
  /** Checks on these days of January, at which the others found nothing due. */
  const inJanuary = (days: readonly number[], fields: (day: number) => Line) =>
    everyDay().map((one, index) => (days.includes(index + 1) ? check(one.at as string, fields(index + 1)) : one));
  const year = Array.from({ length: 365 }, (_, index) => index + 1);

  test.each(['refused', 'waiting', 'postponed', 'locked', 'dry-run', 'removed', 'of a later release'])(
    'for a year: %s',
    async (outcome) => {
      const { deviations: found, status } = await reportOf(...inJanuary(year, () => ({ outcome, message: 'why' })));
      expect(found).toEqual([
        `2026-01-01T03:00:00Z,alice,,not done,"no check for ""create"" from 2026-01-01 to 2026-12-31 did what was due",${outcome}: why (365 times)`,
      ]);
      expect(status).toBe(1);
    },
  );

  test.each<[string, number[], (day: number) => Line]>([
    ['a refused one that is done two days later', [5, 6], () => ({ outcome: 'refused' })],
    [
      'one that waits until the window opens',
      [5, 6, 7, 8, 9],
      () => ({ outcome: 'waiting', until: '2026-01-10T03:00:00.000Z' }),
    ],
    [
      'one that is postponed until the time that it names',
      year.slice(4, 18),
      () => ({ outcome: 'postponed', until: '2026-01-19T03:00:00.000Z' }),
    ],
    ['one that each other check finds not due', [5, 7, 9, 11, 13], () => ({ outcome: 'locked' })],
  ])('%s is not', async (_what, days, fields) => {
    expect((await reportOf(...inJanuary(days, fields))).deviations).toEqual([]);
  });

  test('a time that moves on with each check does not count: the first one does', async () => {
    const tomorrow = (day: number) => ({
      outcome: 'waiting',
      until: new Date(Date.UTC(2026, 0, day + 1)).toISOString(),
    });
    expect((await reportOf(...inJanuary([5, 6, 7, 8, 9], tomorrow))).deviations).toEqual([
      expect.stringContaining('from 2026-01-05 to 2026-01-09 did what was due'),
    ]);
  });

  test('outcomes that alternate are one time, and failures do not end it', async () => {
    const alternating = (day: number) => ({ outcome: day % 2 ? 'refused' : 'locked', message: 'why' });
    const failed = record('2026-01-07T05:00', 'failure', { action: 'create', invokedBy: 'check', message: 'denied' });
    expect((await reportOf(...inJanuary([5, 6, 7, 8], alternating), failed)).deviations).toEqual([
      '2026-01-05T03:00:00Z,alice,,not done,"no check for ""create"" from 2026-01-05 to 2026-01-08 did what was due",refused: why (2 times); locked: why (2 times)',
      '2026-01-07T05:00:00Z,alice,,failure,denied,',
    ]);
  });

  test('one that began before the period is, from the start of it', async () => {
    const refused = ['2025-12-30', '2025-12-31', '2026-01-01'].map((at) => check(at, { outcome: 'refused' }));
    expect((await reportOf(...refused, ...everyDay().slice(1))).deviations).toEqual([
      expect.stringMatching(/^2026-01-01T00:00:00Z,alice,,not done,.* from 2025-12-30 to 2026-01-01/),
    ]);
  });
});

test('a command of a person that ended without what it commanded says so', async () => {
  const ended = (outcome: string) =>
    check('2026-03-01', { action: 'rollback', outcome, invokedBy: 'person', message: 'why' });
  const outcomes = ['refused', 'locked', 'failed', 'waiting', 'postponed', 'removed'];
  expect(await deviations(...outcomes.map(ended), ...['status', 'dry-run', 'not-due'].map(ended))).toEqual(
    outcomes.map((outcome) => `2026-03-01T03:00:00Z,alice,,requested,"command rollback, ${outcome}: why",`),
  );
});

test('what was announced a year before its time is expected', async () => {
  const found = await deviations(
    ...change('2025-01-12', 'created', 'K1'),
    notification('2025-01-12', 'created', 'K1', { replacedAt: '2026-01-12T03:00:00.000Z' }),
  );
  expect(found).toEqual([expect.stringContaining('2026-01-12T03:00:00Z,alice,K1,missing,"replacement, announced')]);
});

describe('what was due before the period and is not done is missing from its start on', () => {
  const waiting = { outcome: 'waiting', message: 'closed' };
  const postponed = { action: 'deactivate', outcome: 'postponed', message: 'in use' };
  const replacement = [notification('2025-11-01', 'created', 'K1', { replacedAt: '2025-12-20T03:00:00.000Z' })];
  const deactivation = [
    notification('2025-12-14', 'created', 'K2', {
      deactivatedAt: '2025-12-28T03:00:00.000Z',
      previousAccessKeyIds: ['K1'],
    }),
  ];
  const eachDay = (fields: Line) => everyDay().map(({ at }) => check(at as string, fields));

  test.each<[string, Line[], Line[], string]>([
    ['a replacement that waits', replacement, eachDay(waiting), 'replacement, due since 2025-12-20",waiting: closed'],
    [
      'a replacement whose checks do not run',
      replacement,
      eachDay({ action: 'delete' }),
      'replacement, due since 2025-12-20","it has no record',
    ],
    [
      'a deactivation that is postponed',
      deactivation,
      eachDay(postponed),
      'deactivation, due since 2025-12-28",postponed: in use',
    ],
  ])('%s', async (_what, announced, checks, reason) => {
    const { deviations: found, status } = await reportOf(...announced, ...checks);
    expect(found).toContainEqual(expect.stringContaining(`2026-01-01T00:00:00Z,alice,K1,missing,"${reason}`));
    expect(status).toBe(1);
  });

  test('what was done before the period is not', async () => {
    const done = change('2025-12-22', 'created', 'K2', { replaces: 'K1' });
    expect(await deviations(...replacement, ...done)).toEqual([]);
  });
});

describe('reports of AWS about a key', () => {
  const report = (at: string, code: string, fields: Line = {}) =>
    record(at, 'report', {
      accessKeyId: 'K1',
      source: 'AWS Health',
      message: 'AWS Health reports K1',
      code,
      ...fields,
    });
  const SUSPECTED = 'AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED';

  test('with the same code are one deviation, with their number and the last day', async () => {
    expect(await deviations(report('2026-04-01', SUSPECTED), report('2026-08-02', SUSPECTED))).toEqual([
      `2026-04-01T03:00:00Z,alice,K1,exposed,"AWS Health reports K1: ${SUSPECTED} (2 times, the last one on 2026-08-02)",`,
    ]);
  });

  test('with another code or source are each one', async () => {
    const found = await deviations(
      report('2026-04-01', SUSPECTED),
      report('2026-08-01', 'AWS_RISK_CREDENTIALS_COMPROMISED'),
      report('2026-08-01', SUSPECTED, { source: 'GuardDuty', message: 'GuardDuty reports K1' }),
    );
    expect(found).toEqual([
      `2026-04-01T03:00:00Z,alice,K1,exposed,AWS Health reports K1: ${SUSPECTED},`,
      '2026-08-01T03:00:00Z,alice,K1,exposed,AWS Health reports K1: AWS_RISK_CREDENTIALS_COMPROMISED,',
      `2026-08-01T03:00:00Z,alice,K1,exposed,GuardDuty reports K1: ${SUSPECTED},`,
    ]);
  });
});

describe('the picture of a user', () => {
  test('has a bar for each time a key was active or inactive, and a mark for each deviation', async () => {
    const { directory } = await reportOf(
      ...everyDay(),
      ...ON_TIME,
      record('2026-04-20', 'intervention', {
        intervention: 'key-activated',
        accessKeyId: 'K1',
        message: 'K1 is active',
      }),
    );
    const svg = readFileSync(join(directory, 'user-alice.svg'), 'utf8');
    expect([...svg.matchAll(/<title>([^<]+)/g)].map(([, title]) => title)).toEqual([
      'K2 active from 2026-04-01 to 2027-01-01',
      'K1 active from 2026-01-01 to 2026-04-15',
      'K1 inactive from 2026-04-15 to 2026-04-29',
      '2026-04-20 intervention: key-activated: K1 is active',
    ]);
  });

  const titlesOf = (directory: string, user: string) =>
    [...readFileSync(join(directory, `user-${user}.svg`), 'utf8').matchAll(/<title>([^<]+)/g)].map(
      ([, title]) => title,
    );

  test('each user has one, also without a change in the period', async () => {
    const { directory } = await reportOf(
      ...everyDay(),
      ...everyDay().map((one) => ({ ...one, username: 'bob' })),
      ...change('2025-12-01', 'created', 'K1'),
      ...change('2025-12-02', 'created', 'K0'),
      ...change('2025-12-03', 'deleted', 'K0'),
    );
    expect(titlesOf(directory, 'alice')).toEqual(['K1 active from 2026-01-01 to 2027-01-01']);
    expect(titlesOf(directory, 'bob')).toEqual([]);
  });

  test('has each deviation of the user: of a key without a change, and of none', async () => {
    const { directory, deviations: found } = await reportOf(
      ...everyDay().filter(({ at }) => !(at as string).startsWith('2026-08-1')),
      ...change('2026-03-01', 'created', 'K1'),
      record('2026-04-20', 'intervention', { intervention: 'unmanaged-key', accessKeyId: 'K9', message: 'K9 is new' }),
      record('2026-05-01', 'report', { accessKeyId: 'K8', source: 'AWS Health', message: 'K8 is exposed' }),
      record('2026-05-02', 'failure', { message: 'denied' }),
      notification('2026-06-01', 'deleted', 'K7'),
      ...['2026-07-01T05:00', '2026-07-04T05:00'].map((at) => check(at, { action: 'delete', outcome: 'refused' })),
    );
    const kinds = ['gap', 'not notified', 'intervention', 'exposed', 'failure', 'missing', 'not done'];
    expect(found.map((row) => row.split(',')[3]).sort()).toEqual([...kinds].sort());
    const marked = titlesOf(directory, 'alice').flatMap((title) => title.match(/^....-..-.. ([a-z ]+):/)?.[1] ?? []);
    expect(marked.sort()).toEqual([...kinds].sort());
    const svg = readFileSync(join(directory, 'user-alice.svg'), 'utf8');
    for (const kind of kinds) expect(svg).toContain(`>${kind}</text>`);
  });

  test('users whose names differ in case or in a character have files of their own', async () => {
    const users = ['Alice', 'alice', 'a+b', 'a=b', 'a@b'];
    const { directory } = await reportOf(
      ...users.flatMap((username) => change('2026-04-01', 'created', 'K2', { username })),
    );
    const files = readdirSync(directory).filter((name) => name.endsWith('.svg'));
    expect(new Set(files.map((name) => name.toLowerCase())).size).toBe(users.length);
  });
});
