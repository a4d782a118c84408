/** The templates of an app, with CloudFormation's functions resolved. */
import * as fs from 'fs';
import * as path from 'path';
import { Naming, ORDINARY } from './naming';
import { Resource, Resources, Synthesized } from './support';

/** The parts of a template that the tests read. */
export interface TemplateBody {
  readonly Description?: string;
  readonly Resources?: Resources;
  readonly Parameters?: Record<string, { readonly Default?: unknown }>;
  readonly Outputs?: Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>;
}

export interface DeployedStack {
  readonly name: string;
  readonly body: TemplateBody;
  /** The size of the template file. */
  readonly bytes: number;
  /** The stack and the resource that this nested stack belongs to. */
  readonly parent?: { readonly stack: DeployedStack; readonly id: string };
}

/** A resource with its stack. */
export interface Located {
  readonly stack: DeployedStack;
  readonly id: string;
  readonly resource: Resource;
}

/** Several stacks in one account and Region. */
export class Deployment {
  /** The only stack of a test. */
  public static of(built: Synthesized, naming?: Naming): Deployment {
    return new Deployment(
      [stackOf(built.stack.stackName, JSON.stringify(built.template.toJSON(), undefined, 1))],
      naming,
    );
  }

  /**
   * All stacks of an assembly, including nested ones. To find these, the app needs asset metadata, which the CDK CLI
   * enables.
   */
  public static ofAssembly(directory: string, naming?: Naming): Deployment {
    const read = (file: string) => fs.readFileSync(path.join(directory, file), 'utf8');
    const { artifacts } = JSON.parse(read('manifest.json')) as {
      artifacts: Record<string, { type: string; properties: Record<string, string> }>;
    };
    const withNested = (stack: DeployedStack): DeployedStack[] => [
      stack,
      ...Object.entries(stack.body.Resources ?? {})
        .filter(([, { Type }]) => Type === 'AWS::CloudFormation::Stack')
        .flatMap(([id, { Metadata }]) =>
          withNested({ ...stackOf(`${stack.name}-${id}`, read(Metadata!['aws:asset:path'])), parent: { stack, id } }),
        ),
    ];
    const stacks = Object.entries(artifacts)
      .filter(([, { type }]) => type === 'aws:cloudformation:stack')
      .flatMap(([id, { properties }]) =>
        withNested(stackOf(properties.stackName ?? id, read(properties.templateFile))),
      );
    return new Deployment(stacks, naming);
  }

  /** All resources of all stacks. */
  public readonly resources: readonly Located[];
  private readonly exported = new Map<string, () => unknown>();
  /** A cache: many rules read the resources of each of 5,000 users. */
  private readonly filled = new Map<Resource, Record<string, any>>();

  constructor(
    public readonly stacks: readonly DeployedStack[],
    private readonly naming = ORDINARY,
  ) {
    this.resources = stacks.flatMap((stack) =>
      Object.entries(stack.body.Resources ?? {}).map(([id, resource]) => ({ stack, id, resource })),
    );
    for (const stack of stacks) {
      for (const { Value, Export } of Object.values(stack.body.Outputs ?? {})) {
        if (Export) this.exported.set(this.fill(Export.Name, stack), () => this.fill(Value, stack));
      }
    }
  }

  /** The same deployment with other names. */
  public named(naming: Naming): Deployment {
    return new Deployment(this.stacks, naming);
  }

  public ofType(...types: string[]): Located[] {
    return this.resources.filter(({ resource }) => types.includes(resource.Type));
  }

  /** The properties of a resource, with all functions resolved. */
  public properties({ stack, resource }: Located): Record<string, any> {
    const properties = this.filled.get(resource) ?? this.fill(resource.Properties ?? {}, stack);
    this.filled.set(resource, properties);
    return properties;
  }

  /** A value in the template of a stack, with all functions resolved. */
  public fill(value: any, stack: DeployedStack): any {
    if (Array.isArray(value)) return value.map((item) => this.fill(item, stack));
    if (typeof value !== 'object' || value === null) return value;
    const [[key, argument] = ['', undefined], ...more] = Object.entries<any>(value);
    if (more.length > 0 || !(key === 'Ref' || key.startsWith('Fn::'))) {
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.fill(inner, stack)]));
    }
    switch (key) {
      case 'Ref':
        return this.naming.pseudo[argument] ?? this.ref(argument, stack);
      case 'Fn::GetAtt':
        return this.attribute(argument[0], argument[1], stack);
      case 'Fn::Join':
        return this.fill(argument[1], stack).join(argument[0]);
      case 'Fn::Sub':
        return argument.replace(/\$\{([^}]+)\}/g, (_: string, name: string) => this.fill({ Ref: name }, stack));
      case 'Fn::ImportValue':
        return this.imported(this.fill(argument, stack));
      // only in newer CDKs, with a feature flag
      case 'Fn::GetStackOutput':
        return this.output(this.fill(argument.StackName, stack), argument.OutputName);
      default:
        throw new Error(`${key}: the tests do not support this function of CloudFormation.`);
    }
  }

  /** The ARN of a resource. */
  public arn(located: Located): string {
    return this.naming.arn(located, (value) => this.fill(value, located.stack));
  }

  private ref(id: string, stack: DeployedStack): string {
    if (stack.body.Parameters && id in stack.body.Parameters) return this.parameter(id, stack);
    const located = find(id, stack);
    return this.naming.ref(located, (value) => this.fill(value, stack));
  }

  private attribute(id: string, name: string, stack: DeployedStack): string {
    const located = find(id, stack);
    if (located.resource.Type === 'AWS::CloudFormation::Stack') {
      const nested = this.stacks.find(({ parent }) => parent?.stack === stack && parent.id === id)!;
      return this.fill(nested.body.Outputs![name.replace('Outputs.', '')].Value, nested);
    }
    return this.naming.attribute(located, name, (value) => this.fill(value, stack));
  }

  private parameter(name: string, { body, parent }: DeployedStack): string {
    if (!parent) return String(body.Parameters![name].Default);
    return this.fill(find(parent.id, parent.stack).resource.Properties.Parameters[name], parent.stack);
  }

  private output(stackName: string, name: string): unknown {
    const stack = this.stacks.find((candidate) => candidate.name === stackName);
    if (!stack?.body.Outputs?.[name]) throw new Error(`No stack ${stackName} has an output ${name}.`);
    return this.fill(stack.body.Outputs[name].Value, stack);
  }

  private imported(name: string): unknown {
    const value = this.exported.get(name);
    if (!value) throw new Error(`No stack exports ${name}.`);
    return value();
  }
}

/** A stack from the text of its template. */
export function stackOf(name: string, template: string): DeployedStack {
  return { name, body: JSON.parse(template), bytes: Buffer.byteLength(template) };
}

function find(id: string, stack: DeployedStack): Located {
  const resource = stack.body.Resources?.[id];
  if (!resource) throw new Error(`${stack.name} has no resource ${id}.`);
  return { stack, id, resource };
}
