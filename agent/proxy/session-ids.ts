import {randomUUIDv7} from 'node:crypto';
import {LRUCache} from 'lru-cache';
import type {CallerFacts} from '../../engine/exchange.ts';
import type {InboundRequest} from '../listen/listener.ts';

/** Groups the exchanges of one conversation or run. */
export interface SessionIds {
  /** What the caller's client says, else the caller's own current session. */
  sessionOf: (request: InboundRequest, caller: CallerFacts) => string;
}

/** A caller that says nothing of sessions starts a new one after this pause. */
const PAUSE_MS = 30 * 60_000;
const MAX_CALLERS = 10_000;
const STATED_BY = ['x-weir-session', 'session-id', 'x-claude-code-session-id'] as const;

/** @param now milliseconds since the epoch. */
export function createSessionIds(options: {now: () => number}): SessionIds {
  const current = new LRUCache<string, {id: string; lastAtMs: number}>({max: MAX_CALLERS});
  return {
    sessionOf: ({headers}, caller) => {
      const stated = statedSession(headers);
      if (stated !== undefined) return stated;
      const key = `${caller.kind} ${caller.authority} ${caller.subject}`;
      const nowMs = options.now();
      let session = current.get(key);
      if (session === undefined || nowMs - session.lastAtMs > PAUSE_MS) {
        session = {id: randomUUIDv7(), lastAtMs: nowMs};
        current.set(key, session);
      }
      session.lastAtMs = nowMs;
      return session.id;
    },
  };
}

/** What the client itself calls the session. */
export function statedSession(headers: InboundRequest['headers']): string | undefined {
  for (const name of STATED_BY) {
    const stated = headers[name];
    if (typeof stated === 'string' && /^[\w.:-]{1,128}$/.test(stated)) return stated;
  }
  return undefined;
}
