/** A step in words, for a dry run. Pure. */
import { Outcome } from '../../contract/outcome';
import { Step } from '../domain/step';
import { RotationRequest } from '../domain/user-state';

export function dryRunOutcome(
  step: Step,
  { username }: RotationRequest,
): Pick<Outcome, 'outcome' | 'message' | 'until'> {
  if (step.do === 'nothing') {
    return { outcome: step.outcome, message: step.why, ...(step.until && { until: step.until.toISOString() }) };
  }
  if (step.do === 'report') return { outcome: 'blocked', message: `${step.why}; ${step.remedy}` };
  if (step.do === 'postpone') {
    return {
      outcome: 'postponed',
      message: `the previous key ${step.key.keyId} is still in use`,
      until: step.until.toISOString(),
    };
  }
  return { outcome: 'dry-run', message: `dry run, nothing was done. Next for ${username}: ${describeStep(step)}` };
}

function describeStep(step: Exclude<Step, { do: 'nothing' | 'report' | 'postpone' }>): string {
  switch (step.do) {
    case 'issue':
      return `issue a new key and make it current${adopting(step.adopt)}${revoking(step.revoke)}`;
    case 'restore':
      return `make ${step.key.subject} current again${step.reject ? `, and retire ${step.reject.keyId} after both grace periods` : ''}${revoking(step.revoke)}`;
    case 'adopt':
      return `put on record that ${step.adopt.join(' and ')} are to be retired, as no slot is free for a new key`;
    case 'get-last-used':
      return `look up when ${step.keys.map(({ keyId }) => keyId).join(' and ')} were used last`;
    case 'record':
      return `put on record: ${[step.add && `+ ${step.add.label}`, ...step.remove.map(({ label }) => `- ${label}`)].filter(Boolean).join(', ')}`;
    case 'deactivate':
      return `deactivate ${step.key.keyId}${step.reason === 'leaked' ? ', which leaked' : ', whose grace is over'}`;
    case 'record-inactive':
      return `begin the second grace period of ${step.key.keyId}, which is inactive`;
    case 'delete':
      return `delete ${step.key.keyId}, ${step.reason === 'leaked' ? 'which leaked' : 'whose second grace period is over'}`;
    case 'discard':
      return 'clean up after a run that died';
    case 'notify-created':
      return `tell people about the new key ${step.key.subject}, which a run before this one could not`;
    case 'notify':
      return `tell people about ${step.fact.subject}, which a run before this one could not`;
    case 'notify-deleted':
      return `tell people that ${step.fact.subject} is gone`;
    case 'remind':
      return `remind people of the ${step.before} of ${step.key.keyId}`;
    case 'notify-unmanaged':
      return `tell people that somebody else made ${step.key.keyId}`;
  }
}

function adopting(keyIds: readonly string[]): string {
  return keyIds.length > 0
    ? `, and retire ${keyIds.join(' and ')}, which the user has already, after both grace periods`
    : '';
}

function revoking(key: { keyId: string } | undefined): string {
  return key ? `, then deactivate ${key.keyId}, which leaked` : '';
}
