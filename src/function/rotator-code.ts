import { createHash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { FileAssetLocation, FileAssetPackaging, FileSystem, Lazy, Stack, Stage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { USERS_FILE } from '../contract/settings';

const BUNDLE = path.join(__dirname, '..', '..', 'assets', 'rotator', 'rotator.lambda');

let bundleHash: string | undefined;

/**
 * The code of the Lambda, with the list of users in a file beside it. The environment of a function (4 KB) is too small
 * for more than about 60 users, and an account can have 5,000. The list is complete only when all users are added, so
 * the asset is created during synth.
 */
export class RotatorCode extends lambda.Code {
  public readonly isInline = false;
  private staged?: { readonly users: string; readonly location: FileAssetLocation };

  /** @param users - returns the list as JSON. It is called several times, and the asset changes with its result */
  constructor(private readonly users: () => string) {
    super();
  }

  public bind(scope: Construct): lambda.CodeConfig {
    const location = () => this.stage(Stack.of(scope));
    return {
      s3Location: {
        bucketName: Lazy.uncachedString({ produce: () => location().bucketName }),
        objectKey: Lazy.uncachedString({ produce: () => location().objectKey }),
      },
    };
  }

  private stage(stack: Stack): FileAssetLocation {
    const users = this.users();
    if (this.staged?.users !== users) {
      bundleHash ??= FileSystem.fingerprint(BUNDLE);
      const sourceHash = createHash('sha256').update(bundleHash).update(users).digest('hex');
      const fileName = `asset.${sourceHash}`;
      const directory = path.join(Stage.of(stack)!.outdir, fileName);
      if (!fs.existsSync(directory)) {
        fs.cpSync(BUNDLE, directory, { recursive: true });
        fs.writeFileSync(path.join(directory, USERS_FILE), users);
      }
      this.staged = {
        users,
        location: stack.synthesizer.addFileAsset({ fileName, sourceHash, packaging: FileAssetPackaging.ZIP_DIRECTORY }),
      };
    }
    return this.staged.location;
  }
}
