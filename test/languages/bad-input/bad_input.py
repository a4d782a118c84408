from aws_cdk import Duration
from cdk_access_key_rotation import Recipient, RotationSchedule

for attempt in [
    lambda: RotationSchedule.of(create=Duration.days(20)),
    lambda: Recipient.email("alice at example.com"),
]:
    try:
        attempt()
        print("no error")
    except Exception as error:
        print(error)
