/** The length and the characters of names and descriptions, and names that must be unique. */
import { nameOf, Rule, text } from './rule';

/**
 * IAM, "User name": 64 characters, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, as all
 * of IAM below.
 */
export const userName = text('AWS::IAM::User', 'UserName', 64, /^[\w+=,.@-]+$/);

/** IAM, "Path": 512 characters that begin and end with a slash. */
export const userPath = text('AWS::IAM::User', 'Path', 512, /^\/([\x21-\x7f]*\/)?$/);

/** IAM, "Role name": 64 characters. */
export const roleName = text('AWS::IAM::Role', 'RoleName', 64, /^[\w+=,.@-]+$/);

/** IAM, CreateRole, "Description": 1,000 characters. */
export const roleDescription = text('AWS::IAM::Role', 'Description', 1_000, /^[\t\n\r\x20-\x7e\xa1-\xff]*$/);

/** IAM, CreatePolicy, "Description": 1,000 characters. */
export const managedPolicyDescription = text('AWS::IAM::ManagedPolicy', 'Description', 1_000);

/**
 * Secrets Manager: 512 alphanumeric characters and `/_+=.@-`,
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
 */
export const secretName = text(
  'AWS::SecretsManager::Secret',
  'Name',
  512,
  /^(?!.*-[A-Za-z0-9]{6}$)[A-Za-z0-9/_+=.@-]+$/,
);

/** The same page, "Description": 2,048 characters. */
export const secretDescription = text('AWS::SecretsManager::Secret', 'Description', 2_048);

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html: 64 characters. */
export const ruleName = text('AWS::Events::Rule', 'Name', 64, /^[.\-_A-Za-z0-9]+$/);

/** The same page, "Description": 512 characters. */
export const ruleDescription = text('AWS::Events::Rule', 'Description', 512);

/** The same page, "ScheduleExpression": 256 characters. */
export const ruleExpression = text('AWS::Events::Rule', 'ScheduleExpression', 256);

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html, "Input": 8,192 characters. */
export const ruleInput = text('AWS::Events::Rule', 'Targets.0.Input', 8_192);

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html: 64 characters. */
export const scheduleName = text('AWS::Scheduler::Schedule', 'Name', 64, /^[0-9a-zA-Z-_.]+$/);

/** The same page, "GroupName": 64 characters. */
export const schedulesGroup = text('AWS::Scheduler::Schedule', 'GroupName', 64, /^[0-9a-zA-Z-_.]+$/);

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html: 64 characters. */
export const scheduleGroupName = text('AWS::Scheduler::ScheduleGroup', 'Name', 64, /^[0-9a-zA-Z-_.]+$/);

/** CreateSchedule, "Description": 512 characters. */
export const scheduleDescription = text('AWS::Scheduler::Schedule', 'Description', 512);

/** CreateSchedule, "ScheduleExpression": 256 characters. */
export const scheduleExpression = text('AWS::Scheduler::Schedule', 'ScheduleExpression', 256);

/** The limit of a rule, so that a schedule can replace a rule. */
export const scheduleInput = text('AWS::Scheduler::Schedule', 'Target.Input', 8_192);

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html, "Description": 256 characters. */
export const functionDescription = text('AWS::Lambda::Function', 'Description', 256);

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html: 255 characters. */
export const alarmName = text('AWS::CloudWatch::Alarm', 'AlarmName', 255);

/** The same page, "AlarmDescription": 1,024 characters. */
export const alarmDescription = text('AWS::CloudWatch::Alarm', 'AlarmDescription', 1_024);

/** IAM, "Tag key" 128 and "Tag value" 256 characters; Secrets Manager's tags have the same limits. */
export const tags: Rule = (deployment) =>
  deployment
    .ofType('AWS::IAM::User', 'AWS::SecretsManager::Secret')
    .flatMap((located) =>
      (deployment.properties(located).Tags ?? [])
        .filter(
          ({ Key, Value }: { Key: string; Value: string }) =>
            !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key) || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value),
        )
        .map(
          (tag: object) =>
            `${nameOf(located)}: the tag ${JSON.stringify(tag)} is too long, or has characters that AWS does not allow`,
        ),
    );

/** A name is unique in an account and Region. IAM ignores case when it compares names. */
export const uniqueNames: Rule = (deployment) => {
  const seen = new Set<string>();
  return Object.entries(UNIQUE).flatMap(([type, nameIn]) =>
    deployment.ofType(type).flatMap((located) => {
      const resourceName = nameIn(deployment.properties(located));
      if (resourceName === undefined) return [];
      const first = !seen.has(`${type} ${resourceName}`);
      seen.add(`${type} ${resourceName}`);
      return first
        ? []
        : [`${nameOf(located)}: there is another ${type} with the name ${resourceName}, AWS allows one`];
    }),
  );
};

const UNIQUE: Record<string, (properties: Record<string, any>) => string | undefined> = {
  'AWS::IAM::User': ({ UserName }) => UserName?.toLowerCase(),
  'AWS::IAM::Role': ({ RoleName }) => RoleName?.toLowerCase(),
  'AWS::SecretsManager::Secret': ({ Name }) => Name,
  'AWS::Events::Rule': ({ Name }) => Name,
  'AWS::Scheduler::Schedule': ({ GroupName, Name }) => `${GroupName}/${Name}`,
  'AWS::Scheduler::ScheduleGroup': ({ Name }) => Name,
};
