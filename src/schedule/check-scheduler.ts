import { CfnResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RotationFunction } from '../function/rotation-function';

/** An event that the Lambda receives again and again. */
export interface ScheduledCheck {
  /** Unique within the rotation: at most 51 characters of `[.\-_A-Za-z0-9]`, which rules and schedules both allow. */
  readonly name: string;
  readonly description: string;
  /** When the Lambda is invoked, in UTC. */
  readonly expression: string;
  /** The event, as JSON. */
  readonly input: string;
}

/** Invokes the Lambda of one rotation. What all checks share is created with it, next to the Lambda. */
export interface CheckScheduler {
  /**
   * Creates the one resource that invokes the Lambda for a check.
   *
   * @param scope - may be in another stack than the Lambda
   * @param id - of the check; the kind of resource is added, so that both kinds can exist while one replaces the other
   */
  schedule(scope: Construct, id: string, check: ScheduledCheck): CfnResource;
}

/** The names of all rules and schedules of a rotation begin with this: a wildcard covers only them. */
export function namePrefix(rotation: RotationFunction): string {
  return `akr-${rotation.node.addr.slice(-8)}-`;
}
