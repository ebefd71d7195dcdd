import type {Selectable, Transaction} from 'kysely';
import {WeirError} from '../../lib/errors.ts';
import {
  type Hold,
  type HoldState,
  OpenHoldRequest,
  type Review,
  type ReviewDecision,
} from '../../proto/gen/weir/agent/v1/hold.ts';
import type {Schema} from './schema.ts';

export type HoldRow = Selectable<Schema['holds']>;

/** @throws WeirError NOT_FOUND */
export async function readHold(trx: Transaction<Schema>, holdId: string): Promise<Hold> {
  const [hold] = await readHolds(trx, [holdId]);
  if (hold === undefined) throw new WeirError('NOT_FOUND', 'no hold has this id');
  return hold;
}

/** Holds with their reviews and exchanges, in the order of the ids; ids that name none are left out. */
export async function readHolds(trx: Transaction<Schema>, holdIds: readonly string[]): Promise<Hold[]> {
  if (holdIds.length === 0) return [];
  const rows = await trx.selectFrom('holds').selectAll().where('hold_id', 'in', holdIds).execute();
  const reviews = await trx
    .selectFrom('reviews')
    .selectAll()
    .where('hold_id', 'in', holdIds)
    .orderBy('at_ms')
    .execute();
  const exchanges = await trx
    .selectFrom('hold_exchanges')
    .select(['hold_id', 'exchange_id'])
    .where('hold_id', 'in', holdIds)
    .orderBy('exchange_id')
    .execute();
  const byId = new Map(rows.map((row) => [row.hold_id, row]));
  const found = holdIds.map((holdId) => byId.get(holdId)).filter((row) => row !== undefined);
  return found.map((row) => ({
    ...holdOf(row),
    reviews: reviews.filter((review) => review.hold_id === row.hold_id).map(reviewOf),
    exchangeIds: exchanges.filter((one) => one.hold_id === row.hold_id).map((one) => one.exchange_id),
  }));
}

/** The reviews of one hold, oldest first. */
export async function reviewsOf(trx: Transaction<Schema>, holdId: string): Promise<Review[]> {
  const rows = await trx.selectFrom('reviews').selectAll().where('hold_id', '=', holdId).orderBy('at_ms').execute();
  return rows.map(reviewOf);
}

function holdOf(row: HoldRow): Omit<Hold, 'reviews' | 'exchangeIds'> {
  const opening = OpenHoldRequest.decode(row.opening);
  return {
    holdId: row.hold_id,
    state: row.state as HoldState, // only this store writes the column
    openedAt: new Date(row.opened_at_ms),
    expiresAt: new Date(row.expires_at_ms),
    decidedAt: row.decided_at_ms === null ? undefined : new Date(row.decided_at_ms),
    caller: opening.caller,
    agentUid: row.agent_uid,
    provider: row.provider,
    model: row.model,
    operation: row.operation,
    verdict: opening.verdict,
    requirements: opening.requirements,
  };
}

function reviewOf(row: Selectable<Schema['reviews']>): Review {
  return {
    reviewer: row.reviewer,
    decision: row.decision as ReviewDecision, // only this store writes the column
    reason: row.reason,
    at: new Date(row.at_ms),
    rules: JSON.parse(row.rules) as string[], // written as an array of strings
  };
}

/** @throws WeirError NOT_FOUND; INVALID_ARGUMENT where the prefix names several. */
export async function findHold(trx: Transaction<Schema>, idOrPrefix: string): Promise<HoldRow> {
  if (!/^[0-9a-f-]{1,36}$/.test(idOrPrefix)) throw notFound(idOrPrefix);
  const rows = await trx
    .selectFrom('holds')
    .selectAll()
    .where('hold_id', '>=', idOrPrefix)
    .where('hold_id', '<', `${idOrPrefix}~`)
    .limit(2)
    .execute();
  const [row, other] = rows;
  if (row === undefined) throw notFound(idOrPrefix);
  if (other === undefined) return row;
  throw new WeirError('INVALID_ARGUMENT', `"${idOrPrefix}" names several holds; give more of the id`);
}

function notFound(idOrPrefix: string): WeirError {
  return new WeirError('NOT_FOUND', `no hold has the id "${idOrPrefix.slice(0, 40)}"; see weir approvals list`);
}
