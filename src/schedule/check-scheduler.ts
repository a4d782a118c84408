import { CfnResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RotationFunction } from '../function/rotation-function';
import { shortHash } from '../private/hash';
import { outermostStack } from '../private/outermost-stack';

/** One event that is sent to the Lambda at regular times. */
export interface ScheduledCheck {
  /** Unique within the rotation: 1 to 42 characters of `[.\-_A-Za-z0-9]`, which rules and schedules both allow. */
  readonly name: string;
  readonly description: string;
  /** A `cron()` or `rate()` expression. */
  readonly expression: string;
  /** Default: UTC. Rules have no other. */
  readonly timeZone?: string;
  /** The event as JSON. */
  readonly input: string;
}

/** Invokes the Lambda of one rotation. Resources that all checks share are created with it, next to the Lambda. */
export interface CheckScheduler {
  /**
   * Creates the one resource that invokes the Lambda for a check.
   *
   * @param scope - can be in another stack than the Lambda
   * @param id - construct ID of the check. The resource type is appended, so that during a change of the trigger the
   *   new resource can exist before the old one is deleted
   */
  schedule(scope: Construct, id: string, check: ScheduledCheck): CfnResource;
}

/**
 * Starts the names of all rules and schedules of a rotation, so that a wildcard in an ARN matches only these. The first
 * hash is that of the construct path. An app can deploy the same path under several stack names, in one account and
 * Region.
 */
export function namePrefix(rotation: RotationFunction): string {
  return `akr-${rotation.node.addr.slice(-8)}-${shortHash(outermostStack(rotation).stackName)}-`;
}
