/**
 * Fails fast on import. npm's and pip's checks of peer ranges can be overridden, and an older CDK silently drops
 * properties that it does not know, such as the policy of a topic.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- an import could not say what is missing */
const OLDEST_NODE = 16; // older ones stop at the first `??=`

const PEERS: Record<string, () => { version: string }> = {
  'aws-cdk-lib': () => require('aws-cdk-lib/package.json'),
  constructs: () => require('constructs/package.json'),
};
const { name, peerDependencies } = require('../../package.json');

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  throw new Error(`${name} needs Node 20 or newer, and this is ${process.versions.node}`);
}
for (const peer of Object.keys(PEERS)) {
  const range: string = peerDependencies[peer];
  const found = versionOf(peer);
  if (!found || isOlder(found, range.replace('^', ''))) {
    // No command: the package came by npm, pip, Maven or another client.
    throw new Error(
      `${name} needs ${peer} ${range}, and ${found ? `found ${found}: upgrade` : 'there is none: install'} it`,
    );
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
  const [left, right] = [version, minimum].map((one) => one.split(/[.+-]/).map(Number));
  const different = [0, 1, 2].find((part) => left[part] !== right[part]);
  return different !== undefined && left[different] < right[different];
}

export {};
