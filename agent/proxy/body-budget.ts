import {WeirError} from '../../lib/errors.ts';

/** How much of request bodies an agent holds at a time, so that no number of callers can use up its memory. */
export interface BodyBudget {
  /** @throws WeirError UNAVAILABLE where that much more would be too much; then nothing is taken. */
  take: (bytes: number) => void;
  give: (bytes: number) => void;
}

/** A body is held as bytes, as text, and masked once more. */
const COPIES = 8;

/** @param memoryBytes what there is for everything. */
export function createBodyBudget(memoryBytes: number): BodyBudget {
  const limitBytes = memoryBytes / COPIES;
  let held = 0;
  return {
    take: (bytes) => {
      if (held + bytes > limitBytes) {
        throw new WeirError('UNAVAILABLE', 'this agent holds as many large requests as it can; try again');
      }
      held += bytes;
    },
    give: (bytes) => {
      held -= bytes;
    },
  };
}
