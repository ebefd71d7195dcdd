import {randomUUID} from 'node:crypto';
import type {Insertable, Selectable, Transaction} from 'kysely';
import type {Store} from './database.ts';
import type {Schema} from './schema.ts';

export type NewRecord = Insertable<Schema['records']>;
export type StoredExchange = Selectable<Schema['exchanges']>;
export type StoredSession = Selectable<Schema['sessions']>;
export type SessionModel = Schema['session_models'];

/** How far an epoch of an agent is committed. An empty chain head is taken over from the next segment. */
export interface Cursor {
  nextSeq: number;
  chainHead: Buffer;
}

/** Names an epoch of an agent. */
export interface EpochKey {
  agentUid: string;
  epoch: number;
}

/** Something a person should look at. */
export interface Incident extends EpochKey {
  kind: 'conflict' | 'gap' | 'brokenOff' | 'unreadable' | 'foreignExchange';
  seq: number;
  detail: string;
}

/** Where shipped records are kept. */
export interface RecordStore {
  /** Runs work that becomes durable whole or not at all. */
  readonly transact: <Result>(work: (tx: RecordTransaction) => Promise<Result>) => Promise<Result>;
  /** The newest epoch's cursor of an agent; undefined where it never shipped. */
  readonly cursorOf: (agentUid: string) => Promise<{epoch: bigint; nextSeq: bigint} | undefined>;
}

/** What intake does within one transaction. */
export interface RecordTransaction {
  readonly cursor: (key: EpochKey) => Promise<Cursor | undefined>;
  /** The cursor of the agent's epoch before this one; undefined where this is the first. */
  readonly cursorBefore: (key: EpochKey) => Promise<(Cursor & {epoch: number}) | undefined>;
  readonly moveCursor: (key: EpochKey, cursor: Cursor) => Promise<void>;
  /** Chain heads after the records from `fromSeq` up to and including `throughSeq`, by number. */
  readonly chains: (key: EpochKey, fromSeq: number, throughSeq: number) => Promise<Map<number, Buffer>>;
  readonly addRecords: (rows: readonly NewRecord[]) => Promise<void>;
  readonly addGap: (
    key: EpochKey,
    gap: {fromSeq: number; toSeq: number; reason: string},
    atMs: number,
  ) => Promise<void>;
  readonly addIncidents: (incidents: readonly Incident[], atMs: number) => Promise<void>;
  readonly exchanges: (ids: readonly string[]) => Promise<StoredExchange[]>;
  readonly putExchanges: (rows: readonly StoredExchange[]) => Promise<void>;
  readonly addRules: (rows: readonly Schema['exchange_rules'][]) => Promise<void>;
  readonly addGroups: (rows: readonly Schema['exchange_groups'][]) => Promise<void>;
  readonly sessions: (ids: readonly string[]) => Promise<StoredSession[]>;
  readonly putSessions: (rows: readonly StoredSession[]) => Promise<void>;
  readonly addSessionModels: (rows: readonly SessionModel[]) => Promise<void>;
}

/** Rows of one statement: keeps its parameters under SQLite's limit of 32,766 and PostgreSQL's of 65,535. */
const ROWS_AT_ONCE = 500;

export function createRecordStore({db}: Store): RecordStore {
  return {
    transact: async (work) => db.transaction().execute(async (trx) => work(transactionOf(trx))),
    cursorOf: async (agentUid) => {
      const newest = await db
        .selectFrom('cursors')
        .select(['epoch', 'next_seq'])
        .where('agent_uid', '=', agentUid)
        .orderBy('epoch', 'desc')
        .limit(1)
        .executeTakeFirst();
      return newest && {epoch: BigInt(newest.epoch), nextSeq: BigInt(newest.next_seq)};
    },
  };
}

function transactionOf(trx: Transaction<Schema>): RecordTransaction {
  return {...cursors(trx), ...exchanges(trx), ...sessions(trx)};
}

function cursors(
  trx: Transaction<Schema>,
): Pick<
  RecordTransaction,
  'cursor' | 'cursorBefore' | 'moveCursor' | 'chains' | 'addRecords' | 'addGap' | 'addIncidents'
