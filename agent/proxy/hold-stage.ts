import {Action, Outcome} from '../../proto/gen/weir/record/v1/record.ts';
import type {HoldOutcome} from '../approve/hold-client.ts';
import {patienceOf} from './client-patience.ts';
import {type Exchange, established, type Release} from './exchange.ts';
import {holdBinding} from './hold-binding.ts';
import type {ProxyParts} from './parts.ts';
import {recordRelease} from './record-stage.ts';
import {Refusal} from './refusal.ts';
import type {Stage} from './stage.ts';

/** Waits for a reviewer where the verdict asks for one. */
export const holdStage: Stage = (exchange, parts) => {
  if (established(exchange.decision, 'decision').verdict.action !== Action.APPROVE) return undefined;
  return hold(exchange, parts);
};

async function hold(exchange: Exchange, parts: ProxyParts): Promise<void> {
  const {waitMs, takesInterim} = patienceOf(exchange.request, parts.holdTiming);
  const interim = takesInterim
    ? setInterval(() => {
        exchange.responder.interim();
      }, parts.holdTiming.interimEveryMs)
    : undefined;
  try {
    const asked = heldExchange(exchange);
    const held = await parts.holds.hold(asked, {waitMs}, exchange.cancellation.signal);
    exchange.release = {...(await released(exchange, parts, held)), binding: asked.binding};
  } finally {
    clearInterval(interim);
  }
}

function heldExchange(exchange: Exchange): Parameters<ProxyParts['holds']['hold']>[0] {
  const decision = established(exchange.decision, 'decision');
  return {
    exchangeId: exchange.id,
    caller: established(exchange.caller, 'caller'),
    request: {...established(exchange.body, 'body').facts, model: decision.shown.model},
    decision,
    maskedBody: established(exchange.masked, 'masked body').text,
    mediaType: 'application/json',
    binding: holdBinding(exchange),
  };
}

/** @throws Refusal for everything but an approval. */
async function released(exchange: Exchange, parts: ProxyParts, held: HoldOutcome): Promise<Omit<Release, 'binding'>> {
  if (held.kind !== 'unavailable') exchange.holdId = held.holdId;
  switch (held.kind) {
    case 'approved':
      return {holdId: held.holdId, reviewers: held.reviewers};
    case 'denied': {
      await recordRelease(exchange, parts, {holdId: held.holdId, reviewers: held.reviewers});
      const reason = held.reason === '' ? '' : `: ${held.reason}`;
      throw new Refusal('HOLD_DENIED', `a reviewer denied this request${reason}`, {outcome: Outcome.DENIED});
    }
    case 'expired':
      throw new Refusal('HOLD_EXPIRED', 'nobody approved this request in time', {outcome: Outcome.DENIED});
    case 'pending':
      throw new Refusal(
        'HOLD_PENDING',
        `this request waits for approval as ${held.holdId}; send it again to go on waiting`,
        {
          outcome: Outcome.HELD,
        },
      );
    case 'unavailable':
      throw new Refusal('HOLD_UNAVAILABLE', 'this request needs approval, which cannot be asked for now; try again', {
        outcome: Outcome.HELD,
        cause: new Error(held.message),
      });
  }
}
