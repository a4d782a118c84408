import { Deactivation, UnmanagedKeys } from './key-policies';
import { RotatedUserProps, RotationOptions } from './rotated-user-props';
import { Recipient } from '../notifications/recipient';
import { GROUP, KEY, MANAGED_POLICY, REMOVAL_POLICY, REPLICA_REGION, SECRET, USER } from '../private/cdk-shapes';
import { BOOLEAN, closedOptionsOf, listOf, mapOf, NUMBER, oneOf, Shape, STRING } from '../private/shape';
import { ChangeWindow } from '../schedule/change-window';
import { RotationSchedule } from '../schedule/rotation-schedule';

const UNMANAGED_KEYS = oneOf('UnmanagedKeys', 'IGNORE', Object.values(UnmanagedKeys));

export const ROTATION_OPTIONS: Record<keyof RotationOptions, Shape> = {
  schedule: RotationSchedule._SHAPE,
  deactivation: Deactivation._SHAPE,
  changeWindow: ChangeWindow._SHAPE,
  unmanagedKeys: UNMANAGED_KEYS,
  reminderDays: listOf(NUMBER),
  accessKeyField: STRING,
  secretKeyField: STRING,
  sesSmtpRegions: listOf(STRING),
  encryptionKey: KEY,
  replicaRegions: listOf(REPLICA_REGION),
  removalPolicy: REMOVAL_POLICY,
  selfRead: BOOLEAN,
};

export const ROTATED_USER_PROPS = closedOptionsOf<RotatedUserProps>('RotatedUserProps', {
  userName: STRING,
  user: USER,
  secret: SECRET,
  existingKeys: UNMANAGED_KEYS,
  recipients: listOf(Recipient._SHAPE),
  id: STRING,
  secretName: STRING,
  description: STRING,
  path: STRING,
  groups: listOf(GROUP),
  managedPolicies: listOf(MANAGED_POLICY),
  permissionsBoundary: MANAGED_POLICY,
  tags: mapOf(STRING, 'an object of tags'),
  ...ROTATION_OPTIONS,
});
