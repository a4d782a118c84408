/**
 * Copies the current value of the secret into the parameter. It does not care what the event says: one that comes late, twice
 * or out of order leads to the same parameter. The value never gets into a log.
 */
const { GetSecretValueCommand, SecretsManagerClient } = require('@aws-sdk/client-secrets-manager');
const { GetParameterCommand, PutParameterCommand, SSMClient } = require('@aws-sdk/client-ssm');

const secretsManager = new SecretsManagerClient();
const ssm = new SSMClient();

exports.handler = async () => {
  const { SECRET: SecretId, PARAMETER: Name } = process.env;
  const { SecretString: Value } = await secretsManager.send(new GetSecretValueCommand({ SecretId }));
  // A parameter keeps a history: write only what is new.
  const changed = Value !== await currentValue(Name);
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
