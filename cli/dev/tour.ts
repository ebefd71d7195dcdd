import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {WeirError} from '../../lib/errors.ts';
import {ApprovalServiceClient} from '../../proto/gen/weir/admin/v1/approval.ts';
import {ReviewDecision} from '../../proto/gen/weir/agent/v1/hold.ts';
import {AuditServiceClient, type GetExchangeResponse} from '../../proto/gen/weir/audit/v1/audit.ts';
import {type Action, actionToJSON, type Outcome, outcomeToJSON} from '../../proto/gen/weir/record/v1/record.ts';
import type {AdminConnection} from '../connect.ts';
import {visible} from '../output.ts';
import {DEMO_CALLS, type DemoCall} from './demo-calls.ts';
import type {Paint} from './paint.ts';
import type {StandInModel} from './stand-in-model.ts';

export interface TourParts {
  agentUrl: string;
  callerKey: string;
  admin: AdminConnection;
  /** Undefined where a real provider answers. */
  model: StandInModel | undefined;
  paint: Paint;
  say: (line: string) => void;
}

/** How each call of the demo must end under the example policies. */
const EXPECTED: Record<DemoCall['name'], {status: number; action: string; outcome: string}> = {
  ordinary: {status: 200, action: 'ALLOW', outcome: 'COMPLETED'},
  masked: {status: 200, action: 'MASK', outcome: 'COMPLETED'},
  held: {status: 200, action: 'APPROVE', outcome: 'COMPLETED'},
  blocked: {status: 400, action: 'BLOCK', outcome: 'BLOCKED'},
};

const POLL_MS = 50;
const PATIENCE_MS = 30_000;

/**
 * Makes the calls of the demo and shows, for each, what the caller sent, what the model received, what the caller got,
 * and the record.
 *
 * @returns whether every call ended as the example policies say.
 */
export async function runTour(parts: TourParts, signal: AbortSignal): Promise<boolean> {
  let isAsExpected = true;
  for (const [index, call] of DEMO_CALLS.entries()) {
    parts.say('');
    parts.say(parts.paint.bold(`${index + 1}  ${call.title}`));
    isAsExpected = (await show(call, parts, signal)) && isAsExpected;
  }
  return isAsExpected;
}

async function show(call: DemoCall, parts: TourParts, signal: AbortSignal): Promise<boolean> {
  const {paint, model} = parts;
  const line = (name: string, text: string) => {
    parts.say(`   ${paint.dim(name.padEnd(16))}${visible(text)}`);
  };
  line('caller sent', call.sent);
  const receivedBefore = model?.lastRequest();
  const session = `tour-${randomUUID()}`;
  const answer = ask(call, session, parts, signal);
  if (call.name === 'held') await approve(answer, parts.admin, line, signal);
  const {status, text} = await answer;
  const received = model?.lastRequest();
  if (model !== undefined) {
    line('model received', received === receivedBefore ? 'nothing' : textIn(received?.body ?? ''));
  }
  line('caller got', `${status} ${textIn(text)}`);
  const record = await recordOf(session, parts.admin, signal);
  line('record', describe(record));
  const {action, outcome} = outcomeOf(record);
  const expected = EXPECTED[call.name];
  const isExpected = status === expected.status && action === expected.action && outcome === expected.outcome;
  if (!isExpected) {
    line('expected', paint.attention(`${expected.status}, ${expected.action}, ${expected.outcome}`));
  }
  return isExpected;
}

async function ask(
  call: DemoCall,
  session: string,
  {agentUrl, callerKey}: TourParts,
  signal: AbortSignal,
): Promise<{status: number; text: string}> {
  const response = await fetch(`${agentUrl}${call.path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${callerKey}`,
      'content-type': 'application/json',
      'x-weir-session': session,
      ...call.headers,
    },
    body: JSON.stringify(call.body),
    signal,
  });
  return {status: response.status, text: await response.text()};
}

/** Waits until the call is held and approves it; returns at once where it is answered without a hold. */
async function approve(
  answer: Promise<unknown>,
  admin: AdminConnection,
  line: (name: string, text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const approvals = admin.client(ApprovalServiceClient);
  let isAnswered = false;
  const answered = () => {
    isAnswered = true;
  };
  answer.then(answered, answered);
  const hold = await poll('the request to be held', signal, async () => {
    if (isAnswered) return 'none' as const;
    const list = {pageSize: 10, pageToken: '', includeDecided: false};
    return (await admin.call(approvals.listHolds.bind(approvals), list, signal)).holds[0];
  });
  if (hold === 'none') {
    line('hold', 'none: an earlier approval still covers it');
    return;
  }
  const rules = hold.requirements.map(({policy, rule}) => `${policy}/${rule}`).join(', ');
  line('hold', `${hold.holdId} by ${rules}`);
  const review = {holdId: hold.holdId, decision: ReviewDecision.APPROVE, reason: 'part of the tour'};
  await admin.call(approvals.reviewHold.bind(approvals), review, signal);
  line('reviewer', 'approved it: "part of the tour"');
}

async function recordOf(session: string, admin: AdminConnection, signal: AbortSignal): Promise<GetExchangeResponse> {
  const audit = admin.client(AuditServiceClient);
  const exchangeId = await poll('the record to arrive', signal, async () => {
    const list = {pageSize: 1, pageToken: '', filter: `session_id = "${session}"`};
    const {exchanges} = await admin.call(audit.listExchanges.bind(audit), list, signal);
    return exchanges[0]?.endedAt === undefined ? undefined : exchanges[0].exchangeId;
  });
  return admin.call(audit.getExchange.bind(audit), {exchangeId}, signal);
}

function outcomeOf({exchange}: GetExchangeResponse): {action: string; outcome: string} {
  const action: Action = (exchange?.heldVerdict ?? exchange?.verdict)?.action ?? 0;
  const outcome: Outcome = exchange?.outcome ?? 0;
  return {
    action: actionToJSON(action).replace('ACTION_', ''),
    outcome: outcomeToJSON(outcome).replace('OUTCOME_', ''),
  };
}

function describe(record: GetExchangeResponse): string {
  const {action, outcome} = outcomeOf(record);
  const verdict = record.exchange?.heldVerdict ?? record.exchange?.verdict;
  const rules = (verdict?.rules ?? []).map(({policy, rule}) => `${policy}/${rule}`).join(', ');
  const reviewers = record.exchange?.reviewers ?? [];
  return [
    `${action.toLowerCase()}, ${outcome.toLowerCase()}`,
    rules === '' ? 'no rule matched' : rules,
    reviewers.length === 0 ? '' : `approved by ${reviewers.join(', ')}`,
    `commit ${(verdict?.commit ?? '').slice(0, 7)}`,
    record.exchange?.exchangeId ?? '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** The text that matters in a request or response body. */
function textIn(body: string): string {
  const found = /"(?:content|input|message)":\s*("(?:[^"\\]|\\.)*")/.exec(body)?.[1];
  return found === undefined ? body.slice(0, 200) : String(JSON.parse(found));
}

async function poll<Result>(
  what: string,
  signal: AbortSignal,
  ask: () => Promise<Result | undefined>,
): Promise<Result> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const result = await ask();
    if (result !== undefined) return result;
    if (performance.now() > until) throw new WeirError('DEADLINE_EXCEEDED', `waited ${PATIENCE_MS} ms for ${what}`);
    await delay(POLL_MS, undefined, {signal});
  }
}
