/** The value of one version of a secret. */
import { inspect } from 'util';
import { Credential } from './credential';
import { smtpText } from './smtp-password';
import { FieldNames, ValueSettings } from '../../contract/settings';
import { SMTP_USER_FIELD, smtpFields } from '../../contract/smtp';

/** A field of the JSON object. The value is JSON text, as it was read: JSON.parse() rounds large numbers. */
type Field = readonly [name: string, json: string];

/** A text, a bracket or another mark, or a number, true, false or null. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^[\]{},:"\s]+/g;

/** The shape of a secret access key. */
const SECRET_KEY = /^[A-Za-z0-9/+=]{40}$/;

/**
 * An access key, and the other fields of the JSON object. These belong to the owner of the secret: a new version has
 * them unchanged. Logs and JSON cannot show a value by accident.
 */
export class SecretValue {
  /** No fields. */
  static readonly EMPTY = new SecretValue('{}');

  /** The records of a run. */
  static of(fields: object): SecretValue {
    return new SecretValue(JSON.stringify(fields));
  }

  readonly #text: string | undefined;
  readonly #fields: readonly Field[];
  /** Why the value has no fields; undefined if it is a JSON object. */
  readonly problem: string | undefined;

  /** @param text - undefined for a binary value */
  constructor(text: string | undefined) {
    this.#text = text;
    this.problem = problemWith(text);
    this.#fields = this.problem === undefined ? fieldsOf(text!) : [];
  }

  /** The names of the fields, in their order. */
  get names(): string[] {
    return this.#fields.map(([name]) => name);
  }

  /** Only to store the value. */
  reveal(): string {
    return this.#text ?? '';
  }

  /**
   * What a field holds: a consumer reads the last of several fields with the same name.
   *
   * @returns undefined if the field is missing, null if it holds no text
   */
  text(name: string): string | null | undefined {
    const named = this.#fields.filter((field) => field[0] === name);
    if (named.length === 0) return undefined;
    const value: unknown = JSON.parse(named[named.length - 1][1]);
    return typeof value === 'string' ? value : null;
  }

  /** Whether a field, of any name, has this text: the ID of a key, or a label. */
  holds(text: string): boolean {
    return this.names.some((name) => this.text(name) === text);
  }

  /** @returns undefined if the value does not hold the key */
  credential(keyId: string, createdAt: Date, fields: FieldNames): Credential | undefined {
    const names = this.namesOf(keyId, fields);
    return names && new Credential(keyId, this.text(names.secretKey)!, createdAt);
  }

  /** The other fields, with this key. Its fields come first: commands in messages read them there. */
  with(credential: Credential, { fields, sesSmtpRegions }: ValueSettings): SecretValue {
    const key = new Map([
      [fields.accessKey, credential.keyId],
      [fields.secretKey, credential.reveal()],
      ...smtpFields(sesSmtpRegions).map((name): [string, string] => [name, smtpText(name, credential)!]),
    ]);
    const own = [...key].map(([name, text]): Field => [name, JSON.stringify(text)]);
    return ofFields([...own, ...this.#fields.filter(([name]) => !key.has(name))]);
  }

  /** The other fields. Those of the key can have earlier names, or be for other Regions than now. */
  without(keyId: string, fields: FieldNames): SecretValue {
    const found = this.namesOf(keyId, fields);
    const { accessKey, secretKey } = found ?? fields;
    const credential = found && new Credential(keyId, this.text(secretKey)!, new Date(0));
    const isOfKey = (name: string) =>
      name === accessKey || name === secretKey || (credential !== undefined && this.isDerived(name, credential));
    return ofFields(this.#fields.filter(([name]) => !isOfKey(name)));
  }

  /** Whether a field holds an SMTP user name or password of this key. Others of the same name belong to the owner. */
  isDerived(name: string, credential: Credential): boolean {
    const derived = smtpText(name, credential);
    return derived !== undefined && this.text(name) === derived;
  }

  /**
   * Whether the key has the names of its fields in another value, or those of the settings, and what is derived from it
   * there is the same here. Both hold the key.
   */
  keepsFieldsOf(other: SecretValue, keyId: string, fields: FieldNames): boolean {
    const [here, there] = [this.namesOf(keyId, fields), other.namesOf(keyId, fields)];
    const hasName = (names: FieldNames | undefined) =>
      here?.accessKey === names?.accessKey && here?.secretKey === names?.secretKey;
    const credential = here && new Credential(keyId, this.text(here.secretKey)!, new Date(0));
    return (
      credential !== undefined
      && (hasName(there) || hasName(fields))
      && other.names.every((name) => !other.isDerived(name, credential) || this.isDerived(name, credential))
    );
  }

  /** Whether both have the same fields, in any order. */
  equals(other: SecretValue): boolean {
    return JSON.stringify([...this.#fields].sort()) === JSON.stringify([...other.#fields].sort());
  }

  /**
   * The fields that hold a key. Their names may have changed since the version was written: the ID is found by its
   * text, and the secret access key as the only other text, or the only one of its length.
   */
  private namesOf(keyId: string, fields: FieldNames): FieldNames | undefined {
    const texts = this.names.filter((name) => this.text(name) !== null && name !== SMTP_USER_FIELD);
    const accessKey = [fields.accessKey, ...texts].find((name) => this.text(name) === keyId);
    if (accessKey === undefined) return undefined;
    if (typeof this.text(fields.secretKey) === 'string' && fields.secretKey !== accessKey) {
      return { accessKey, secretKey: fields.secretKey };
    }
    const others = texts.filter((name) => name !== accessKey);
    const candidates = others.length > 1 ? others.filter((name) => SECRET_KEY.test(this.text(name)!)) : others;
    return candidates.length === 1 ? { accessKey, secretKey: candidates[0] } : undefined;
  }

  toJSON(): string {
    return '***';
  }

  toString(): string {
    return this.toJSON();
  }

  [inspect.custom](): string {
    return this.toJSON();
  }
}

function ofFields(fields: readonly Field[]): SecretValue {
  return new SecretValue(`{${fields.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`);
}

function problemWith(text: string | undefined): string | undefined {
  if (text === undefined) return 'binary';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not the message of JSON.parse(): it quotes the text, which can be a secret.
    return 'no JSON';
  }
  if (Array.isArray(value)) return 'a JSON array';
  return typeof value === 'object' && value !== null ? undefined : 'JSON, but no object';
}

/** @param text - a JSON object */
function fieldsOf(text: string): Field[] {
  const fields: Field[] = [];
  let [depth, name, json] = [0, undefined as string | undefined, ''];
  for (const [token] of text.matchAll(TOKEN)) {
    if (/^[\]}]$/.test(token)) depth--;
    if (name !== undefined && (depth === 0 || (depth === 1 && token === ','))) {
      fields.push([name, json]);
      [name, json] = [undefined, ''];
    } else if (name !== undefined) {
      if (json !== '' || token !== ':') json += token;
    } else if (depth === 1) {
      name = JSON.parse(token) as string;
    }
    if (/^[[{]$/.test(token)) depth++;
  }
  return fields;
}
