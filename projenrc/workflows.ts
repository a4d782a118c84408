import { awscdk, JsonPatch } from 'projen';

/**
 * Tags of an action can be moved, commits cannot. Each is listed with its version: when projen goes on to another one, the
 * entry no longer applies, and test/package/workflows.test.ts asks for the commit of the new version.
 * What is missing here, projen pins itself.
 */
const COMMITS = {
  'actions/setup-dotnet@v6.0.0': 'a98b56852c35b8e3190ac28c8c2271da59106c68',
  'actions/setup-go@v7.0.0': 'b7ad1dad31e06c5925ef5d2fc7ad053ef454303e',
  'actions/setup-java@v6.0.0': 'dd06d9cba3e5552c54d9f8ea23572deb30010f7c',
  'actions/setup-node@v7.0.0': '820762786026740c76f36085b0efc47a31fe5020',
  'actions/setup-python@v7.0.0': '5fda3b95a4ea91299a34e894583c3862153e4b97',
  'peter-evans/create-pull-request@v8.1.1': '5f6978faf089d4d20b00c7766989d076bb2fc7f1',
};
const ATTEST = 'actions/attest@1e69f48acb82d1966a394da916b4c1698aa569d6'; // v4.2.2

export function pinActions(project: awscdk.AwsCdkConstructLibrary): void {
  for (const [action, commit] of Object.entries(COMMITS)) {
    project.github!.actions.set(action, `${action.split('@')[0]}@${commit}`);
  }
}

/** npm and PyPI show where a package was built. For the registries that do not, GitHub keeps the attestation. */
export function attestWhereTheRegistryDoesNot(project: awscdk.AwsCdkConstructLibrary): void {
  const BEFORE_PUBLISHING = 10; // the step's number, which the test checks
  const workflow = project.tryFindObjectFile('.github/workflows/release.yml')!;
  for (const [job, files] of Object.entries({ release_maven: 'dist/java/**/*.jar', release_nuget: 'dist/dotnet/*.nupkg' })) {
    workflow.patch(
      JsonPatch.add(`/jobs/${job}/permissions/id-token`, 'write'),
      JsonPatch.add(`/jobs/${job}/permissions/attestations`, 'write'),
      JsonPatch.add(`/jobs/${job}/steps/${BEFORE_PUBLISHING}`, { name: 'Attest', uses: ATTEST, with: { 'subject-path': files } }),
    );
  }
}
