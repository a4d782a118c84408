import { Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/**
 * Allows a principal to invoke the function by its unqualified ARN only. The CDK's `grantInvoke()` also names
 * `<ARN>:*`, which includes the alias for CloudFormation.
 *
 * @throws if the grant would have no effect
 */
export function grantToOperator(place: string, scope: Construct, grantee: iam.IGrantable, arn: string): iam.Grant {
  const { account } = Stack.of(scope);
  const { principalAccount } = grantee.grantPrincipal;
  const isKnown = principalAccount !== undefined && ![principalAccount, account].some((one) => Token.isUnresolved(one));
  const isElsewhere = isKnown && principalAccount !== account;
  const grant = isElsewhere
    ? undefined
    : iam.Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: [arn] });
  if (grant?.success) return grant;
  const given = isElsewhere ? `a principal of the account ${principalAccount}` : `${grantee.grantPrincipal}`;
  throw new Error(
    `${place}: the grantee is ${given}, but it must be a user, group or role of the account of the rotation.`
      + ' For another principal, call addPermission() of "rotationFunction", which opens the function and not its alias.',
  );
}
