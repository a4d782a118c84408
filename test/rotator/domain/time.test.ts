import { latest, addMs } from '../../../src/rotator/domain/time';
import { ago, NOW } from '../decide';

test('the latest of the times that are defined', () => {
  expect(latest(ago(2), ago(1), undefined, ago(3))).toEqual(ago(1));
  expect(addMs(NOW, -1)).toEqual(new Date(NOW.getTime() - 1));
});
