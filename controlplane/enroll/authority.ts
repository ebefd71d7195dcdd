import type {Metadata} from '@grpc/grpc-js';
import {ed25519PublicKey} from '../../lib/ed25519.ts';
import {WeirError} from '../../lib/errors.ts';
import type {Logger} from '../../lib/log.ts';
import {SIGNED, verifyEd25519} from '../../lib/signed.ts';
import type {EnrollRequest, EnrollResponse} from '../../proto/gen/weir/agent/v1/enrollment.ts';
import type {ControlPlaneKeys} from '../keys.ts';
import type {AgentStore} from '../store/agent-store.ts';
import {type JoinToken, knownJoinTokens, matchJoinToken} from './join-token.ts';
import {issueSessionToken, readSessionToken} from './session-token.ts';

export interface AuthorityOptions {
  joinTokens: readonly JoinToken[];
  keys: ControlPlaneKeys;
  agents: AgentStore;
  now: () => number;
  log: Logger;
}

/** An agent whose call was authenticated. */
export interface AgentIdentity {
  uid: string;
  /** As the configuration gives them to the agent's join token. */
  labels: Readonly<Record<string, string>>;
  /** When it has to show a newer session. */
  expiresAtMs: number;
}

/** Admits agents and recognises them afterwards. */
export interface AgentAuthority {
  readonly enroll: (request: EnrollRequest, peer: string) => Promise<EnrollResponse>;
  /**
   * The agent that makes a call.
   *
   * @throws WeirError UNAUTHENTICATED without a live session whose join token is still configured.
   */
  readonly agentOf: (metadata: Metadata) => AgentIdentity;
}

const SESSION_MS = 60 * 60_000;
/** How far the clocks of agent and control plane may be apart. */
const CLOCK_SKEW_MS = 5 * 60_000;
const PROTOCOL = 1;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function createAgentAuthority(options: AuthorityOptions): AgentAuthority {
  const {keys, agents, now, log} = options;
  const known = knownJoinTokens(options.joinTokens);
  const proofs = createProofMemory(now);
  return {
    enroll: async (request, peer) => {
      const join = matchJoinToken(request.joinToken, known);
      if (join === undefined) {
        log.warn('enrolment refused: unknown join token', {peer});
        throw new WeirError('UNAUTHENTICATED', 'the join token is not known; check --token against --join-token');
      }
      checkProtocol(request);
      checkProof(request, now());
      if (!proofs.take(request)) throw new WeirError('UNAUTHENTICATED', 'this proof was shown before; make a new one');
      const {agentUid: uid, publicKey, version} = request;
      const atMs = now();
      if (!(await agents.enroll({uid, publicKey, labels: join.labels, version: version.slice(0, 100), atMs}))) {
        log.error('enrolment refused: the uid is bound to another key', {agent: uid, peer});
        const hint = 'a copied state directory needs its own uid: delete identity.json in the copy';
        throw new WeirError('PERMISSION_DENIED', `agent ${uid} is bound to another key; ${hint}`);
      }
      const expiresAtMs = atMs + SESSION_MS;
      log.info('agent enrolled', {agent: uid, version: version.slice(0, 100)});
      return {
        sessionToken: issueSessionToken({uid, joinId: join.id, expiresAtMs}, keys.sessionSecret),
        expiresAt: new Date(expiresAtMs),
        labels: {...join.labels},
        bundleKey: keys.bundle.publicRaw,
        recordKey: keys.record.publicRaw,
        maskingKey: keys.maskingKey,
      };
    },
    agentOf: (metadata) => {
      const claims = readSessionToken(bearerOf(metadata), keys.sessionSecret);
      const join = known.find(({id}) => id === claims?.joinId);
      if (claims === undefined || join === undefined || claims.expiresAtMs <= now()) {
        throw new WeirError('UNAUTHENTICATED', 'no live agent session; enrol again');
      }
      return {uid: claims.uid, labels: join.labels, expiresAtMs: claims.expiresAtMs};
    },
  };
}

function bearerOf(metadata: Metadata): string {
  const [value] = metadata.get('authorization');
  const match = /^Bearer (?<token>\S+)$/.exec(typeof value === 'string' ? value : '');
  return match?.groups?.['token'] ?? '';
}

function checkProtocol({protocolMin, protocolMax}: EnrollRequest): void {
  if (protocolMin <= PROTOCOL && PROTOCOL <= protocolMax) return;
  const theirs = `${protocolMin} to ${protocolMax}`;
  throw new WeirError('PROTOCOL', `the agent speaks protocol ${theirs}, this control plane ${PROTOCOL}; upgrade one`);
}

/** The agent holds the private key of what it presents, and says so now. */
function checkProof(request: EnrollRequest, nowMs: number): void {
  const {agentUid, publicKey, proof, sentAtMs} = request;
  if (!UUID.test(agentUid)) throw new WeirError('INVALID_ARGUMENT', 'agent_uid is not a lower-case UUID');
  const skewMs = Math.abs(nowMs - Number(sentAtMs));
  if (!(skewMs <= CLOCK_SKEW_MS)) {
    const seconds = Math.round(skewMs / 1000);
    const limit = CLOCK_SKEW_MS / 1000;
    throw new WeirError(
      'UNAUTHENTICATED',
      `the clocks of agent and control plane are ${seconds} s apart; the limit is ${limit} s, so set them`,
    );
  }
  const key = ed25519PublicKey(publicKey);
  if (key === undefined || !verifyEd25519(SIGNED.enrolment({agentUid, sentAtMs}), key, proof)) {
    throw new WeirError('UNAUTHENTICATED', 'the proof is not a signature of this uid by this key');
  }
}

/** Remembers every proof for as long as it could be shown again: one that was overheard admits nobody. */
function createProofMemory(now: () => number): {take: (request: EnrollRequest) => boolean} {
  const takenAtMs = new Map<string, number>();
  return {
    take: ({agentUid, publicKey, sentAtMs}) => {
      for (const [proof, atMs] of takenAtMs) {
        if (now() - atMs <= 2 * CLOCK_SKEW_MS) break;
        takenAtMs.delete(proof);
      }
      const proof = `${agentUid} ${sentAtMs} ${publicKey.toString('hex')}`;
      if (takenAtMs.has(proof)) return false;
      takenAtMs.set(proof, now());
      return true;
    },
  };
}
