import type {InboundRequest} from '../listen/listener.ts';
import type {HoldTiming} from './parts.ts';

/** How long a client may be kept waiting, and whether `102 Processing` keeps it. */
export interface Patience {
  waitMs: number;
  takesInterim: boolean;
}

/** Answers this long before a client's own time-out. */
const MARGIN_MS = 15_000;
const SHORTEST_MS = 1_000;

/**
 * What a client and the way to it are known to bear.
 *
 * The SDKs that Stainless generates take interim answers in JavaScript and Python and say how long they wait in all.
 * A proxy on the way may break on them; a client we do not know may stop after a few.
 */
export function patienceOf({headers}: InboundRequest, timing: HoldTiming): Patience {
  const language = headers['x-stainless-lang'];
  const isDirect = headers.via === undefined && headers['x-forwarded-for'] === undefined;
  const takesInterim = isDirect && (language === 'js' || language === 'python');
  const longestMs = takesInterim ? timing.longestMs : timing.silentMs;
  const statedMs = Number(headers['x-stainless-timeout']) * 1_000;
  if (!(statedMs > 0)) return {waitMs: longestMs, takesInterim};
  return {waitMs: Math.max(SHORTEST_MS, Math.min(longestMs, statedMs - MARGIN_MS)), takesInterim};
}
