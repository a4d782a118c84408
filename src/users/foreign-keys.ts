/** What happens to an access key that this rotation did not issue. */
export enum ForeignKeys {
  /** It is left alone, and people are told about it. While it holds the second of a user's two slots, no new key can be issued. */
  LEAVE = 'LEAVE',

  /** It is retired through the two grace periods, like a key of this rotation. It is never deactivated or deleted at once. */
  RETIRE = 'RETIRE',
}
