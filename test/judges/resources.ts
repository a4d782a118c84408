/**
 * The resources of a rotation that findings name. One has a name only if its path and its type are in this table,
 * so no finding explains a second function or role in the rotation. What each user has is one entry.
 */

const USER = 'User-[^/]+';

const RESOURCES = {
  function: ['AWS::Lambda::Function', 'Rotator/Handler'],
  'role of the function': ['AWS::IAM::Role', 'Rotator/Role'],
  'policy of the function': ['AWS::IAM::ManagedPolicy', 'Rotator/Permissions/Policy\\d+'],
  'role of the schedules': ['AWS::IAM::Role', 'Rotator/SchedulesRole'],
  'log group': ['AWS::Logs::LogGroup', 'Rotator/Logs'],
  'dead-letter queue': ['AWS::SQS::Queue', 'Rotator/DeadLetters'],
  topic: ['AWS::SNS::Topic', 'Topic'],
  alarm: ['AWS::CloudWatch::Alarm', 'Alarms/[^/]+'],
  'digest schedule': ['AWS::Scheduler::Schedule', 'Recipients/DigestSchedule'],
  user: ['AWS::IAM::User', `${USER}/User`],
  'right of an existing user': ['AWS::IAM::Policy', `${USER}/ReadOwnSecret`],
  secret: ['AWS::SecretsManager::Secret', `${USER}/Secret`],
  'first key': ['Custom::AccessKeyRotationFirstKey', `${USER}/FirstKey`],
  'schedule of a user': ['AWS::Scheduler::Schedule', `${USER}/(?:Create|Deactivate|Delete)Schedule`],
} as const;

/** In no template: the rotation only writes a tag. */
export const EXISTING_USER = 'existing user';

export type ResourceName = keyof typeof RESOURCES | typeof EXISTING_USER;

/** The type that a template has for it. */
export const typeOf = (name: ResourceName): string => (name === EXISTING_USER ? 'none' : RESOURCES[name][0]);

/** The path of a construct below the rotation, or in a user stack below a scope with its name and a hash. */
const BELOW_THE_ROTATION = /^(?:Keys\/Rotation\/(?:Users\d+\/)?|Users\/Rotation-[0-9a-f]{8}\/)(.+?)(?:\/Resource)?$/;

/**
 * The name of a resource, or its path and its type if the table has none.
 *
 * @param path - of its construct, such as `Keys/Rotation/Rotator/Handler/Resource`
 */
export function resourceName(type: string, path: string): string {
  const [, below] = BELOW_THE_ROTATION.exec(path) ?? [];
  const [name] = Object.entries(RESOURCES).find(
    ([, [expected, pattern]]) => type === expected && below !== undefined && new RegExp(`^(?:${pattern})$`).test(below),
  ) ?? [`${path} (${type})`];
  return name;
}

/** The name of a resource in a template, whose metadata has the path of its construct. */
export function nameInTemplate({ Type, Metadata = {} }: { Type: string; Metadata?: Record<string, unknown> }): string {
  return resourceName(Type, String(Metadata['aws:cdk:path']));
}
