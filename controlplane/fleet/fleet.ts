import type {Logger} from '../../lib/log.ts';
import {type Ack, AgentMode, type Hello, type Nack, type Status} from '../../proto/gen/weir/agent/v1/policy_sync.ts';
import type {AgentReport, AgentStore} from '../store/agent-store.ts';

/** What a connected agent last said of itself. */
interface Presence {
  version: string;
  lastSeenAtMs: number;
  activeGeneration: bigint;
  activeDigest: string;
  mode: AgentMode;
  lastNack: Nack | undefined;
  spoolBytes: bigint;
  spoolRecords: bigint;
}

/** One agent's connection, fed by the stream that serves it. */
export interface FleetConnection {
  /** Aborts when the same agent connects again. */
  readonly replaced: AbortSignal;
  readonly hello: (hello: Hello) => void;
  readonly acked: (ack: Ack) => void;
  readonly nacked: (nack: Nack) => void;
  readonly status: (status: Status) => void;
  /** Whether this run of the agent refused a bundle for good. */
  readonly hasRefused: (digest: string) => boolean;
  readonly refuse: (digest: string) => void;
  readonly close: () => void;
}

/** The agents that are connected now. */
export interface Fleet {
  readonly connect: (uid: string) => FleetConnection;
  readonly presence: (uid: string) => Presence | undefined;
  /** In sync is what reports the wanted digest as active, never what it was sent to. */
  readonly counts: () => {connected: number; inSync: number};
  readonly isInSync: (activeDigest: string) => boolean;
}

export interface FleetOptions {
  agents: AgentStore;
  /** Digest of the bundle that every agent should have; undefined while there is none. */
  wantedDigest: () => string | undefined;
  now: () => number;
  log: Logger;
}

interface Member {
  presence: Presence;
  replace: AbortController;
  savedAtMs: number;
}

/** An unchanged status is written at most this often. */
const SAVE_EVERY_MS = 60_000;
/** Refusals remembered of one run of an agent; the oldest goes first. */
const REFUSALS = 64;
/** Problems kept of one refusal. */
const NACK_PROBLEMS = 100;

export function createFleet(options: FleetOptions): Fleet {
  const {agents, wantedDigest, now, log} = options;
  const members = new Map<string, Member>();
  /** By agent: what its present run refused. Survives reconnecting, so that nobody is sent the same bundle for ever. */
  const refusals = new Map<string, {bootId: string; digests: Set<string>}>();
  const isInSync = (activeDigest: string) => activeDigest !== '' && activeDigest === wantedDigest();
  return {
    isInSync,
    presence: (uid) => members.get(uid)?.presence,
    counts: () => {
      let inSync = 0;
      for (const {presence} of members.values()) if (isInSync(presence.activeDigest)) inSync += 1;
      return {connected: members.size, inSync};
    },
    connect: (uid) => {
      const before = members.get(uid);
      if (before !== undefined) {
        log.warn('agent connected again; the older connection ends', {agent: uid});
        before.replace.abort();
      }
      const member: Member = {presence: unknownPresence(now()), replace: new AbortController(), savedAtMs: 0};
      members.set(uid, member);
      return connection(uid, member);
    },
  };

  function connection(uid: string, member: Member): FleetConnection {
    const {presence} = member;
    const seen = (report: Partial<Presence>) => {
      Object.assign(presence, report, {lastSeenAtMs: now()});
    };
    const save = (report: Omit<AgentReport, 'lastSeenAtMs'>) => {
      member.savedAtMs = now();
      agents.report(uid, {...report, lastSeenAtMs: presence.lastSeenAtMs}).catch((error: unknown) => {
        log.error('the report of an agent was not stored', {agent: uid}, error);
      });
    };
    return {
      replaced: member.replace.signal,
      hello: ({bootId, version, generation, digest}) => {
        if (refusals.get(uid)?.bootId !== bootId) refusals.set(uid, {bootId, digests: new Set()});
        const report = {version: version.slice(0, 100), activeGeneration: generation, activeDigest: digest};
        seen(report);
        save(report);
      },
      acked: ({generation, digest}) => {
        const report = {activeGeneration: generation, activeDigest: digest, lastNack: undefined};
        seen(report);
        save(report);
      },
      nacked: (nack) => {
        const report = {lastNack: {...nack, problems: nack.problems.slice(0, NACK_PROBLEMS)}};
        seen(report);
        save(report);
      },
      status: ({activeGeneration, activeDigest, mode, spoolBytes, spoolRecords}) => {
        const changed = mode !== presence.mode || activeDigest !== presence.activeDigest;
        const report = {activeGeneration, activeDigest, mode, spoolBytes, spoolRecords};
        seen(report);
        if (changed || now() - member.savedAtMs >= SAVE_EVERY_MS) save(report);
      },
      hasRefused: (digest) => refusals.get(uid)?.digests.has(digest) ?? false,
      refuse: (digest) => {
        const digests = refusals.get(uid)?.digests;
        const [oldest] = digests ?? [];
        if (digests !== undefined && oldest !== undefined && digests.size >= REFUSALS) digests.delete(oldest);
        digests?.add(digest);
      },
      close: () => {
        if (members.get(uid) !== member) return;
        members.delete(uid);
        save({});
      },
    };
  }
}

function unknownPresence(nowMs: number): Presence {
  return {
    version: '',
    lastSeenAtMs: nowMs,
    activeGeneration: 0n,
    activeDigest: '',
    mode: AgentMode.UNSPECIFIED,
    lastNack: undefined,
    spoolBytes: 0n,
    spoolRecords: 0n,
  };
}
