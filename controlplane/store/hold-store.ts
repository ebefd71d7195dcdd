import type {Transaction} from 'kysely';
import {type Hold, HoldState} from '../../proto/gen/weir/agent/v1/hold.ts';
import type {Store} from './database.ts';
import {type HoldOpening, openOrJoin} from './hold-opening.ts';
import {type HoldReview, writeReview} from './hold-review.ts';
import {findHold, readHold, readHolds} from './hold-rows.ts';
import type {Schema} from './schema.ts';

/** Holds, reviews and grants. Whatever a promise resolved with is on disk. Times are milliseconds since the epoch. */
export interface HoldStore {
  /**
   * Takes a grant that covers the exchange, joins a hold of the same binding, or opens one; safe to repeat.
   *
   * @throws WeirError HOLD_UNAVAILABLE while the caller has too many open holds.
   */
  readonly open: (opening: HoldOpening) => Promise<Hold>;
  /** The hold and the agents that may watch it. @throws WeirError NOT_FOUND */
  readonly watch: (holdId: string, nowMs: number) => Promise<{hold: Hold; agentUids: readonly string[]}>;
  /** Newest first. `groups` limits to holds that one of these may review; undefined shows all. */
  readonly list: (page: HoldPage, nowMs: number) => Promise<Hold[]>;
  /** @throws WeirError NOT_FOUND; INVALID_ARGUMENT where the prefix names several. */
  readonly get: (idOrPrefix: string, nowMs: number) => Promise<HoldContent>;
  /** Writes a review, and with the deciding one the grants. @throws WeirError as `checkReview`; ALREADY_DECIDED */
  readonly review: (review: HoldReview) => Promise<Hold>;
}

interface HoldPage {
  limit: number;
  /** The last hold of the page before. */
  after: {openedAtMs: number; holdId: string} | undefined;
  includeDecided: boolean;
  groups: readonly string[] | undefined;
}

interface HoldContent {
  hold: Hold;
  maskedRequest: Buffer;
  truncated: boolean;
  mediaType: string;
}

export function createHoldStore({db}: Store): HoldStore {
  const transact = async <Result>(nowMs: number, work: (trx: Transaction<Schema>) => Promise<Result>) =>
    db.transaction().execute(async (trx) => {
      await expireDue(trx, nowMs);
      return work(trx);
    });
  return {
    open: async (opening) => transact(opening.nowMs, async (trx) => openOrJoin(trx, opening)),
    watch: async (holdId, nowMs) =>
      transact(nowMs, async (trx) => {
        const hold = await readHold(trx, holdId);
        const rows = await trx
          .selectFrom('hold_exchanges')
          .select('agent_uid')
          .distinct()
          .where('hold_id', '=', holdId)
          .execute();
        return {hold, agentUids: rows.map((row) => row.agent_uid)};
      }),
    list: async (page, nowMs) => transact(nowMs, async (trx) => list(trx, page)),
    get: async (idOrPrefix, nowMs) =>
      transact(nowMs, async (trx) => {
        const row = await findHold(trx, idOrPrefix);
        return {
          hold: await readHold(trx, row.hold_id),
          maskedRequest: row.masked_request,
          truncated: row.masked_request_truncated !== 0,
          mediaType: row.media_type,
        };
      }),
    review: async (review) => transact(review.nowMs, async (trx) => writeReview(trx, review)),
  };
}

/** A hold that nobody looked at expires just as well, also across a restart: its time is a column. */
async function expireDue(trx: Transaction<Schema>, nowMs: number): Promise<void> {
  await trx
    .updateTable('holds')
    .set((eb) => ({state: HoldState.EXPIRED, decided_at_ms: eb.ref('expires_at_ms')}))
    .where('state', '=', HoldState.OPEN)
    .where('expires_at_ms', '<=', nowMs)
    .execute();
}

async function list(trx: Transaction<Schema>, {limit, after, includeDecided, groups}: HoldPage): Promise<Hold[]> {
  if (groups?.length === 0) return [];
  let query = trx.selectFrom('holds').select('hold_id').orderBy('opened_at_ms', 'desc').orderBy('hold_id', 'desc');
  if (!includeDecided) query = query.where('state', '=', HoldState.OPEN);
  if (after !== undefined) {
    query = query.where((eb) =>
      eb.or([
        eb('opened_at_ms', '<', after.openedAtMs),
        eb.and([eb('opened_at_ms', '=', after.openedAtMs), eb('hold_id', '<', after.holdId)]),
      ]),
    );
  }
  if (groups !== undefined) {
    const reviewable = trx.selectFrom('hold_reviewers').select('hold_id').where('name', 'in', groups);
    query = query.where('hold_id', 'in', reviewable);
  }
  const rows = await query.limit(limit).execute();
  return readHolds(
    trx,
    rows.map((row) => row.hold_id),
  );
}
