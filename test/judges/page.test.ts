import { readFileSync } from 'fs';
import { page, PAGE } from './page';

test('docs/compliance.md is what `npm run compliance` writes', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(page());
});
