import type {Migration} from 'kysely/migration';
import {records} from './0001-records.ts';
import {policy} from './0002-policy.ts';
import {approvals} from './0003-approvals.ts';

/** Every change of the schema, in order, run once each. A released entry is never edited or removed. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-records': records,
  '0002-policy': policy,
  '0003-approvals': approvals,
};
