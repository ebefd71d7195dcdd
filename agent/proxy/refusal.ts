import type {BlockAnswer} from '../../engine/decide/decision.ts';
import {UNANSWERED_CODE, UNANSWERED_STATUS} from '../../engine/decide/unanswered.ts';
import {ERRORS, type ErrorCode, errorCode, publicMessage, WeirError} from '../../lib/errors.ts';
import {Outcome} from '../../proto/gen/weir/record/v1/record.ts';

/** Ends an exchange with an answer of our own. */
export class Refusal extends WeirError {
  readonly outcome: Outcome;
  readonly status: number;
  /** What the caller reads: lower-case, or a rule's own. */
  readonly publicCode: string;
  /** Set only where trying again can help. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      outcome: Outcome;
      status?: number;
      publicCode?: string;
      retryAfterSeconds?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(code, message, options.cause === undefined ? undefined : {cause: options.cause});
    this.outcome = options.outcome;
    this.status = options.status ?? ERRORS[code].http;
    this.publicCode = options.publicCode ?? code.toLowerCase();
    this.retryAfterSeconds = options.retryAfterSeconds ?? (ERRORS[code].retryable ? RETRY_AFTER_SECONDS : undefined);
  }
}

const RETRY_AFTER_SECONDS = 1;

/** How an exchange ends that policy blocks; a check that could not be made can be tried again. */
export function blockRefusal({status, code, message}: BlockAnswer): Refusal {
  const isUnanswered = code === UNANSWERED_CODE && status === UNANSWERED_STATUS;
  const own = isUnanswered ? 'EXTERNAL_DETECTOR_FAILED' : 'BLOCKED';
  return new Refusal(own, message, {outcome: Outcome.BLOCKED, status, publicCode: code});
}

/** How an exchange ends that an error stopped. An error nobody expected is a guard that failed: it blocks. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = errorCode(error);
  if (code === 'INTERNAL' || code === 'GUARD_FAILED') {
    const message = 'the request could not be checked and was not let through; the log of this agent names the cause';
    return new Refusal('GUARD_FAILED', message, {outcome: Outcome.BLOCKED, cause: error});
  }
  return new Refusal(code, publicMessage(error), {outcome: outcomeOf(code), cause: error});
}

function outcomeOf(code: ErrorCode): Outcome {
  switch (code) {
    case 'UPSTREAM_ERROR':
    case 'UPSTREAM_UNREACHABLE':
    case 'UPSTREAM_TIMEOUT':
    case 'UPSTREAM_INVALID':
    case 'CREDENTIAL_UNAVAILABLE':
    case 'CREDENTIAL_HOST_REFUSED':
      return Outcome.UPSTREAM_ERROR;
    case 'CANCELLED':
      return Outcome.CLIENT_GONE;
    case 'NO_POLICY':
    case 'MODEL_NOT_ALLOWED':
    case 'UNINSPECTABLE':
    case 'EXTERNAL_DETECTOR_FAILED':
    case 'BLOCKED':
      return Outcome.BLOCKED;
    default:
      return Outcome.REFUSED;
  }
}
