import { inspect } from 'util';

/** An access key with its secret access key, which logs and JSON cannot show by accident. */
export class Credential {
  readonly #secretKey: string;

  constructor(
    readonly keyId: string,
    secretKey: string,
    readonly createdAt: Date,
  ) {
    this.#secretKey = secretKey;
  }

  /** Only to store the key and to sign requests. */
  reveal(): string {
    return this.#secretKey;
  }

  toJSON(): string {
    return `${this.keyId}:***`;
  }

  toString(): string {
    return this.toJSON();
  }

  [inspect.custom](): string {
    return this.toJSON();
  }
}
