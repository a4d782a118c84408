import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { zipSync } from 'fflate';

/** The first date of the ZIP format: the same files have the same archive on every day. */
const ZIP_EPOCH = new Date(1980, 0, 1);

interface FileAsset {
  readonly source: { readonly path: string; readonly packaging: 'file' | 'zip' };
  readonly destinations: Record<string, { readonly bucketName: string; readonly objectKey: string }>;
}

/** An account and Region to deploy to: the emulator, or a real one. */
export interface Target {
  readonly accountId: string;
  readonly clientConfig: {
    readonly endpoint?: string;
    readonly region: string;
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** The bucket of the assets, which exists. Default: that of the CDK's bootstrap, which is created here. */
  readonly assetBucket?: string;
  /** Between two looks at a stack: 50 by default. */
  readonly pollMs?: number;
  now(): Promise<Date>;
}

/** Does what `cdk deploy` does: publishes the assets of a stack, then creates or updates it from its template. */
export async function deploy(
  target: Target,
  assemblyDirectory: string,
  stackName: string,
): Promise<Record<string, string>> {
  const cloudFormation = new CloudFormationClient(target.clientConfig);
  if (!target.assetBucket) await bootstrap(target);
  const template = await publishAssets(target, assemblyDirectory, stackName);
  const request = { StackName: stackName, TemplateURL: template, Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
  if ((await describe(cloudFormation, stackName))?.StackStatus === 'ROLLBACK_COMPLETE') {
    await destroy(target, stackName); // such a stack can only be deleted; the CDK CLI does so too
  }
  const since = await target.now();
  if (await describe(cloudFormation, stackName)) {
    const isUnchanged = await cloudFormation.send(new UpdateStackCommand(request)).then(
      () => false,
      (error: Error) => {
        if (error.message.includes('No updates are to be performed')) {
          return true;
        }
        throw error;
      },
    );
    if (isUnchanged) {
      return outputs(await describe(cloudFormation, stackName));
    }
  } else {
    await cloudFormation.send(new CreateStackCommand(request));
  }
  const stack = await settled(cloudFormation, stackName, target.pollMs);
  if (!['CREATE_COMPLETE', 'UPDATE_COMPLETE'].includes(stack?.StackStatus ?? '')) {
    throw await failure(cloudFormation, stackName, stack, since);
  }
  return outputs(stack);
}

export async function destroy(target: Target, stackName: string): Promise<void> {
  const cloudFormation = new CloudFormationClient(target.clientConfig);
  const since = await target.now();
  const StackName = (await describe(cloudFormation, stackName))?.StackId; // a deleted stack is only found by its ID
  if (!StackName) {
    return;
  }
  await settled(cloudFormation, StackName, target.pollMs); // a stack cannot be deleted during an update
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  const stack = await settled(cloudFormation, StackName, target.pollMs);
  if (stack && stack.StackStatus !== 'DELETE_COMPLETE') {
    throw await failure(cloudFormation, StackName, stack, since);
  }
}

/** The part of `cdk bootstrap` that a deployment needs. */
async function bootstrap(target: Target): Promise<void> {
  await new SSMClient(target.clientConfig).send(
    new PutParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String', Overwrite: true }),
  );
}

/** Uploads the assets in the manifest of the stack, including the template. @returns the URL of the template */
async function publishAssets(target: Target, assemblyDirectory: string, stackName: string): Promise<string> {
  const s3 = new S3Client({ ...target.clientConfig, forcePathStyle: true });
  const { files } = readJson(join(assemblyDirectory, `${stackName}.assets.json`)) as {
    files: Record<string, FileAsset>;
  };
  let url: string | undefined;
  for (const asset of Object.values(files)) {
    for (const destination of Object.values(asset.destinations)) {
      const [Bucket, Key] = [destination.bucketName, destination.objectKey].map((name) =>
        name.replace('${AWS::AccountId}', target.accountId).replace('${AWS::Region}', target.clientConfig.region),
      );
      const path = join(assemblyDirectory, asset.source.path);
      // In us-east-1, creating the same bucket again succeeds.
      if (!target.assetBucket) await s3.send(new CreateBucketCommand({ Bucket }));
      await s3.send(
        new PutObjectCommand({ Bucket, Key, Body: asset.source.packaging === 'zip' ? zip(path) : readFileSync(path) }),
      );
      if (asset.source.path === `${stackName}.template.json`) {
        url = `${s3Url(target.clientConfig, Bucket)}/${Key}`;
      }
    }
  }
  if (!url) {
    throw new Error(`${assemblyDirectory} has no template of a stack ${stackName}`);
  }
  return url;
}

function s3Url({ endpoint, region }: Target['clientConfig'], bucket: string): string {
  if (endpoint) return `${endpoint}/${bucket}`;
  return `https://${bucket}.s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function zip(directory: string): Uint8Array {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
  return zipSync(Object.fromEntries(files.map((path) => [relative(directory, path), readFileSync(path)])), {
    mtime: ZIP_EPOCH,
  });
}

async function describe(cloudFormation: CloudFormationClient, StackName: string): Promise<Stack | undefined> {
  try {
    return (await cloudFormation.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  } catch (error) {
    if ((error as Error).message.includes('does not exist')) {
      return undefined;
    }
    throw error;
  }
}

async function settled(
  cloudFormation: CloudFormationClient,
  stackName: string,
  pollMs = 50,
): Promise<Stack | undefined> {
  for (;;) {
    const stack = await describe(cloudFormation, stackName);
    // In review: of a change set that is not executed. It can be deleted, and does not change by itself.
    if (!stack?.StackStatus?.endsWith('_IN_PROGRESS') || stack.StackStatus === 'REVIEW_IN_PROGRESS') {
      return stack;
    }
    await setTimeout(pollMs);
  }
}

async function failure(
  cloudFormation: CloudFormationClient,
  StackName: string,
  stack: Stack | undefined,
  since: Date,
): Promise<Error> {
  const { StackEvents } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  const reasons = (StackEvents ?? [])
    .filter(
      (event) => event.ResourceStatus?.endsWith('_FAILED') && event.Timestamp!.getTime() >= since.getTime() - 1000,
    )
    .map((event) => `  ${event.LogicalResourceId} (${event.ResourceType}): ${event.ResourceStatusReason}`);
  return new Error([`The stack ${StackName} is ${stack?.StackStatus}`, ...reasons.reverse()].join('\n'));
}

function outputs(stack: Stack | undefined): Record<string, string> {
  return Object.fromEntries((stack?.Outputs ?? []).map((output) => [output.OutputKey!, output.OutputValue!]));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
