/**
 * Fails fast on import. Peer ranges can be overridden in npm and pip, and an older CDK silently drops properties that
 * it does not know, such as the policy of a topic.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- a failed import would not name the missing peer */
const OLDEST_NODE = 16; // older versions cannot parse `??=`

const PEERS: Record<string, () => { version: string }> = {
  'aws-cdk-lib': () => require('aws-cdk-lib/package.json'),
  constructs: () => require('constructs/package.json'),
};
const { name, peerDependencies } = require('../../package.json');

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  throw new Error(`${name} needs Node.js 20 or newer, but this is ${process.versions.node}. Upgrade Node.js.`);
}
for (const peer of Object.keys(PEERS)) {
  const range: string = peerDependencies[peer];
  const found = versionOf(peer);
  if (!found || isOlder(found, range.replace('^', ''))) {
    // Without a command, because the package manager is not known: npm, pip, Maven or another one.
    const problem = found ? `${found} is installed. Upgrade it` : 'it is not installed. Install it';
    throw new Error(`${name} needs ${peer} ${range}, but ${problem}.`);
  }
}

function versionOf(peer: string): string | undefined {
  try {
    return PEERS[peer]().version;
  } catch (error) {
    if ((error as { code?: string }).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function isOlder(version: string, minimum: string): boolean {
  const [left, right] = [version, minimum].map((text) => text.split(/[.+-]/).map(Number));
  const different = [0, 1, 2].find((part) => left[part] !== right[part]);
  return different !== undefined && left[different] < right[different];
}

export {};
