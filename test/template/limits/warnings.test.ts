/** A warning says what to do, or how to accept what it says: in code, and on the command line. */
import { Annotations } from 'aws-cdk-lib';
import { RotationSchedule } from '../../../src';
import { annotationIds, warnings } from '../annotations';
import { rotation } from '../support';

const ID = 'cdk-access-key-rotation:activeKeyOver90Days';
const withContext = (context: Record<string, unknown> = {}) =>
  rotation({ users: [{ userName: 'alice' }], schedule: RotationSchedule.STANDARD }, { context }).rotation;

test('a warning has an ID, and names the call and the option of the CLI that accept it', () => {
  const [text] = warnings(withContext());
  expect(text).toContain(`Annotations.of(rotation).acknowledgeWarning('${ID}')`);
  expect(text).toContain(`"--context ${ID}=accepted"`);
});

test('the call accepts it', () => {
  const construct = withContext();
  Annotations.of(construct).acknowledgeWarning(ID);
  expect(annotationIds(construct)).toEqual([]);
});

test.each([
  ['accepted', []],
  [true, []],
  [false, ['activeKeyOver90Days']],
  ['false', ['activeKeyOver90Days']],
])('with the value %s, the context has the warnings %j', (value, expected) => {
  expect(annotationIds(withContext({ [ID]: value }))).toEqual(expected);
});
