/**
 * Mistakes in Python and their messages. Most messages are those of Python and of jsii: they name the option, what was
 * given and what is expected. Rows of a `RuntimeError` of jsii have the path, the value and the reason of its report.
 */
export const PYTHON_MISTAKES: [expression: string, message: string][] = [
  // The arguments of the call
  [
    'AccessKeyRotation(Stack(), "R", {"users": []})',
    'TypeError: AccessKeyRotation.__init__() takes 3 positional arguments but 4 were given',
  ],
  [
    'AccessKeyRotation(Stack(), "R", AccessKeyRotationProps())',
    'TypeError: AccessKeyRotation.__init__() takes 3 positional arguments but 4 were given',
  ],
  ['rotate(notifiy=True)', "TypeError: AccessKeyRotation.__init__() got an unexpected keyword argument 'notifiy'"],
  [
    'RotatedUserProps(username="alice")',
    "TypeError: RotatedUserProps.__init__() got an unexpected keyword argument 'username'",
  ],
  [
    'rotate().add_user(RotatedUserProps(user_name="bob"))',
    'TypeError: AccessKeyRotation.add_user() takes 1 positional argument but 2 were given',
  ],
  [
    'rotate().add_user({"user_name": "bob"})',
    'TypeError: AccessKeyRotation.add_user() takes 1 positional argument but 2 were given',
  ],
  [
    'RotationSchedule.of({"create": Duration.days(60)})',
    'TypeError: RotationSchedule.of() takes 1 positional argument but 2 were given',
  ],
  [
    'RotationTrigger.event_bridge_rules(Duration.days(2))',
    'TypeError: RotationTrigger.event_bridge_rules() takes 1 positional argument but 2 were given',
  ],
  [
    'Deactivation.when_unused()',
    "TypeError: Deactivation.when_unused() missing 1 required keyword-only argument: 'max_delay'",
  ],
  [
    'AccessKeyRotation(None, "R")',
    'TypeError: type of argument scope must be constructs.Construct; got NoneType instead',
  ],

  // Entries of users
  [
    'rotate(users="alice")',
    'TypeError: type of argument users must be one of (Sequence[Union[cdk_access_key_rotation.RotatedUserProps, Dict[str, Any]]], NoneType); got str instead',
  ],
  [
    'rotate(users=["alice"])',
    'TypeError: type of argument users must be one of (Sequence[Union[cdk_access_key_rotation.RotatedUserProps, Dict[str, Any]]], NoneType); got list instead',
  ],
  [
    'rotate(users=[None])',
    'TypeError: type of argument users must be one of (Sequence[Union[cdk_access_key_rotation.RotatedUserProps, Dict[str, Any]]], NoneType); got list instead',
  ],
  [
    'rotate(users=RotatedUserProps(user_name="alice"))',
    'TypeError: type of argument users must be one of (Sequence[Union[cdk_access_key_rotation.RotatedUserProps, Dict[str, Any]]], NoneType); got cdk_access_key_rotation.RotatedUserProps instead',
  ],
  [
    'rotate(users=[{"user_name": "alice"}])',
    'RuntimeError: AccessKeyRotation Test/Rotation, users[0]: it has neither "userName", to create a user, nor "user", to adopt one. Pass one of them, as RotatedUserProps(user_name=…) and not as a dict: jsii drops the keys of a dict here.',
  ],
  [
    'rotate(users=[{"username": "alice"}])',
    'RuntimeError: AccessKeyRotation Test/Rotation, users[0]: it has neither "userName", to create a user, nor "user", to adopt one. Pass one of them, as RotatedUserProps(user_name=…) and not as a dict: jsii drops the keys of a dict here.',
  ],
  // A limit of jsii, see docs/languages.md: nothing that reaches the library shows that there was a "secret_name".
  ['rotate(users=[{"user": iam.User.from_user_name(Stack(), "U", "legacy"), "secret_name": "x"}])', 'no error'],
  [
    'rotate(users=[{}])',
    'RuntimeError: AccessKeyRotation Test/Rotation, users[0]: it has neither "userName", to create a user, nor "user", to adopt one. Pass one of them, as RotatedUserProps(user_name=…) and not as a dict: jsii drops the keys of a dict here.',
  ],
  [
    'rotate(users=(RotatedUserProps(user_name="alice"),))',
    "AttributeError: type object 'tuple' has no attribute '__jsii_type__'",
  ],
  [
    'rotate(users=[RotatedUserProps(user="legacy")])',
    "props, Key 'users', Index 0, Key 'user' is 'legacy'. Value does not have the \"$jsii.byref\" key",
  ],
  [
    'RotatedUserProps(user_name=7)',
    'TypeError: type of argument user_name must be one of (str, NoneType); got int instead',
  ],
  [
    'user(groups=["admins"])',
    "props, Key 'users', Index 0, Key 'groups', Index 0 is 'admins'. Value does not have the \"$jsii.byref\" key",
  ],
  ['user(groups="admins")', "props, Key 'users', Index 0, Key 'groups' is 'admins'. Value is not an array"],
  [
    'user(managed_policies=["ReadOnlyAccess"])',
    "props, Key 'users', Index 0, Key 'managedPolicies', Index 0 is 'ReadOnlyAccess'. Value does not have the \"$jsii.byref\" key",
  ],
  [
    'user(recipients="a@example.com")',
    'TypeError: type of argument recipients must be one of (Sequence[cdk_access_key_rotation.Recipient], NoneType); got str instead',
  ],
  [
    'user(recipients=["a@example.com"])',
    'TypeError: type of argument recipients must be one of (Sequence[cdk_access_key_rotation.Recipient], NoneType); got list instead',
  ],
  [
    'user(tags=["team"])',
    'TypeError: type of argument tags must be one of (Mapping[str, str], NoneType); got list instead',
  ],
  ['user(tags={"cost": 5})', "props, Key 'users', Index 0, Key 'tags', Key 'cost' is 5. Value is not a string"],
  [
    'user(reminder_days=3)',
    'TypeError: type of argument reminder_days must be one of (Sequence[Union[int, float]], NoneType); got int instead',
  ],
  [
    'user(replica_regions=["eu-west-1"])',
    'TypeError: type of argument replica_regions must be one of (Sequence[Union[aws_cdk.aws_secretsmanager.ReplicaRegion, Dict[str, Any]]], NoneType); got list instead',
  ],
  [
    'user(encryption_key="alias/key")',
    "props, Key 'users', Index 0, Key 'encryptionKey' is 'alias/key'. Value does not have the \"$jsii.byref\" key",
  ],

  // Values of the wrong type
  ['rotate(dry_run="false")', 'TypeError: type of argument dry_run must be one of (bool, NoneType); got str instead'],
  ['rotate(alarms="false")', 'TypeError: type of argument alarms must be one of (bool, NoneType); got str instead'],
  [
    'rotate(schedule="weekly")',
    'TypeError: type of argument schedule must be one of (cdk_access_key_rotation.RotationSchedule, NoneType); got str instead',
  ],
  [
    'rotate(schedule=RotationSchedule)',
    'TypeError: type of argument schedule must be one of (cdk_access_key_rotation.RotationSchedule, NoneType); got cdk_access_key_rotation.RotationSchedule instead',
  ],
  [
    'rotate(trigger=RotationTrigger.fixed_rates)',
    'TypeError: type of argument trigger must be one of (cdk_access_key_rotation.RotationTrigger, NoneType); got method instead',
  ],
  [
    'rotate(topic="arn:aws:sns:eu-central-1:111122223333:t")',
    "props, Key 'topic' is 'arn:aws:sns:eu-central-1:111122223333:t'. Value does not have the \"$jsii.byref\" key",
  ],
  [
    'rotate(unmanaged_keys="RETIRE")',
    'TypeError: type of argument unmanaged_keys must be one of (cdk_access_key_rotation.UnmanagedKeys, NoneType); got str instead',
  ],
  [
    'rotate(unmanaged_keys=RemovalPolicy.RETAIN)',
    'TypeError: type of argument unmanaged_keys must be one of (cdk_access_key_rotation.UnmanagedKeys, NoneType); got aws_cdk.RemovalPolicy instead',
  ],
  [
    'rotate(removal_policy="retain")',
    'TypeError: type of argument removal_policy must be one of (aws_cdk.RemovalPolicy, NoneType); got str instead',
  ],
  [
    'rotate(log_retention=365)',
    'TypeError: type of argument log_retention must be one of (aws_cdk.aws_logs.RetentionDays, NoneType); got int instead',
  ],
  [
    'rotate(failure_recipients=Recipient.email("a@example.com"))',
    'TypeError: type of argument failure_recipients must be one of (Sequence[cdk_access_key_rotation.Recipient], NoneType); got cdk_access_key_rotation.Recipient instead',
  ],
  [
    'RotationSchedule.of(create=90)',
    'TypeError: type of argument create must be one of (aws_cdk.Duration, NoneType); got int instead',
  ],
  [
    'RotationSchedule.of(create=timedelta(days=90))',
    'TypeError: type of argument create must be one of (aws_cdk.Duration, NoneType); got datetime.timedelta instead',
  ],
  ['RotationSchedule.active_under(90)', 'TypeError: type of argument limit must be aws_cdk.Duration; got int instead'],
  [
    'RotationTrigger.event_bridge_rules(check_interval=24)',
    'TypeError: type of argument check_interval must be one of (aws_cdk.Duration, NoneType); got int instead',
  ],
  [
    'Deactivation.when_unused(max_delay=14)',
    'TypeError: type of argument max_delay must be aws_cdk.Duration; got int instead',
  ],
  ['UserStacks.nested("2")', 'TypeError: type of argument count must be one of (int, float); got str instead'],
  [
    'UserStacks.nested(2.5)',
    'RuntimeError: Error: UserStacks.nested: "count" is 2.5, but must be a whole number from 1 to 200. Use one stack for every 40 users.',
  ],
  [
    'UserStacks.nested(2, keep_in_rotation_stack="alice")',
    "options, Key 'keepInRotationStack' is 'alice'. Value is not an array",
  ],
  [
    'UserStacks.from_stacks(Stack())',
    'TypeError: type of argument stacks must be a sequence; got aws_cdk.Stack instead',
  ],
  ['UserStacks.from_stacks(["stack"])', 'TypeError: type of argument stacks[0] must be aws_cdk.Stack; got str instead'],
  ['Recipient.email(5)', 'TypeError: type of argument address must be str; got int instead'],
  [
    'Recipient.subscription("a@example.com")',
    'subscription is \'a@example.com\'. Value does not have the "$jsii.byref" key',
  ],
  ['rotate().user(7)', 'TypeError: type of argument name must be str; got int instead'],
  ['rotate().alarms.add_alarm_action("arn")', 'actions is \'arn\'. Value does not have the "$jsii.byref" key'],
  [
    'rotate().on_key_created("Rule", target="arn")',
    "options, Key 'target' is 'arn'. Value does not have the \"$jsii.byref\" key",
  ],
  [
    'rotate().add_dashboard("Dashboard", default_interval=180)',
    'TypeError: type of argument default_interval must be one of (aws_cdk.Duration, NoneType); got int instead',
  ],
  [
    'rotate().metric_checks(period=5)',
    'TypeError: type of argument period must be one of (aws_cdk.Duration, NoneType); got int instead',
  ],

  // Values of the right type that break a rule
  [
    'RotationSchedule.of(create=Duration.days(60), deactivate=Duration.days(14), delete=Duration.days(14))',
    'RuntimeError: Error: RotationSchedule.of(60/14/14): "deactivate" (14 days) must come at least a day after "create" (60 days): raise it, so that people have time to switch to the new key. Ages count from the creation of the key, not from the step before.',
  ],
];

/** Of a report of jsii: the path, the value and the reason. */
export function summaryOf(message: string): string {
  if (!message.includes('Failing value is')) return message;
  const [, parameter] = /assed to parameter (\w+)/.exec(message)!;
  const path = [...message.matchAll(/─ (Key '\w+'|Index \d+):/g)].map(([, part]) => part);
  const lines = message.split('\n').map((line) => line.replace(/^[│├╰─ ]+/, ''));
  const value = lines[lines.map((line) => line.includes('Failing value is')).lastIndexOf(true) + 1];
  return `${[parameter, ...path].join(', ')} is ${value}. ${lines.at(-1)}`;
}
