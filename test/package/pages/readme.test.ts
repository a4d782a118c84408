import { problemsOfReadme } from './readme';
import { read } from './repository';

test('the README is short, complete and the same wherever it is shown', () => {
  expect(problemsOfReadme(read('README.md'))).toEqual([]);
});

describe('a rule is found to be broken', () => {
  const README = `# Name

[a](https://example.com/a) [b](#name) \`<code>\`

\`\`\`ts nofixture
app.synth(); // <tag>
\`\`\`

\`\`\`ts
new AccessKeyRotation(stack, 'Rotation', {});
\`\`\`

\`\`\`sh
npm ci && npm run demo    # 400 days
npm ci && npm test
\`\`\`
`;

  test('not', () => {
    expect(problemsOfReadme(README)).toEqual([]);
  });

  test.each([
    ['length', `${README}${'line\n'.repeat(250)}`, '266 lines'],
    ['words', `${README}${'word '.repeat(2_500)}`, '2533 words'],
    ['relative link', `${README}[c](docs/c.md)`, 'not absolute: docs/c.md'],
    ['HTML', `${README}<br>`, 'HTML: <br>'],
    ['command', README.replace('&& npm test', '&& npm t'), 'lacks /^npm ci && npm test\\b/m'],
    ['first example', README.replace('app.synth()', ''), 'the first example is not complete'],
    ['with the fixture', README.replace(' nofixture', ''), 'the first example is not complete'],
    [
      'declare',
      README.replace('new Acc', 'declare const x: X;\nnew Acc'),
      'the example in line 9 declares what is not there: it cannot run',
    ],
  ])('%s', (_, text, problem) => {
    expect(problemsOfReadme(text)).toEqual([problem]);
  });
});
