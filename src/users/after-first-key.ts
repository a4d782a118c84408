import { CfnResource, IResolveContext, Lazy, Reference, Stage, Token, Tokenization } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { addResourceDependency } from '../private/resource-dependency';

/**
 * Policies contain no value of a secret, so they need not wait. The first key itself can depend on a policy that names
 * the secret, such as the user's permissions boundary or the secret's resource policy.
 */
const POLICY = /^AWS::(?:IAM|KMS)::|Policy$/;

/** Adds the dependency on a first key to each resource that refers to a secret. */
export class FirstKeyDependency {
  /**
   * @param firstKey - the custom resource, which can be created later
   * @param rotator - the construct with the function that issues the first key. Its resources cannot wait for that key
   */
  constructor(
    private readonly firstKey: () => CfnResource,
    private readonly rotator: IConstruct,
  ) {}

  /**
   * An attribute of the secret as before, but resources that use it are created after the first key.
   *
   * Not an attribute of the custom resource: each policy that uses it would wait as well, and some policies exist
   * before the first key.
   */
  public attribute(token: string): string {
    const original = Tokenization.reverse(token);
    if (Reference.isReference(original)) {
      return Token.asString(new ReferenceAfter(original, (context) => this.addTo(context)));
    }
    return Lazy.uncachedString({
      produce: (context) => {
        this.addTo(context);
        return token;
      },
    });
  }

  /** The CDK resolves each resource once while it prepares the app, to find the references in it. */
  private addTo({ preparing, scope }: IResolveContext): void {
    if (!preparing || !CfnResource.isCfnResource(scope)) return;
    if (POLICY.test(scope.cfnResourceType) || scope.node.scopes.includes(this.rotator)) return;
    // Stages are deployed one after the other, and the CDK rejects a dependency between them.
    if (Stage.of(scope) === Stage.of(this.rotator)) addResourceDependency(scope, this.firstKey());
  }
}

/** Remains a reference: the CDK exports nothing else to other stacks. */
class ReferenceAfter extends Reference {
  constructor(
    private readonly original: Reference,
    private readonly onResolve: (context: IResolveContext) => void,
  ) {
    super(original, original.target, original.displayName, original.typeHint);
  }

  public resolve(context: IResolveContext): unknown {
    this.onResolve(context);
    return this.original;
  }
}
