import { CfnResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Something that the Lambda is asked again and again. */
export interface Question {
  /** At most 64 characters of `[.\-_A-Za-z0-9]`, which rules and schedules both take. */
  readonly name: string;
  readonly description: string;
  /** When it is asked, in UTC. */
  readonly expression: string;
  /** The event that asks it, as JSON. */
  readonly input: string;
}

/** What asks the Lambda of one rotation. Whatever all questions need is made with it, next to the Lambda. */
export interface Asker {
  /**
   * One resource that asks.
   *
   * @param scope - may be in another stack than the Lambda
   * @param id - of the question; the kind of resource is added, so that both kinds can be there while one follows the other
   */
  ask(scope: Construct, id: string, question: Question): CfnResource;
}
