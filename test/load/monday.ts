/** A Monday of users that may change their keys on working days from 9:00 to 17:00 UTC. */
import { Day, day, nextDay, userAfter } from './day';
import { IAM_BUDGET } from './quotas';
import { Freeze, WindowSettings } from '../../src/contract/change-window';
import { ModelAws } from '../fake-aws/fake-aws';

const MONDAY = new Date('2026-06-01T00:00:00Z');

const WORKING_DAYS: WindowSettings = { weekDays: [1, 2, 3, 4, 5], hours: [9, 17] };

const OPTIONS = { concurrency: 1_000, iam: IAM_BUDGET };

/** The first keys were issued evenly over 90 days, so that each day, each step is due for a ninetieth of the users. */
export async function evenMonday(freezes: readonly Freeze[] = []): Promise<Day> {
  const window = { ...WORKING_DAYS, freezes };
  const starts: ModelAws[] = [];
  for (let days = 90; days < 180; days++) starts.push(await userAfter(days, window, MONDAY));
  return day(starts, { ...OPTIONS, window });
}

/** One deploy issued the first keys of all users, `days` days before. */
export async function sameMonday(days: number): Promise<Day> {
  return day(await userAfter(days, WORKING_DAYS, MONDAY), { ...OPTIONS, window: WORKING_DAYS });
}

/** @param monday - the day before */
export async function tuesday(monday: Day): Promise<Day> {
  return day(nextDay(monday, MONDAY), { ...OPTIONS, window: WORKING_DAYS });
}
