import { OwnerTag } from '../../../src/rotator/aws/iam';
import { claimUser } from '../../../src/rotator/handlers/first-key';
import { manualRequest } from '../support';

/** The owner tag of a user; another deployment can overwrite it right after a write. */
class Tag implements OwnerTag {
  constructor(
    public value?: string,
    private readonly afterWrite?: string,
  ) {}
  public async read() {
    return this.value;
  }
  public async write(owner: string) {
    this.value = this.afterWrite ?? owner;
  }
  public async remove() {
    this.value = undefined;
  }
}

test('a user without an owner is claimed, and recorded as adopted', async () => {
  const tag = new Tag();
  await claimUser(manualRequest('create'), tag);
  expect(tag.value).toBe('eu-west-1/Keys/1/adopted');
});

test('a user that is recorded as adopted is not tagged again', async () => {
  const tag = new Tag('own/adopted', 'never written');
  await claimUser(manualRequest('create', { rotation: 'own' }), tag);
  expect(tag.value).toBe('own/adopted');
});

test('a user that this rotation created and then retained is recorded as adopted from now on', async () => {
  const tag = new Tag('own');
  await claimUser(manualRequest('create', { rotation: 'own' }), tag);
  expect(tag.value).toBe('own/adopted');
});

test('a user that another rotation adopted is rejected', async () => {
  await expect(claimUser(manualRequest('create', { rotation: 'own' }), new Tag('other/adopted'))).rejects.toThrow(
    'alice belongs to another rotation, other/adopted; this one is own.',
  );
});

test('a user of another rotation is rejected, with both names and the command', async () => {
  await expect(claimUser(manualRequest('create', { rotation: 'own' }), new Tag('other'))).rejects.toThrow(
    /alice belongs to another rotation, other; this one is own.*aws iam untag-user --user-name alice --tag-keys cdk-access-key-rotation --region eu-west-1/,
  );
});

test('of two deployments at once, the one whose tag was overwritten fails', async () => {
  await expect(claimUser(manualRequest('create', { rotation: 'own' }), new Tag(undefined, 'other'))).rejects.toThrow(
    'belongs to another rotation, other',
  );
});

test('a dry run rejects as well, and writes nothing', async () => {
  const tag = new Tag();
  await claimUser(manualRequest('create', { rotation: 'own', dryRun: true }), tag);
  expect(tag.value).toBeUndefined();
  await expect(claimUser(manualRequest('create', { rotation: 'own', dryRun: true }), new Tag('other'))).rejects.toThrow(
    'belongs to another rotation',
  );
});
