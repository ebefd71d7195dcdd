import type {Usage} from '../../proto/gen/weir/record/v1/record.ts';
import type {Incident, RecordTransaction, SessionModel, StoredExchange, StoredSession} from '../store/record-store.ts';
import {type ExchangePart, mergeExchange, rulesOf, storedCount, usageOf} from './merge-exchange.ts';
import type {OpenedRecord} from './open-records.ts';

/**
 * Folds new records into the exchanges and sessions they belong to.
 *
 * Every record is folded exactly once, in the transaction that takes it, so that counts and sums are right.
 *
 * @returns incidents: exchanges that another agent has already recorded under the same id.
 */
export async function foldExchanges(
  tx: RecordTransaction,
  agent: {uid: string; labels: Readonly<Record<string, string>>},
  epoch: number,
  opened: readonly OpenedRecord[],
): Promise<Incident[]> {
  const parts = opened.flatMap((record) => {
    if (record.kind === 'unreadable' || record.body.$case === 'content' || record.body.$case === 'gap') return [];
    return [{part: record.body, seq: record.frame.seq}];
  });
  const ids = [...new Set(parts.map(({part}) => part.value.exchangeId))];
  const before = new Map((await tx.exchanges(ids)).map((row) => [row.exchange_id, row]));
  const after = new Map<string, StoredExchange>();
  const merged: ExchangePart[] = [];
  const incidents: Incident[] = [];
  for (const {part, seq} of parts) {
    const id = part.value.exchangeId;
    const row = after.get(id) ?? before.get(id);
    if (row !== undefined && row.agent_uid !== agent.uid) {
      const detail = `exchange ${id} belongs to agent ${row.agent_uid}`;
      incidents.push({agentUid: agent.uid, epoch, seq, kind: 'foreignExchange', detail});
      continue;
    }
    const next = mergeExchange(row, part, {agentUid: agent.uid, agentLabels: agent.labels, epoch, seq});
    if (next === undefined) continue;
    after.set(id, next);
    merged.push(part);
  }
  await tx.putExchanges([...after.values()]);
  await tx.addRules(
    distinct(merged.flatMap((part) => rulesOf(part).map((rule) => ({exchange_id: part.value.exchangeId, ...rule})))),
  );
  await tx.addGroups(
    distinct(
      merged.flatMap((part) => {
        const groups = part.$case === 'started' ? (part.value.caller?.groups ?? []) : [];
        return groups.map((name) => ({exchange_id: part.value.exchangeId, name}));
      }),
    ),
  );
  await foldSessions(tx, before, [...after.values()]);
  return incidents;
}

async function foldSessions(
  tx: RecordTransaction,
  before: ReadonlyMap<string, StoredExchange>,
  after: readonly StoredExchange[],
): Promise<void> {
  const rows = after.filter((row) => row.session_id !== '' && row.started !== null);
  const sessions = new Map((await tx.sessions(rows.map((row) => row.session_id))).map((row) => [keyOf(row), row]));
  const touched = new Map<string, StoredSession>();
  const models: SessionModel[] = [];
  for (const row of rows) {
    const {session_id, caller_subject, agent_uid, provider, model} = row;
    const previous = before.get(row.exchange_id);
    const isNew = previous?.started == null;
    const gained = isNew || previous.ended === null ? usageOf(row) : undefined;
    const session = touched.get(keyOf(row)) ?? sessions.get(keyOf(row)) ?? emptySession(row);
    touched.set(keyOf(row), withExchange(session, row, {exchanges: isNew ? 1 : 0, usage: gained}));
    if (isNew) models.push({session_id, caller_subject, agent_uid, provider, model});
  }
  await tx.putSessions([...touched.values()]);
  await tx.addSessionModels(distinct(models));
}

function withExchange(
  session: StoredSession,
  row: StoredExchange,
  gained: {exchanges: number; usage: Usage | undefined},
): StoredSession {
  const {usage} = gained;
  return {
    ...session,
    started_at_ms: Math.min(session.started_at_ms, row.started_at_ms),
    last_at_ms: Math.max(session.last_at_ms, row.started_at_ms),
    exchanges: session.exchanges + gained.exchanges,
    verdict: Math.max(session.verdict, row.verdict),
    input_tokens: sum(session.input_tokens, usage?.inputTokens),
    output_tokens: sum(session.output_tokens, usage?.outputTokens),
    cached_input_tokens: sum(session.cached_input_tokens, usage?.cachedInputTokens),
    reasoning_tokens: sum(session.reasoning_tokens, usage?.reasoningTokens),
  };
}

function sum(before: number, gained: bigint | undefined): number {
  return Math.min(before + storedCount(gained), Number.MAX_SAFE_INTEGER);
}

function emptySession({session_id, caller_subject, started_at_ms}: StoredExchange): StoredSession {
  return {
    session_id,
    caller_subject,
    started_at_ms,
    last_at_ms: started_at_ms,
    exchanges: 0,
    verdict: 0,
    input_tokens: 0,
    output_tokens: 0,
    cached_input_tokens: 0,
    reasoning_tokens: 0,
  };
}

/** A session is one caller's: another caller that names the same id gets its own. */
function keyOf(row: {session_id: string; caller_subject: string}): string {
  return JSON.stringify([row.session_id, row.caller_subject]);
}

function distinct<Row>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}
