const { Duration } = require('aws-cdk-lib');
const { RotationSchedule, UserStacks } = require('cdk-access-key-rotation');

for (const attempt of [
  () => RotationSchedule.of({ create: Duration.days(20) }),
  () => UserStacks.nested(0),
]) {
  try {
    attempt();
    console.log('no error');
  } catch (error) {
    console.log(String(error));
  }
}
