/** Derives the changes of the keys of each user from the journal of the local AWS. */
import type { Change } from './key-history';
import type { SoakUser } from './soak-users';
import type { JournalEntry } from '../local-aws/emulator';

const KEY_LABEL = /^akr1\.key\.(\w+)\./;

export class JournalReader {
  /** The key in each version of a secret. */
  private readonly keyOf = new Map<string, string>();
  private readonly ownerOf = new Map<string, string>();

  constructor(private readonly users: readonly SoakUser[]) {}

  /** The changes by time. */
  public read(entries: readonly JournalEntry[]): { user: string; change: Change }[] {
    return entries.flatMap((entry) => {
      const change = this.changeOf(entry);
      const user = this.userOf(entry, change?.keyId);
      return change && user ? [{ user, change }] : [];
    });
  }

  private changeOf({ action, parameters, created, byFunction, signedWith, time }: JournalEntry): Change | undefined {
    const at = new Date(time);
    const keyId = parameters.AccessKeyId as string;
    switch (action) {
      case 'CreateAccessKey':
        return { at, what: 'created', keyId: created!.AccessKeyId };
      case 'UpdateAccessKey':
        return { at, what: parameters.Status === 'Active' ? 'activated' : 'deactivated', keyId };
      case 'DeleteAccessKey':
        return { at, what: 'deleted', keyId };
      case 'GetCallerIdentity':
        return byFunction ? { at, what: 'verified', keyId: signedWith } : undefined;
      case 'PutSecretValue': {
        const labels = parameters.VersionStages as string[] | undefined;
        const holds = labels?.map((label) => KEY_LABEL.exec(label)?.[1]).find((id) => id !== undefined);
        if (holds) {
          this.keyOf.set(parameters.ClientRequestToken as string, holds);
        }
        return labels && !labels.includes('AWSCURRENT') ? undefined : { at, what: 'published', keyId: holds };
      }
      case 'UpdateSecretVersionStage':
        return parameters.VersionStage === 'AWSCURRENT'
          ? { at, what: 'published', keyId: this.keyOf.get(parameters.MoveToVersionId as string) }
          : undefined;
      default:
        return undefined;
    }
  }

  private userOf({ parameters, created }: JournalEntry, keyId: string | undefined): string | undefined {
    const named =
      (parameters.UserName as string | undefined)
      ?? this.users.find(
        ({ secret }) =>
          secret === parameters.SecretId || (parameters.SecretId as string)?.includes(`:secret:${secret}-`),
      )?.name;
    if (created && named) {
      this.ownerOf.set(created.AccessKeyId, named);
    }
    return named ?? this.ownerOf.get(keyId ?? '');
  }
}
