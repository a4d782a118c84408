/** The triggers whose checks the local AWS runs, by their names in the API: the values of `--trigger`. */
import type { RotationTrigger } from '../../src';

export const TRIGGERS = ['eventBridgeRules', 'eventBridgeScheduler'] as const;
export type Trigger = (typeof TRIGGERS)[number] & keyof typeof RotationTrigger;
