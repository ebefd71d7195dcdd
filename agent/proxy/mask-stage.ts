import type {RequestDecision} from '../../engine/decide/decision.ts';
import {spliceEdits} from '../../engine/dialect/splice.ts';
import {established, type MaskedBody, type ReadBody} from './exchange.ts';
import type {Stage} from './stage.ts';

/** Makes the body that may be sent, recorded and shown to a reviewer. */
export const maskStage: Stage = (exchange) => {
  exchange.masked = maskBody(established(exchange.body, 'body'), established(exchange.decision, 'decision'));
};

/** A body in which nothing is masked stays the bytes that came in. */
export function maskBody({bytes, text, facts}: ReadBody, {edits}: RequestDecision): MaskedBody {
  if (edits.length === 0) return {bytes, text};
  const masked = spliceEdits(text, facts.runs, edits);
  return {bytes: Buffer.from(masked), text: masked};
}
