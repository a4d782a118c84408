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
 * The Lambda's code, and beside it the list of its users: a function's environment has room for some 60 of them, a file
 * for all 5,000 that an account can have. The list is only known when all users are, so the asset is made during the
 * synthesis.
 */
export class RotatorCode extends lambda.Code {
  public readonly isInline = false;
  private staged?: { readonly users: string; readonly location: FileAssetLocation };

  /** @param users - JSON, the same however often it is asked for, as long as no user is added */
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
