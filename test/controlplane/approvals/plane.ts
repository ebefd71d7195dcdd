import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Metadata} from '@grpc/grpc-js';
import type {ExecutionContext} from 'ava';
import type {HeldExchange} from '../../../agent/approve/hold-request.ts';
import {openHoldRequest} from '../../../agent/approve/hold-request.ts';
import {createAdminAccess, parseAdminTokens} from '../../../controlplane/access/admin.ts';
import {createApprovalService} from '../../../controlplane/approvals/approval-service.ts';
import {createHoldChanges} from '../../../controlplane/approvals/changes.ts';
import {createHoldService} from '../../../controlplane/approvals/hold-service.ts';
import {openStore} from '../../../controlplane/store/database.ts';
import {createHoldStore} from '../../../controlplane/store/hold-store.ts';
import {bindingOf} from '../../../engine/decide/binding.ts';
import type {ApprovalNeed} from '../../../engine/decide/decision.ts';
import {WeirError} from '../../../lib/errors.ts';
import {connectGrpc, listenGrpc} from '../../../lib/grpc/channel.ts';
import {bearer, callUnary} from '../../../lib/grpc/client.ts';
import {createLogger} from '../../../lib/log.ts';
import {ApprovalServiceClient, ApprovalServiceService} from '../../../proto/gen/weir/admin/v1/approval.ts';
import {
  type Hold,
  HoldServiceClient,
  HoldServiceService,
  ReviewDecision,
  type WatchHoldResponse,
} from '../../../proto/gen/weir/agent/v1/hold.ts';

export const ADMIN = 'admin-not-a-real-token';
export const ANA = 'ana-not-a-real-token';
export const BEN = 'ben-not-a-real-token';
export const CAS = 'cas-not-a-real-token';

/** Never aborts: these tests are bounded by the runner's own time-out. */
export const never = new AbortController().signal;

const quiet = createLogger({level: 'error', write: (line) => process.stderr.write(line)});

/** The approvals part of a control plane over real gRPC and SQLite, with a clock that a test moves. */
export interface Plane {
  clock: {nowMs: number};
  address: string;
  holdClient: HoldServiceClient;
  open: (held: HeldExchange, agent?: string) => Promise<Hold>;
  watch: (holdId: string, agent?: string) => AsyncIterable<WatchHoldResponse> & {cancel: () => void};
  review: (token: string, holdId: string, decision: ReviewDecision, reason?: string) => Promise<Hold>;
  approve: (token: string, holdId: string) => Promise<Hold>;
  approvals: ApprovalServiceClient;
  stop: () => Promise<void>;
}

export function temporaryDirectory(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'weir-approvals-'));
  t.teardown(() => {
    rmSync(directory, {recursive: true, force: true});
  });
  return directory;
}

export async function startPlane(
  t: ExecutionContext,
  options: {dataDir?: string; clock?: {nowMs: number}; address?: string} = {},
): Promise<Plane> {
  const {dataDir = temporaryDirectory(t), clock = {nowMs: 1_800_000_000_000}, address = '127.0.0.1:0'} = options;
  const store = await openStore({dataDir, log: quiet});
  const stopping = new AbortController();
  const shared = {
    holds: createHoldStore(store),
    changes: createHoldChanges(),
    now: () => clock.nowMs,
    log: quiet,
    onError: (method: string, error: unknown) => {
      quiet.error(method, {}, error);
    },
  };
  const tokens = [
    ADMIN,
    `${ANA}:subject=ana@example.com,group=finance-leads`,
    `${BEN}:subject=ben@example.com,group=finance-leads,group=legal`,
    `${CAS}:subject=cas@example.com`,
  ];
  const adminOf = createAdminAccess(parseAdminTokens(tokens));
  const server = await listenGrpc(address, {kind: 'insecure'}, (grpc) => {
    const hold = createHoldService({...shared, agentOf, stopping: stopping.signal, recheckMs: 20});
    grpc.addService(HoldServiceService, hold);
    grpc.addService(ApprovalServiceService, createApprovalService({...shared, adminOf}));
  });
  const connection = connectGrpc(server.address, {kind: 'insecure'});
  const holdClient = connection.client(HoldServiceClient);
  const approvals = connection.client(ApprovalServiceClient);
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    stopping.abort();
    connection.close();
    await server.stop(AbortSignal.abort());
    await store.close();
  };
  t.teardown(stop);
  const review: Plane['review'] = async (token, holdId, decision, reason = '') => {
    const metadata = bearer(token);
    // After a restart in this process the channel may still wait to try that address again.
    metadata.setOptions({waitForReady: true});
    const call = {metadata, timeoutMs: 20_000};
    const response = await callUnary(approvals.reviewHold.bind(approvals), {holdId, decision, reason}, call, never);
    return present(response.hold);
  };
  return {
    clock,
    address: server.address,
    holdClient,
    approvals,
    open: async (held, agent = 'agent-1') => {
      const call = {metadata: bearer(agent), timeoutMs: 5_000};
      const response = await callUnary(holdClient.openHold.bind(holdClient), openHoldRequest(held), call, never);
      return present(response.hold);
    },
    watch: (holdId, agent = 'agent-1') => holdClient.watchHold({holdId}, bearer(agent)),
    review,
    approve: async (token, holdId) => review(token, holdId, ReviewDecision.APPROVE),
    stop,
  };
}

/** Stands for enrolment: the token is the agent's uid. */
function agentOf(metadata: Metadata): {uid: string} {
  const [header] = metadata.get('authorization');
  const uid = typeof header === 'string' ? header.replace('Bearer ', '') : '';
  if (!uid.startsWith('agent-')) throw new WeirError('UNAUTHENTICATED', 'no agent');
  return {uid};
}

export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a value was expected');
  return value;
}

let exchanges = 0;

/** A held exchange of a conversation; the rule found something in message `lastMessage`, by default the newest. */
export function held(
  messages: readonly string[],
  options: {exchangeId?: string; subject?: string; model?: string; needs?: Partial<ApprovalNeed>[]} = {},
): HeldExchange {
  const {exchangeId = `exchange-${exchanges++}`, subject = 'svc:billing', model = 'gpt-test', needs = [{}]} = options;
  let maskedBody = `{"model":${JSON.stringify(model)},"messages":[`;
  const ranges = messages.map((content, index) => {
    if (index > 0) maskedBody += ',';
    const start = maskedBody.length;
    maskedBody += JSON.stringify({role: 'user', content});
    return {start, end: maskedBody.length};
  });
  maskedBody += ']}';
  const caller = {subject, groups: ['engineering'], kind: 'apiKey', authority: 'key', datasets: []} as const;
  const approvals = needs.map((need) => ({
    policy: 'guard',
    rule: 'forecasts',
    ruleDigest: Buffer.alloc(32, need.rule ?? 'forecasts'),
    reviewers: ['finance-leads'],
    count: 1,
    withinMs: 900_000,
    rememberMs: 28_800_000,
    reasonRequired: false,
    lastMessage: messages.length - 1,
    ...need,
  }));
  return {
    exchangeId,
    caller,
    request: {provider: 'openai', model, operation: 'chat'},
    decision: {
      verdict: {action: 3, rules: [], commit: 'c0ffee', bundleDigest: '', generation: 1n, code: ''},
      approvals,
    },
    maskedBody,
    mediaType: 'application/json',
    binding: bindingOf({
      body: maskedBody,
      messages: ranges,
      parameters: [],
      caller,
      agentGroup: 'prod',
      provider: 'openai',
      dialect: 'openai',
      operation: 'chat',
      model,
    }),
  };
}
