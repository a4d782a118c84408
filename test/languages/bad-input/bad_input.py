from aws_cdk import Duration
from cdk_access_key_rotation import RotationSchedule, UserStacks

for attempt in [
    lambda: RotationSchedule.of(create=Duration.days(20)),
    lambda: UserStacks.nested(0),
]:
    try:
        attempt()
        print("no error")
    except Exception as error:
        print(error)
