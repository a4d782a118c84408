import { request } from './support';
import { DAY } from '../../src/contract/ages';
import { rotate } from '../../src/rotator/actions/rotate';
import { ModelAws } from '../fake-aws/fake-aws';

/** A user with its first key, which is this many days old. `calls` has what follows. */
export async function withOneKey(days: number): Promise<ModelAws> {
  const aws = new ModelAws();
  await rotate(request('create'), aws.tools());
  aws.now = new Date(aws.now.getTime() + days * DAY);
  aws.calls.length = 0;
  return aws;
}