> {
  return {
    cursor: async ({agentUid, epoch}) => {
      const row = await trx
        .selectFrom('cursors')
        .select(['next_seq', 'chain_head'])
        .where('agent_uid', '=', agentUid)
        .where('epoch', '=', epoch)
        .executeTakeFirst();
      return row && {nextSeq: row.next_seq, chainHead: row.chain_head};
    },
    cursorBefore: async ({agentUid, epoch}) => {
      const row = await trx
        .selectFrom('cursors')
        .select(['epoch', 'next_seq', 'chain_head'])
        .where('agent_uid', '=', agentUid)
        .where('epoch', '<', epoch)
        .orderBy('epoch', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && {epoch: row.epoch, nextSeq: row.next_seq, chainHead: row.chain_head};
    },
    moveCursor: async ({agentUid, epoch}, {nextSeq, chainHead}) => {
      await trx
        .insertInto('cursors')
        .values({agent_uid: agentUid, epoch, next_seq: nextSeq, chain_head: chainHead})
        .onConflict((on) => on.columns(['agent_uid', 'epoch']).doUpdateSet({next_seq: nextSeq, chain_head: chainHead}))
        .execute();
    },
    chains: async ({agentUid, epoch}, fromSeq, throughSeq) => {
      const rows = await trx
        .selectFrom('records')
        .select(['seq', 'chain'])
        .where('agent_uid', '=', agentUid)
        .where('epoch', '=', epoch)
        .where('seq', '>=', fromSeq)
        .where('seq', '<=', throughSeq)
        .execute();
      return new Map(rows.map((row) => [row.seq, row.chain]));
    },
    addRecords: async (rows) => {
      await inPieces(rows, async (piece) => trx.insertInto('records').values(piece).execute());
    },
    addGap: async ({agentUid, epoch}, {fromSeq, toSeq, reason}, atMs) => {
      await trx
        .insertInto('gaps')
        .values({agent_uid: agentUid, epoch, from_seq: fromSeq, to_seq: toSeq, at_ms: atMs, reason})
        .execute();
    },
    addIncidents: async (incidents, atMs) => {
      const rows = incidents.map(({agentUid, epoch, seq, kind, detail}) => {
        return {incident_id: randomUUID(), at_ms: atMs, kind, agent_uid: agentUid, epoch, seq, detail};
      });
      await inPieces(rows, async (piece) => trx.insertInto('incidents').values(piece).execute());
    },
  };
}

function exchanges(
  trx: Transaction<Schema>,
): Pick<RecordTransaction, 'exchanges' | 'putExchanges' | 'addRules' | 'addGroups'> {
  return {
    exchanges: async (ids) => {
      if (ids.length === 0) return [];
      return trx.selectFrom('exchanges').selectAll().where('exchange_id', 'in', ids).execute();
    },
    putExchanges: async (rows) => {
      await inPieces(rows, async (piece) =>
        trx
          .insertInto('exchanges')
          .values(piece)
          .onConflict((on) =>
            on.column('exchange_id').doUpdateSet((eb) => ({
              epoch: eb.ref('excluded.epoch'),
              seq: eb.ref('excluded.seq'),
              session_id: eb.ref('excluded.session_id'),
              started_at_ms: eb.ref('excluded.started_at_ms'),
              caller_subject: eb.ref('excluded.caller_subject'),
              provider: eb.ref('excluded.provider'),
              model: eb.ref('excluded.model'),
              operation: eb.ref('excluded.operation'),
              verdict: eb.ref('excluded.verdict'),
              commit_id: eb.ref('excluded.commit_id'),
              outcome: eb.ref('excluded.outcome'),
              status: eb.ref('excluded.status'),
              input_tokens: eb.ref('excluded.input_tokens'),
              output_tokens: eb.ref('excluded.output_tokens'),
              started: eb.ref('excluded.started'),
              released: eb.ref('excluded.released'),
              ended: eb.ref('excluded.ended'),
            })),
          )
          .execute(),
      );
    },
    addRules: async (rows) => {
      await inPieces(rows, async (piece) =>
        trx
          .insertInto('exchange_rules')
          .values(piece)
          .onConflict((on) => on.doNothing())
          .execute(),
      );
    },
    addGroups: async (rows) => {
      await inPieces(rows, async (piece) =>
        trx
          .insertInto('exchange_groups')
          .values(piece)
          .onConflict((on) => on.doNothing())
          .execute(),
      );
    },
  };
}

function sessions(trx: Transaction<Schema>): Pick<RecordTransaction, 'sessions' | 'putSessions' | 'addSessionModels'> {
  return {
    sessions: async (ids) => {
      if (ids.length === 0) return [];
      return trx.selectFrom('sessions').selectAll().where('session_id', 'in', ids).execute();
    },
    putSessions: async (rows) => {
      await inPieces(rows, async (piece) =>
        trx
          .insertInto('sessions')
          .values(piece)
          .onConflict((on) =>
            on.columns(['session_id', 'caller_subject']).doUpdateSet((eb) => ({
              started_at_ms: eb.ref('excluded.started_at_ms'),
              last_at_ms: eb.ref('excluded.last_at_ms'),
              exchanges: eb.ref('excluded.exchanges'),
              verdict: eb.ref('excluded.verdict'),
              input_tokens: eb.ref('excluded.input_tokens'),
              output_tokens: eb.ref('excluded.output_tokens'),
              cached_input_tokens: eb.ref('excluded.cached_input_tokens'),
              reasoning_tokens: eb.ref('excluded.reasoning_tokens'),
            })),
          )
          .execute(),
      );
    },
    addSessionModels: async (rows) => {
      await inPieces(rows, async (piece) =>
        trx
          .insertInto('session_models')
          .values(piece)
          .onConflict((on) => on.doNothing())
          .execute(),
      );
    },
  };
}

async function inPieces<Row>(rows: readonly Row[], work: (piece: Row[]) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) await work(rows.slice(at, at + ROWS_AT_ONCE));
}
