import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { App, CfnResource, Environment, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct, IConstruct } from 'constructs';
import { AccessKeyRotation, AccessKeyRotationProps, RotatedUserProps } from '../../src';
import {
  CreatedSubscriptions,
  SUBSCRIPTIONS_FILE,
  UserEntry,
  USERS_FILE,
  UserSettings,
} from '../../src/contract/settings';
import { settingsOf } from '../../src/rotator/handlers/users';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** One resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Metadata?: Record<string, string>;
}

export type Resources = Record<string, Resource>;

const assemblies = fs.mkdtempSync(path.join(os.tmpdir(), 'constructs-'));
afterAll(() => fs.rmSync(assemblies, { recursive: true, force: true }));

/** For an assembly. It is deleted after the tests of the file. */
export function temporaryDirectory(): string {
  return fs.mkdtempSync(path.join(assemblies, 'app-'));
}

/** A faster synth that prints less: the Lambda's bundle is hashed but not copied, and newer CDKs print no warnings. */
const FAST_SYNTH = { 'aws:cdk:disable-asset-staging': true, '@aws-cdk/core:annotationsInValidationReport': false };

/** An app whose output is deleted after the tests of the file. */
export function testApp(context: Record<string, unknown> = {}): App {
  return new App({ outdir: assemblies, context: { ...context, ...FAST_SYNTH } });
}

/** An app with its own assembly. It omits the tree of constructs, which is a fifth of the time of a synth. */
export function temporaryApp(context: Record<string, unknown>): { readonly app: App; readonly directory: string } {
  const directory = temporaryDirectory();
  return {
    app: new App({ outdir: directory, treeMetadata: false, context: { ...context, ...FAST_SYNTH } }),
    directory,
  };
}

export function testStack(env?: Environment, context?: Record<string, unknown>): Stack {
  return new Stack(testApp(context), 'Test', { env });
}

/** A rotation, its stack and the synthesized template. */
export class Synthesized {
  public readonly rotation: AccessKeyRotation;
  private cached?: Template;

  constructor(
    public readonly stack: Stack,
    construct: AccessKeyRotation,
  ) {
    this.rotation = construct;
  }

  public get template(): Template {
    return (this.cached ??= Template.fromStack(this.stack));
  }

  public get resources(): Resources {
    return this.template.toJSON().Resources;
  }

  public get json(): string {
    return JSON.stringify(this.template.toJSON());
  }

  public ofType(type: string): Resource[] {
    return Object.values(this.resources).filter((resource) => resource.Type === type);
  }

  /** The only resource of a type. */
  public the(type: string): Resource {
    const found = this.ofType(type);
    expect(found.map((resource) => resource.Type)).toEqual([type]);
    return found[0];
  }

  /** The resources below a construct, by logical ID. */
  public below(construct: IConstruct): Resources {
    const all = this.resources;
    return Object.fromEntries(
      construct.node
        .findAll()
        .filter(CfnResource.isCfnResource)
        .map((resource): string => this.stack.resolve(resource.logicalId))
        .map((id) => [id, all[id]]),
    );
  }

  /** The resources of one user, by logical ID. */
  public ofUser(name: string): Resources {
    return this.below(this.rotation.user(name));
  }

  /** One user's only resource of a type. */
  public userResource(name: string, type: string): Resource {
    const found = Object.values(this.ofUser(name)).filter((resource) => resource.Type === type);
    expect(found.map((resource) => resource.Type)).toEqual([type]);
    return found[0];
  }

  /** The user list of the function, without the times of the checks. */
  public get users(): UserEntry[] {
    return this.usersWithTimes.map(([name, { checkTimes, ...settings }]) => [name, settings]);
  }

  /** The user list: the file beside the code, and the environment for names known at deploy time. */
  public get usersWithTimes(): UserEntry[] {
    const { Variables } = this.the('AWS::Lambda::Function').Properties.Environment;
    return [...this.fileOfAsset(USERS_FILE), ...JSON.parse(Variables.USERS ?? '[]')];
  }

  /** The subscriptions that the digest compares with those of the topic. */
  public get createdSubscriptions(): CreatedSubscriptions {
    return this.fileOfAsset(SUBSCRIPTIONS_FILE);
  }

  private fileOfAsset(name: string): any {
    const { Code } = this.the('AWS::Lambda::Function').Properties;
    const asset = path.join(App.of(this.stack)!.outdir, `asset.${Code.S3Key.replace('.zip', '')}`);
    return JSON.parse(fs.readFileSync(path.join(asset, name), 'utf8'));
  }

  /** The settings of a user, as the function reads them. */
  public settings(name: string): UserSettings {
    return settingsOf(name, new Map(this.usersWithTimes));
  }

  /** The inputs of a user's rules, by action. */
  public inputs(name: string): Record<string, any> {
    return Object.fromEntries(
      Object.values(this.ofUser(name))
        .filter((resource) => resource.Type === 'AWS::Events::Rule')
        .map((rule) => JSON.parse(rule.Properties.Targets[0].Input))
        .map((input) => [input.action, input]),
    );
  }
}

/** A rotation in its own stack. Props that need a scope can be a function of the stack. */
export function rotation(
  props: AccessKeyRotationProps | ((scope: Construct) => AccessKeyRotationProps),
  options: { env?: Environment; context?: Record<string, unknown> } = {},
): Synthesized {
  const stack = testStack(options.env, options.context);
  return new Synthesized(
    stack,
    new AccessKeyRotation(stack, 'Rotation', typeof props === 'function' ? props(stack) : props),
  );
}

/** A rotation of these users, without other props. */
export function rotationOf(...users: (string | RotatedUserProps)[]): Synthesized {
  return rotation({ users: users.map((user) => (typeof user === 'string' ? { userName: user } : user)) });
}

/** The one statement with this ID. */
export function statement(policy: { Statement: any[] }, sid: string): any {
  const found = policy.Statement.filter(({ Sid }) => Sid === sid);
  expect(found).toHaveLength(1);
  return found[0];
}

/** The list, or a list of the single value. */
export function list<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
