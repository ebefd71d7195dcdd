import {randomUUID} from 'node:crypto';
import type {Transaction} from 'kysely';
import {WeirError} from '../../lib/errors.ts';
import {type Hold, type HoldBinding, HoldState, OpenHoldRequest} from '../../proto/gen/weir/agent/v1/hold.ts';
import {covers, joinKey, withinMs} from '../approvals/coverage.ts';
import {readHold, readHolds} from './hold-rows.ts';
import type {Schema} from './schema.ts';

export interface HoldOpening {
  agentUid: string;
  /** Checked: it has a binding, a caller and requirements. */
  request: OpenHoldRequest & {binding: HoldBinding};
  nowMs: number;
}

/** A caller that floods reviewers is refused before they drown. */
const MAX_OPEN_PER_CALLER = 200;

/** Takes a grant, joins a hold, or opens one: one of these, whole, in the given transaction. */
export async function openOrJoin(trx: Transaction<Schema>, {agentUid, request, nowMs}: HoldOpening): Promise<Hold> {
  const {binding, exchangeId, requirements} = request;
  const grants = await grantsInForce(trx, request, nowMs);
  const covering = requirements.map((requirement) => grants.find((grant) => covers(grant, requirement, request)));
  const used = covering.filter((grant) => grant !== undefined);
  if (used.length === requirements.length) {
    const spent = used.filter((grant) => grant.messages === 0).map((grant) => grant.grantId);
    // Commit point: a grant of an exact body is spent together with being answered.
    if (spent.length > 0) {
      await trx.updateTable('grants').set({used_by: exchangeId}).where('grant_id', 'in', spent).execute();
    }
    return approvedBy(
      trx,
      used.map((grant) => grant.holdId),
    );
  }
  const asked = requirements.filter((_, index) => covering[index] === undefined);
  const key = joinKey(binding, asked);
  const known =
    (await deniedHold(trx, request, nowMs)) ??
    (await expiredHold(trx, exchangeId, key)) ??
    (await openHold(trx, key)) ??
    (await insertHold(trx, {agentUid, nowMs, key, request: {...request, requirements: asked}}));
  await trx
    .insertInto('hold_exchanges')
    .values({hold_id: known, exchange_id: exchangeId, agent_uid: agentUid})
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return readHold(trx, known);
}

async function grantsInForce(trx: Transaction<Schema>, {binding, requirements}: HoldOpening['request'], nowMs: number) {
  const rows = await trx
    .selectFrom('grants')
    .selectAll()
    .where('scope', '=', binding.scope)
    .where(
      'rule_digest',
      'in',
      requirements.map((requirement) => requirement.ruleDigest),
    )
    .where('expires_at_ms', '>', nowMs)
    .orderBy('granted_at_ms', 'desc')
    .execute();
  return rows.map((row) => ({
    grantId: row.grant_id,
    holdId: row.hold_id,
    ruleDigest: row.rule_digest,
    scope: row.scope,
    messages: row.messages,
    prefix: row.prefix,
    body: row.body,
    usedBy: row.used_by,
  }));
}

/** The newest of the holds that gave the grants, with the reviews of all of them. */
async function approvedBy(trx: Transaction<Schema>, holdIds: readonly string[]): Promise<Hold> {
  const holds = await readHolds(trx, [...new Set(holdIds)]);
  const [newest, ...others] = holds.toSorted((left, right) => openedAtMs(right) - openedAtMs(left));
  if (newest === undefined) throw new WeirError('INTERNAL', 'a grant has no hold');
  return {...newest, reviews: [newest, ...others].flatMap((hold) => hold.reviews)};
}

/** A denial stands for the rest of the time the reviewers had: asking again cannot turn it. */
async function deniedHold(
  trx: Transaction<Schema>,
  {binding, requirements}: HoldOpening['request'],
  nowMs: number,
): Promise<string | undefined> {
  const rows = await trx
    .selectFrom('holds')
    .select(['hold_id', 'opening'])
    .where('scope', '=', binding.scope)
    .where('body', '=', binding.body)
    .where('state', '=', HoldState.DENIED)
    .where('expires_at_ms', '>', nowMs)
    .orderBy('opened_at_ms', 'desc')
    .execute();
  const denied = rows.find((row) =>
    OpenHoldRequest.decode(row.opening).requirements.some((asked) =>
      requirements.some((requirement) => requirement.ruleDigest.equals(asked.ruleDigest)),
    ),
  );
  return denied?.hold_id;
}

/** An exchange whose hold expired while it was not connected hears of that instead of opening another. */
async function expiredHold(trx: Transaction<Schema>, exchangeId: string, key: Buffer): Promise<string | undefined> {
  const row = await trx
    .selectFrom('holds')
    .innerJoin('hold_exchanges', 'hold_exchanges.hold_id', 'holds.hold_id')
    .select('holds.hold_id')
    .where('hold_exchanges.exchange_id', '=', exchangeId)
    .where('holds.join_key', '=', key)
    .where('holds.state', '=', HoldState.EXPIRED)
    .executeTakeFirst();
  return row?.hold_id;
}

async function openHold(trx: Transaction<Schema>, key: Buffer): Promise<string | undefined> {
  const row = await trx
    .selectFrom('holds')
    .select('hold_id')
    .where('join_key', '=', key)
    .where('state', '=', HoldState.OPEN)
    .executeTakeFirst();
  return row?.hold_id;
}

async function insertHold(trx: Transaction<Schema>, opening: HoldOpening & {key: Buffer}): Promise<string> {
  const {agentUid, key, nowMs, request} = opening;
  const callerSubject = request.caller?.subject ?? '';
  await requireRoom(trx, callerSubject);
  const holdId = randomUUID();
  await trx
    .insertInto('holds')
    .values({
      hold_id: holdId,
      state: HoldState.OPEN,
      opened_at_ms: nowMs,
      expires_at_ms: nowMs + Math.min(...request.requirements.map(withinMs)),
      decided_at_ms: null,
      agent_uid: agentUid,
      caller_subject: callerSubject,
      provider: request.provider,
      model: request.model,
      operation: request.operation,
      scope: request.binding.scope,
      body: request.binding.body,
      join_key: key,
      opening: Buffer.from(OpenHoldRequest.encode({...request, maskedRequest: Buffer.alloc(0)}).finish()),
      masked_request: request.maskedRequest,
      masked_request_truncated: request.maskedRequestTruncated ? 1 : 0,
      media_type: request.mediaType,
    })
    .execute();
  const groups = new Set(request.requirements.flatMap((requirement) => requirement.reviewers));
  if (groups.size > 0) {
    const rows = [...groups].map((name) => ({hold_id: holdId, name}));
    await trx.insertInto('hold_reviewers').values(rows).execute();
  }
  return holdId;
}

async function requireRoom(trx: Transaction<Schema>, callerSubject: string): Promise<void> {
  const {count} = await trx
    .selectFrom('holds')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', HoldState.OPEN)
    .where('caller_subject', '=', callerSubject)
    .executeTakeFirstOrThrow();
  if (count < MAX_OPEN_PER_CALLER) return;
  const message = `the caller has ${MAX_OPEN_PER_CALLER} requests waiting for approval; wait until some are decided`;
  throw new WeirError('HOLD_UNAVAILABLE', message);
}

function openedAtMs(hold: Hold): number {
  return hold.openedAt?.getTime() ?? 0;
}
