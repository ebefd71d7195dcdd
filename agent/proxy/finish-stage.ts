import {established} from './exchange.ts';
import {endedRecord} from './records.ts';
import type {Stage} from './stage.ts';

/** Records the end durably, then gives the caller its last bytes. */
export const finishStage: Stage = async (exchange, parts) => {
  const {ending, finish} = established(exchange.guarded, 'guarded response');
  // Who left while the last bytes were judged did not get them.
  exchange.cancellation.throwIfCancelled();
  exchange.ending = ending;
  exchange.ended = parts.recorder.ended(endedRecord(exchange, ending));
  // Commit point: after this the caller may learn that the exchange is complete.
  await exchange.ended;
  finish();
};
