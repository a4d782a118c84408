/**
 * What is asked of a real account once a rotation is deployed there. Nothing here reads a secret's value, so no output
 * can show one.
 */
import { ExpectedResult, IApiCall, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, Stack, StackProps } from 'aws-cdk-lib';
import { ACCOUNT_VARIABLE } from './names';
import { AccessKeyRotation } from '../../src';
import { RotationEvent } from '../../src/contract/events';

export const AKIA = Match.stringLikeRegexp('^AKIA\\w{16}$');

/** With the account, the CDK deploys with no credentials of another one. The snapshots have no account. */
export const IN_ACCOUNT: StackProps = { env: { account: process.env[ACCOUNT_VARIABLE] } };

export class Account {
  private readonly test: IntegTest;
  private last?: IApiCall;

  constructor(
    app: App,
    stack: Stack,
    private readonly rotation: AccessKeyRotation,
  ) {
    this.test = new IntegTest(app, 'Asserted', {
      testCases: [stack],
      assertionStack: new Stack(app, `${stack.stackName}Asserted`, IN_ACCOUNT),
      // a snapshot with the assets would hold the bundle, and be another one after each change of it
      stackUpdateWorkflow: false,
    });
  }

  /** Sends an event as a person would, after all that was asked before, and holds the answer to what is expected. */
  public ask(event: Partial<RotationEvent>, answer: object): void {
    this.then(
      this.test.assertions
        .invokeFunction({ functionName: this.rotation.rotationFunction.functionName, payload: JSON.stringify(event) })
        .expect(ExpectedResult.objectLike({ StatusCode: 200, Payload: Match.serializedJson(answer) })),
    );
  }

  /** The ID of a user's only key, for an event. */
  public onlyKey(userName: string): string {
    const call = this.test.assertions.awsApiCall('IAM', 'listAccessKeys', { UserName: userName });
    this.then(call);
    return call.getAttString('AccessKeyMetadata.0.AccessKeyId');
  }

  /** IAM's list, which may lag behind what was done a moment ago: asked until it fits. */
  public hasKeys(userName: string, ...status: Array<'Active' | 'Inactive'>): void {
    const keys = status.map((Status) => Match.objectLike({ AccessKeyId: AKIA, Status }));
    this.then(
      this.test.assertions
        .awsApiCall('IAM', 'listAccessKeys', { UserName: userName })
        .expect(ExpectedResult.objectLike({ AccessKeyMetadata: Match.arrayWith(keys) }))
        .waitForAssertions(),
    );
  }

  /** The labels of the version that is current, as Secrets Manager lists them. */
  public currentVersionHasLabels(secret: string, ...labels: unknown[]): void {
    const current = Match.objectLike({ VersionStages: Match.arrayWith(labels) });
    this.then(
      this.test.assertions
        .awsApiCall('SecretsManager', 'listSecretVersionIds', { SecretId: secret })
        .expect(ExpectedResult.objectLike({ Versions: Match.arrayWith([current]) })),
    );
  }

  private then(call: IApiCall): void {
    this.last?.next(call);
    this.last = call;
  }
}
