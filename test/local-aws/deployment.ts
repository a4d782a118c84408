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
import type { Emulator } from './emulator';

/** The first date of the ZIP format: the same files have the same archive on every day. */
const ZIP_EPOCH = new Date(1980, 0, 1);

interface FileAsset {
  readonly source: { readonly path: string; readonly packaging: 'file' | 'zip' };
  readonly destinations: Record<string, { readonly bucketName: string; readonly objectKey: string }>;
}

/** Does what `cdk deploy` does: publishes the assets of a stack, then creates or updates it from its template. */
export async function deploy(
  emulator: Emulator,
  assemblyDirectory: string,
  stackName: string,
): Promise<Record<string, string>> {
  const cloudFormation = new CloudFormationClient(emulator.clientConfig);
  await bootstrap(emulator);
  const template = await publishAssets(emulator, assemblyDirectory, stackName);
  const request = { StackName: stackName, TemplateURL: template, Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
  if ((await describe(cloudFormation, stackName))?.StackStatus === 'ROLLBACK_COMPLETE') {
    await destroy(emulator, stackName); // such a stack can only be deleted; the CDK CLI does so too
  }
  const since = await emulator.now();
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
  const stack = await settled(cloudFormation, stackName);
  if (!['CREATE_COMPLETE', 'UPDATE_COMPLETE'].includes(stack?.StackStatus ?? '')) {
    throw await failure(cloudFormation, stackName, stack, since);
  }
  return outputs(stack);
}

export async function destroy(emulator: Emulator, stackName: string): Promise<void> {
  const cloudFormation = new CloudFormationClient(emulator.clientConfig);
  const since = await emulator.now();
  const StackName = (await describe(cloudFormation, stackName))?.StackId; // a deleted stack is only found by its ID
  if (!StackName) {
    return;
  }
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  const stack = await settled(cloudFormation, StackName);
  if (stack && stack.StackStatus !== 'DELETE_COMPLETE') {
    throw await failure(cloudFormation, StackName, stack, since);
  }
}

/** The part of `cdk bootstrap` that a deployment needs. */
async function bootstrap(emulator: Emulator): Promise<void> {
  await new SSMClient(emulator.clientConfig).send(
    new PutParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String', Overwrite: true }),
  );
}

/** Uploads the assets in the manifest of the stack, including the template. @returns the URL of the template */
async function publishAssets(emulator: Emulator, assemblyDirectory: string, stackName: string): Promise<string> {
  const s3 = new S3Client({ ...emulator.clientConfig, forcePathStyle: true });
  const { files } = readJson(join(assemblyDirectory, `${stackName}.assets.json`)) as {
    files: Record<string, FileAsset>;
  };
  let url: string | undefined;
  for (const asset of Object.values(files)) {
    for (const destination of Object.values(asset.destinations)) {
      const [Bucket, Key] = [destination.bucketName, destination.objectKey].map((name) =>
        name.replace('${AWS::AccountId}', emulator.accountId).replace('${AWS::Region}', emulator.clientConfig.region),
      );
      const path = join(assemblyDirectory, asset.source.path);
      await s3.send(new CreateBucketCommand({ Bucket })); // in us-east-1, creating the same bucket again succeeds
      await s3.send(
        new PutObjectCommand({ Bucket, Key, Body: asset.source.packaging === 'zip' ? zip(path) : readFileSync(path) }),
      );
      if (asset.source.path === `${stackName}.template.json`) {
        url = `${emulator.clientConfig.endpoint}/${Bucket}/${Key}`;
      }
    }
  }
  if (!url) {
    throw new Error(`${assemblyDirectory} has no template of a stack ${stackName}`);
  }
  return url;
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

async function settled(cloudFormation: CloudFormationClient, stackName: string): Promise<Stack | undefined> {
  for (;;) {
    const stack = await describe(cloudFormation, stackName);
    if (!stack?.StackStatus?.endsWith('_IN_PROGRESS')) {
      return stack;
    }
    await setTimeout(50);
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
