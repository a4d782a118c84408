const { Duration } = require('aws-cdk-lib');
const { Recipient, RotationSchedule } = require('cdk-access-key-rotation');

for (const attempt of [
  () => RotationSchedule.of({ create: Duration.days(20) }),
  () => Recipient.email('alice at example.com'),
]) {
  try {
    attempt();
    console.log('no error');
  } catch (error) {
    console.log(String(error));
  }
}
