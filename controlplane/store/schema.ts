import type {ApprovalTables} from './schema-approvals.ts';
import type {PolicyTables} from './schema-policy.ts';
import type {RecordTables} from './schema-records.ts';

/** Every table. Times are milliseconds since the epoch; integers stay below 2^53; enums are their proto numbers. */
export interface Schema extends RecordTables, PolicyTables, ApprovalTables {
  kysely_migration: {name: string};
}
