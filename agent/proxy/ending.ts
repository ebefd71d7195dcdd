import type {Outcome} from '../../proto/gen/weir/record/v1/record.ts';

/** How an exchange ended. */
export interface Ending {
  outcome: Outcome;
  /** Code of lib/errors.ts; empty for a completed exchange. */
  errorCode: string;
}
