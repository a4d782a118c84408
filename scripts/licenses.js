/**
 * Writes LICENSES.txt beside the SBOM: the packages in the Lambda's bundle, and the text of each licence once.
 *
 * Usage: node scripts/licenses.js FOLDER
 */
const { readFileSync, writeFileSync } = require('fs');
const { join } = require('path');

const folder = process.argv[2];
const { components } = JSON.parse(readFileSync(join(folder, 'sbom.cdx.json'), 'utf8'));
/** The packages that have a text, by the text. */
const texts = new Map();
const lines = components.map(({ group, name, version, licenses = [], evidence }) => {
  const id = `${group ? `${group}/` : ''}${name} ${version}`;
  const found = (evidence?.licenses ?? []).flatMap(({ license }) => license?.text?.content ?? []);
  if (licenses.length === 0 || found.length === 0) throw new Error(`${id} has no licence, or no text of it`);
  for (const content of found) {
    const text = Buffer.from(content, 'base64').toString().trimEnd();
    texts.set(text, [...(texts.get(text) ?? []), id]);
  }
  return `${id}: ${licenses.map(({ license, expression }) => expression ?? license.id ?? license.name).join(', ')}`;
});
const paragraphs = [...texts].map(([text, ids]) => `${'-'.repeat(80)}\n${ids.join('\n')}\n\n${text}`);
writeFileSync(
  join(folder, 'LICENSES.txt'),
  `The Lambda's bundle, index.mjs, contains code of these packages:\n\n${lines.join('\n')}\n\n${paragraphs.join('\n\n')}\n`,
);
