import type {Metadata} from '@grpc/grpc-js';
import {WeirError} from '../../lib/errors.ts';
import {type OnCallError, serverStream, unary} from '../../lib/grpc/server.ts';
import type {Logger} from '../../lib/log.ts';
import {sleep} from '../../lib/sleep.ts';
import {Hold, type HoldServiceServer, HoldState} from '../../proto/gen/weir/agent/v1/hold.ts';
import type {HoldStore} from '../store/hold-store.ts';
import type {HoldChanges} from './changes.ts';
import {checkOpening} from './check-opening.ts';

export interface HoldServiceOptions {
  holds: HoldStore;
  changes: HoldChanges;
  /** Who calls. @throws WeirError UNAUTHENTICATED */
  agentOf: (metadata: Metadata) => {uid: string};
  /** Milliseconds since the epoch. */
  now: () => number;
  log: Logger;
  onError: OnCallError;
  /** Aborts when the server stops: watchers are sent away to come again. */
  stopping: AbortSignal;
  /** How often a watched hold is read although nothing was heard. */
  recheckMs?: number;
}

const RECHECK_MS = 2_000;

/** Announces holds for agents and tells them how they end. */
export function createHoldService(options: HoldServiceOptions): HoldServiceServer {
  const {agentOf, changes, holds, log, now, onError, stopping, recheckMs = RECHECK_MS} = options;
  return {
    openHold: unary(async (message, {metadata}) => {
      const {uid} = agentOf(metadata);
      const hold = await holds.open({agentUid: uid, request: checkOpening(message), nowMs: now()});
      log.debug('hold answered', {hold: hold.holdId, state: hold.state, agent: uid});
      changes.changed(hold.holdId);
      return {hold};
    }, onError),

    watchHold: serverStream(async ({holdId}, {metadata, signal}, send) => {
      const {uid} = agentOf(metadata);
      const left = AbortSignal.any([signal, stopping]);
      let sent: Buffer | undefined;
      for (;;) {
        // Subscribed before it is read, so that no change falls between.
        const woken = new AbortController();
        const unsubscribe = changes.subscribe(holdId, () => {
          woken.abort();
        });
        try {
          const {hold, agentUids} = await holds.watch(holdId, now());
          if (!agentUids.includes(uid)) throw new WeirError('NOT_FOUND', 'no hold of this agent has this id');
          const bytes = Buffer.from(Hold.encode(hold).finish());
          if (sent?.equals(bytes) !== true) await send({hold});
          sent = bytes;
          if (hold.state !== HoldState.OPEN) return;
          const untilExpiryMs = (hold.expiresAt?.getTime() ?? 0) - now();
          await sleep(Math.max(1, Math.min(recheckMs, untilExpiryMs)), AbortSignal.any([left, woken.signal]));
        } finally {
          unsubscribe();
        }
        if (stopping.aborted) throw new WeirError('DRAINING', 'the control plane is stopping; watch again');
        if (signal.aborted) return;
      }
    }, onError),
  };
}
