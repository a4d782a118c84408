/** The outcome of a dry run: the next step in words. */
import { whyPostponed } from './old-key-messages';
import { describePause } from './problem-messages';
import { Outcome } from '../../contract/outcome';
import { Step } from '../domain/step';
import { AccessKey, RotationRequest } from '../domain/user-state';

export function dryRunOutcome(
  step: Step,
  { username }: RotationRequest,
): Pick<Outcome, 'outcome' | 'message' | 'until'> {
  if (step.do === 'nothing') {
    return { outcome: step.outcome, message: step.why, ...(step.until && { until: step.until.toISOString() }) };
  }
  if (step.do === 'await-next-attempt') {
    return { outcome: 'waiting', message: describePause(step), until: step.until.toISOString() };
  }
  if (step.do === 'report') return { outcome: 'blocked', message: `${step.why}; ${step.remedy}` };
  if (step.do === 'postpone') {
    return { outcome: 'postponed', message: whyPostponed(step), until: step.until.toISOString() };
  }
  return {
    outcome: 'dry-run',
    message: `dry run, nothing was changed. Next step for ${username}: ${describeStep(step)}`,
  };
}

function describeStep(step: Exclude<Step, { do: 'nothing' | 'await-next-attempt' | 'report' | 'postpone' }>): string {
  switch (step.do) {
    case 'issue':
      return `${freeing(step.frees)}issue a new key${revoking(step)}${step.replace ? ', and make the new key current' : ' and make it current'}${step.early ? `, because ${step.early}` : ''}${retiring(step.adopt.map((keyId) => `the existing key ${keyId}`))}`;
    case 'publish':
      return `publish the new key ${step.key.subject}, which replaces ${step.replaces.subject}, which leaked`;
    case 'restore':
      return `make ${step.key.subject} current again${retiring(step.reject ? [step.reject.keyId] : [])}`;
    case 'replace-value':
      return 'replace the value that this rotation did not write, and then issue a new key';
    case 'adopt':
      return `record that ${step.adopt.join(' and ')} are to be retired, because no slot is free for a new key`;
    case 'get-last-used':
      return `get the last use of ${step.keys.map(({ keyId }) => keyId).join(' and ')}`;
    case 'decrypt-current':
      return 'read the current value of the secret';
    case 'take-over':
      return step.key
        ? `use the key ${step.key.keyId} of the secret as the current key${retiring(step.adopt)}`
        : 'use the secret, and issue the first key into it';
    case 'record':
      return `record: ${[step.add && `+ ${step.add.label}`, ...step.remove.map(({ label }) => `- ${label}`)].filter(Boolean).join(', ')}`;
    case 'deactivate':
      return `deactivate ${step.key.keyId}${step.reason === 'leaked' ? ', which leaked' : ', whose switch period is over'}`;
    case 'record-inactive':
      return `start the recovery period of ${step.key.keyId}, which is inactive`;
    case 'delete':
      return `delete ${step.key.keyId}, whose recovery period is over`;
    case 'remove-invalid':
      return `report and remove labels that are void: ${step.labels.map(({ label }) => label).join(', ')}`;
    case 'discard':
      return 'remove what a failed run left';
    case 'notify-created':
      return `send the notification about the new key ${step.key.subject}, which an earlier run did not send`;
    case 'notify':
      return `send the notification about ${step.fact.subject}, which an earlier run did not send`;
    case 'notify-deleted':
      return `send the notification that ${step.fact.subject} was deleted`;
    case 'remind':
      return `send a reminder of the ${step.before} of ${step.key.keyId}`;
    case 'notify-unmanaged':
      return `send the notification that ${step.key.keyId} was created outside the rotation`;
  }
}

function retiring(keys: readonly string[]): string {
  return keys.length > 0
    ? `, deactivate ${keys.join(' and ')} after the switch period, and delete ${keys.length > 1 ? 'them' : 'it'} after the recovery period`
    : '';
}

function freeing(key: AccessKey | undefined): string {
  return key ? `delete ${key.keyId}, because no slot is free, then ` : '';
}

function revoking({ frees, replace }: Extract<Step, { do: 'issue' }>): string {
  return replace && replace.leaked !== frees?.keyId ? `, deactivate ${replace.leaked}, which leaked` : '';
}
