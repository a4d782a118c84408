import { inspect } from 'util';
import * as fc from 'fast-check';
import { Credential } from '../../../src/rotator/domain/credential';
import { SecretValue } from '../../../src/rotator/domain/secret-value';
import { smtpPassword } from '../../../src/rotator/domain/smtp-password';

const FIELDS = { accessKey: 'AccessKey', secretKey: 'SecretKey' };
const OTHER_NAMES = { accessKey: 'id', secretKey: 'secret' };
const settingsOf = (fields: typeof FIELDS, sesSmtpRegions: string[] = []) => ({ fields, sesSmtpRegions });
const AT = new Date('2026-01-01T00:00:00Z');
const KEY = new Credential('AKIANEW', 'new/secret', AT);
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

test('any other fields stay, with their names, their order and their values', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 2, '\t'), (others, space) => {
      const text = JSON.stringify({ ...others, AccessKey: 'AKIAOLD', SecretKey: 'old' }, null, space);
      const expected = { ...(JSON.parse(text) as object), AccessKey: 'AKIANEW', SecretKey: 'new/secret' };
      const value = new SecretValue(text).without('AKIAOLD', FIELDS).with(KEY, settingsOf(FIELDS));
      expect(JSON.parse(value.reveal())).toEqual(expected);
      expect(value.names.slice(2)).toEqual(
        new SecretValue(text).names.filter((name) => name !== 'AccessKey' && name !== 'SecretKey'),
      );
    }),
  );
});

test('numbers stay as they are written: JSON.parse() would round them', () => {
  const value = new SecretValue('{"id":12345678901234567890,"rate":1.0,"big":1e400,"__proto__":{"a":[-0.0]}}');
  expect(value.with(KEY, settingsOf(FIELDS)).reveal()).toBe(
    '{"AccessKey":"AKIANEW","SecretKey":"new/secret","id":12345678901234567890,"rate":1.0,"big":1e400,"__proto__":{"a":[-0.0]}}',
  );
});

test.each(['a]', ']a', 'a}', '}a', '[a', 'a[', '{a', 'a{', 'a,b', 'a:b', '\\"]', ' '])(
  'a text with marks of JSON: %j',
  (text) => {
    const value = SecretValue.of({ [text]: text, list: [text, { [text]: [text] }], last: text });
    expect(JSON.parse(value.with(KEY, settingsOf(FIELDS)).reveal())).toEqual({
      AccessKey: 'AKIANEW',
      SecretKey: 'new/secret',
      [text]: text,
      list: [text, { [text]: [text] }],
      last: text,
    });
  },
);

test('the fields of the key come first, where commands in messages read them', () => {
  expect(new SecretValue('{"a":1,"AccessKey":"x"}').with(KEY, settingsOf(FIELDS)).names).toEqual([
    'AccessKey',
    'SecretKey',
    'a',
  ]);
});

describe('a key is found', () => {
  const find = (value: object, names = FIELDS) => SecretValue.of(value).credential('AKIA1', AT, names)?.reveal();

  test.each<[string, object]>([
    ['in its fields', { AccessKey: 'AKIA1', SecretKey: 's', host: 'h' }],
    ['in fields with earlier names', { id: 'AKIA1', secret: 's' }],
    ['in fields of which one has an earlier name', { id: 'AKIA1', SecretKey: 's', host: 'h' }],
  ])('%s', (_, value) => {
    expect(find(value)).toBe('s');
  });

  test('beside other texts, by the length of a secret access key', () => {
    expect(find({ id: 'AKIA1', host: 'h', secret: SECRET })).toBe(SECRET);
  });

  test('if the field of the secret access key has the earlier name of the other one', () => {
    const names = { accessKey: 'id', secretKey: 'AccessKey' };
    expect(find({ AccessKey: 'AKIA1', SecretKey: 's' }, names)).toBe('s');
  });

  test.each([`${SECRET}x`, `x${SECRET}`])('and a longer text is none: %s', (note) => {
    expect(find({ id: 'AKIA1', note, secret: SECRET })).toBe(SECRET);
  });

  test.each<[string, object]>([
    ['if it is another one', { AccessKey: 'AKIA2', SecretKey: 's' }],
    ['if its secret access key cannot be distinguished from other fields', { id: 'AKIA1', one: SECRET, two: SECRET }],
    ['if no other field is a text', { AccessKey: 'AKIA1', port: 1 }],
  ])('not %s', (_, value) => {
    expect(find(value)).toBeUndefined();
  });

  test('and its fields with earlier names are not kept', () => {
    const value = SecretValue.of({ AccessKey: 'AKIA1', host: 'h', SecretKey: SECRET });
    expect(value.without('AKIA1', OTHER_NAMES).with(KEY, settingsOf(OTHER_NAMES)).names).toEqual([
      'id',
      'secret',
      'host',
    ]);
  });
});

