import { inspect } from 'util';

/** An access key with its secret half, which neither a log nor JSON can get at by accident. */
export class Credential {
  readonly #secretKey: string;

  constructor(
    readonly keyId: string,
    secretKey: string,
    readonly createdAt: Date,
  ) {
    this.#secretKey = secretKey;
  }

  /** For the secret and for signing, and for nothing else. */
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
