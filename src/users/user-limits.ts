import { CfnResource, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { RotatedUser } from './rotated-user';
import { OWNER_TAG } from '../contract/settings';

/**
 * Limits of IAM and Secrets Manager for the resources of one user, as they are when the whole app is known: with the
 * tags of aspects, and with groups and policies that are added later. CloudFormation reports them only during a deploy.
 */

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
const [PATH, MAX_PATH_LENGTH] = [/^\/([\x21-\x7e]+\/)?$/, 512];
/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
const MAX_DESCRIPTION_LENGTH = 2_048;
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, as all below */
const MAX_GROUPS = 10;
/** By default, and the most that AWS grants on request. */
export const MANAGED_POLICIES = { default: 10, maximum: 20 };
const MAX_INLINE_LENGTH = 2_048;
/** Room for the policy that ends the sessions of a leaked key: an operator need not delete another one first. */
export const REVOCATION_LENGTH = 160;
const MAX_TAGS = 50;
const [MAX_TAG_KEY_LENGTH, MAX_TAG_VALUE_LENGTH] = [128, 256];
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The limits that a user exceeds, with a fix for each. */
export function limitProblems(user: RotatedUser, owner: string, policies: InlinePolicies): string[] {
  const { created } = user;
  const secret = user.secretResource;
  const problems = [
    created && pathProblem(created.path),
    ...(secret
      ? [descriptionProblem(secret.description), ...tagProblems('secret', secret.tags.tagValues(), owner)]
      : []),
    ...(created ? tagProblems('user', created.tags.tagValues(), owner) : []),
    created && groupProblem(listLength(created, created.groups)),
    created && managedPolicyProblem(managedPolicies(user)),
    inlineProblem(user, policies),
  ];
  return problems
    .filter((problem) => problem !== undefined)
    .map(
      (problem) => `The user ${Token.isUnresolved(user.userName) ? user.node.id : `"${user.userName}"`}: ${problem}.`,
    );
}

/** The number of managed policies of a created user. */
export function managedPolicies({ created }: RotatedUser): number {
  return created ? listLength(created, created.managedPolicyArns) : 0;
}

function pathProblem(path: string | undefined): string | undefined {
  if (path === undefined || Token.isUnresolved(path) || (PATH.test(path) && path.length <= MAX_PATH_LENGTH)) {
    return undefined;
  }
  return (
    `the path "${path}" must begin and end with a slash and have at most ${MAX_PATH_LENGTH} ASCII characters, none of them a blank (IAM).`
    + ' Pass a path such as "/teams/blue/"'
  );
}

function descriptionProblem(description: string | undefined): string | undefined {
  if (!description || Token.isUnresolved(description) || description.length <= MAX_DESCRIPTION_LENGTH) return undefined;
  return (
    `"description" has ${description.length} characters, and Secrets Manager allows up to ${MAX_DESCRIPTION_LENGTH}.`
    + ' Pass a shorter one'
  );
}

function groupProblem(count: number): string | undefined {
  return count > MAX_GROUPS
    ? `it is in ${count} groups, and IAM allows up to ${MAX_GROUPS}. Remove some of them, or use fewer groups with more policies`
    : undefined;
}

function managedPolicyProblem(count: number): string | undefined {
  return count > MANAGED_POLICIES.maximum
    ? `it has ${count} managed policies, and IAM allows up to ${MANAGED_POLICIES.maximum}. Combine some of them, or attach them to a group`
    : undefined;
}

function inlineProblem(user: RotatedUser, policies: InlinePolicies): string | undefined {
  const length = inlineLength(user, policies) + REVOCATION_LENGTH;
  if (length <= MAX_INLINE_LENGTH) return undefined;
  return (
    `its inline policies have about ${length} characters, with ${REVOCATION_LENGTH} for the one that ends sessions after a leak, and IAM allows up to ${MAX_INLINE_LENGTH}. The policy for its own secret names each replica.`
    + ' Use fewer replicas, a shorter secret name, "selfRead: false", or managed policies for what the key is for'
  );
}

/** The policy resources of an app, by the user that has them. */
export type InlinePolicies = ReadonlyMap<string, readonly iam.CfnPolicy[]>;

/** One search for all users of a rotation: a policy can be anywhere in the app. */
export function inlinePoliciesOf(root: IConstruct): InlinePolicies {
  const found = new Map<string, iam.CfnPolicy[]>();
  for (const construct of root.node.findAll()) {
    if (!CfnResource.isCfnResource(construct)) continue;
    if (construct.cfnResourceType !== iam.CfnPolicy.CFN_RESOURCE_TYPE_NAME) continue;
    const policy = construct as iam.CfnPolicy;
    for (const userName of policy.stack.resolve(policy.users) ?? []) {
      const key = keyOf(policy.stack, userName);
      found.set(key, [...(found.get(key) ?? []), policy]);
    }
  }
  return found;
}

/** A user name is a reference, which is valid in its stack only. */
function keyOf(stack: Stack, resolvedUserName: unknown): string {
  return `${stack.node.addr} ${JSON.stringify(resolvedUserName)}`;
}

/** The least length of the inline policies of a user: what is known only during the deploy counts as one character. */
function inlineLength(
  { created, readOwnSecret, references, secretName, firstKey }: RotatedUser,
  all: InlinePolicies,
): number {
  const { stack } = firstKey;
  const policies = all.get(keyOf(stack, stack.resolve(references.userName))) ?? [];
  const secretArn = `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${secretName}-AbCdEf`;
  // The policy of an adopted user is a resource, and so it is among the policies.
  return [...(created && readOwnSecret ? [readOwnSecret] : []), ...policies.map(({ policyDocument }) => policyDocument)]
    .map((document) => JSON.stringify(document).replaceAll(references.secretArn, secretArn))
    .map((text) => text.replace(ENCODED_TOKEN, (_all, name) => 'x'.repeat(PSEUDO_PARAMETERS[name] ?? 1)).length)
    .reduce((sum, length) => sum + length, 0);
}

/** The CDK's encoding of a token in a string, and the least length of the values of pseudo parameters. */
const ENCODED_TOKEN = /\$\{Token\[(.*?)(?:\.\d+)\]\}/g;
const PSEUDO_PARAMETERS: Record<string, number> = { 'AWS.Partition': 3, 'AWS.AccountId': 12, 'AWS.Region': 9 };

/** @param owner - the value that the owner tag must keep */
function tagProblems(of: 'user' | 'secret', tags: Record<string, string>, owner: string): string[] {
  const keys = Object.keys(tags).filter((key) => !Token.isUnresolved(key));
  const problems = keys.flatMap((key) => tagProblem(key, tags[key]) ?? []);
  if (keys.length > MAX_TAGS) {
    const own = `with "${OWNER_TAG}", the tag of the rotation`;
    problems.push(`it has ${keys.length} tags ${own}, and AWS allows up to ${MAX_TAGS}. Remove some of them`);
  }
  // IAM compares keys of tags regardless of case, Secrets Manager does not.
  const duplicate = keys.find((key, index) => keys.findIndex((other) => sameKey(key, other)) < index);
  if (of === 'user' && duplicate !== undefined) {
    const all = keys.filter((key) => sameKey(key, duplicate)).map((key) => `"${key}"`);
    problems.push(`the keys ${all.join(' and ')} differ by case only, which IAM ignores. Use one of them`);
  }
  if (tags[OWNER_TAG] !== owner) {
    problems.push(`the key "${OWNER_TAG}" is the tag that names the rotation of a user. Use another key`);
  }
  return problems.map((problem) => `tags of the ${of}: ${problem}`);
}

function tagProblem(key: string, value: string): string | undefined {
  if (key === '' || key.length > MAX_TAG_KEY_LENGTH || !TAG_TEXT.test(key)) {
    return `the key "${key}" must have 1 to ${MAX_TAG_KEY_LENGTH} letters, digits, spaces and any of _.:/=+-@. Pass another key`;
  }
  if (/^aws:/i.test(key)) return `the key "${key}" begins with "aws:", which AWS reserves. Pass another key`;
  if (Token.isUnresolved(value) || (value.length <= MAX_TAG_VALUE_LENGTH && TAG_TEXT.test(value))) return undefined;
  return `the value "${value}" of "${key}" must have at most ${MAX_TAG_VALUE_LENGTH} letters, digits, spaces and any of _.:/=+-@. Pass another value`;
}

function sameKey(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function listLength(resource: CfnResource, list: unknown): number {
  const resolved = resource.stack.resolve(list);
  return Array.isArray(resolved) ? resolved.length : 0;
}