describe('SMTP credentials of Amazon SES', () => {
  const old = new Credential('AKIAOLD', 'old/secret', AT);
  const here = settingsOf(FIELDS, ['eu-west-1', 'us-gov-west-1']);
  const names = ['AccessKey', 'SecretKey', 'SmtpUserName', 'SmtpPassword_eu_west_1', 'SmtpPassword_us_gov_west_1'];
  const stored = () => SecretValue.of({ host: 'h' }).with(old, here);

  test('a user name, and a password for each Region', () => {
    expect(JSON.parse(stored().reveal())).toEqual({
      AccessKey: 'AKIAOLD',
      SecretKey: 'old/secret',
      SmtpUserName: 'AKIAOLD',
      SmtpPassword_eu_west_1: smtpPassword(old, 'eu-west-1'),
      SmtpPassword_us_gov_west_1: smtpPassword(old, 'us-gov-west-1'),
      host: 'h',
    });
  });

  test('change with the key', () => {
    const value = stored().without('AKIAOLD', FIELDS).with(KEY, here);
    expect(value.names).toEqual([...names, 'host']);
    expect(value.text('SmtpUserName')).toBe('AKIANEW');
    expect(value.text('SmtpPassword_eu_west_1')).toBe(smtpPassword(KEY, 'eu-west-1'));
  });

  test('of a Region that is not in the list any more go with the key', () => {
    expect(stored().without('AKIAOLD', FIELDS).with(KEY, settingsOf(FIELDS)).names).toEqual([
      'AccessKey',
      'SecretKey',
      'host',
    ]);
  });

  test('fields of the same names with other values belong to the owner', () => {
    const own = { SmtpUserName: 'me', SmtpPassword_eu_west_1: 'mine', SmtpPassword: 'mine' };
    const value = SecretValue.of({ AccessKey: 'AKIAOLD', SecretKey: 'old/secret', ...own });
    expect(JSON.parse(value.without('AKIAOLD', FIELDS).reveal())).toEqual(own);
  });

  test('of a value without the key stay', () => {
    const value = SecretValue.of({ SmtpUserName: 'AKIAOLD', SmtpPassword_eu_west_1: 'x' });
    expect(value.without('AKIAOLD', FIELDS).names).toEqual(['SmtpUserName', 'SmtpPassword_eu_west_1']);
  });

  test('are not taken for the key if its fields have other names now', () => {
    const value = SecretValue.of({ SmtpUserName: 'AKIA1', host: 'h', AccessKey: 'AKIA1', SecretKey: SECRET });
    expect(value.without('AKIA1', OTHER_NAMES).names).toEqual(['host']);
  });
});

describe('beside the value that the rotation wrote, another one keeps the fields of the key', () => {
  const written = { AccessKey: KEY.keyId, SecretKey: SECRET };
  const renamed = { id: KEY.keyId, secret: SECRET };
  const keeps = (value: object, of: object, fields = FIELDS) =>
    SecretValue.of(value).keepsFieldsOf(SecretValue.of(of), KEY.keyId, fields);

  test.each<[string, object, object, boolean]>([
    ['with the same names', { ...written, host: 'h' }, written, true],
    ['with the names of today', written, renamed, true],
    ['with earlier names', renamed, renamed, true],
    ['with another name for its ID', { id: KEY.keyId, SecretKey: SECRET }, written, false],
    ['with another name for the secret access key', { AccessKey: KEY.keyId, secret: SECRET }, written, false],
    ['if only the value of the rotation has the key', { host: 'h' }, written, false],
    ['if neither has the key', { host: 'h' }, { host: 'h' }, false],
    ['if the value of the rotation has another key', written, { AccessKey: 'X', SecretKey: SECRET }, true],
  ])('%s: %j beside %j', (_what, value, of, expected) => {
    expect(keeps(value, of)).toBe(expected);
  });

  test('with each SMTP password that is derived from it', () => {
    const key = new Credential(KEY.keyId, SECRET, AT);
    const smtp = SecretValue.EMPTY.with(key, settingsOf(FIELDS, ['eu-west-1']));
    expect(smtp.keepsFieldsOf(smtp, KEY.keyId, FIELDS)).toBe(true);
    expect(SecretValue.of(written).keepsFieldsOf(smtp, KEY.keyId, FIELDS)).toBe(false);
  });
});

test('two values are equal with the same fields in any order', () => {
  const [one, same, other] = ['{"a":1,"b":[1, 2]}', '{ "b": [1,2], "a": 1 }', '{"a":1}'].map(
    (text) => new SecretValue(text),
  );
  expect(one.equals(same)).toBe(true);
  expect(one.equals(other)).toBe(false);
});

test('JSON, text and the console show nothing of a value', () => {
  const value = SecretValue.of({ password: 'hidden' });
  const shown = [JSON.stringify({ value }), `${String(value)}`, inspect(value, { showHidden: true, depth: 9 })];
  expect(shown).toEqual(['{"value":"***"}', '***', '***']);
});

test('of several fields with the same name, consumers read the last one', () => {
  const value = new SecretValue('{"AccessKey":"AKIAOLD","SecretKey":"first","SecretKey":"last"}');
  expect(value.text('SecretKey')).toBe('last');
  expect(value.credential('AKIAOLD', AT, FIELDS)!.reveal()).toBe('last');
});

test('of two fields with the ID of the key, the one with the name of today is that of the key', () => {
  const value = SecretValue.of({ user: 'AKIAOLD', AccessKey: 'AKIAOLD', SecretKey: SECRET });
  expect(value.without('AKIAOLD', FIELDS).names).toEqual(['user']);
});

test('a value with the ID of a key, but without a secret access key, does not hold the key', () => {
  expect(SecretValue.of({ id: 'AKIAOLD' }).credential('AKIAOLD', AT, FIELDS)).toBeUndefined();
});

test('a field that is not there, or has no name of SMTP, is not derived from a key', () => {
  const value = SecretValue.of({ AccessKey: 'AKIANEW', SecretKey: 'new/secret' });
  expect(value.isDerived('missing', KEY)).toBe(false);
  expect(value.isDerived('SecretKey', KEY)).toBe(false);
});

test('a binary value has no text', () => {
  expect(new SecretValue(undefined).reveal()).toBe('');
});
