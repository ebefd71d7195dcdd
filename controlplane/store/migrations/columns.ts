import {sql} from 'kysely';

/** Column types that SQLite and PostgreSQL read alike. */
export const BYTES = sql`bytea`;
/** Integers up to 2^53: sequence numbers, byte counts, milliseconds since the epoch. */
export const INT64 = sql`bigint`;
