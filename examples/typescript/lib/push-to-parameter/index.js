/**
 * Copies the current value of the secret into the parameter. It does not read the event, so a late, repeated or
 * reordered event has the same result. The value is never logged.
 */
const { GetSecretValueCommand, SecretsManagerClient } = require('@aws-sdk/client-secrets-manager');
const { GetParameterCommand, PutParameterCommand, SSMClient } = require('@aws-sdk/client-ssm');

const secretsManager = new SecretsManagerClient();
const ssm = new SSMClient();

exports.handler = async () => {
  const { SECRET: SecretId, PARAMETER: Name } = process.env;
  const { SecretString: Value } = await secretsManager.send(new GetSecretValueCommand({ SecretId }));
  // Each write adds a version to the history of the parameter, so write only a changed value.
  const changed = Value !== (await currentValue(Name));
  if (changed) await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true }));
  console.log(changed ? `${Name} has a new value` : `${Name} is up to date`);
};

async function currentValue(Name) {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
    return Parameter.Value;
  } catch (error) {
    if (error.name === 'ParameterNotFound') return undefined;
    throw error;
  }
}
