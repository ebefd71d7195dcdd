import type {Buffer} from 'node:buffer';
import type {WeirError} from '../../lib/errors.ts';
import type {Usage} from '../../proto/gen/weir/record/v1/record.ts';
import type {BlockAnswer} from '../decide/decision.ts';
import type {Uninspectable} from '../exchange.ts';
import type {EventReading} from './dialect.ts';

/** What a stream said and what was done to it, so far. */
interface StreamSummary {
  readonly usage: Usage | undefined;
  readonly finishReasons: readonly string[];
  /** Masked like everything else. */
  readonly model: string;
  readonly id: string;
  /** The kind of failure that the provider reported inside a 200. */
  readonly error: string | undefined;
  /** Number of findings by finder. */
  readonly counts: ReadonlyMap<number, number>;
  /** Content that a rule could not look into: set where that blocked. */
  readonly uninspectable: readonly Uninspectable[];
  /** Set once a rule has blocked: the stream was ended with the dialect's refusal. */
  readonly blocked: BlockAnswer | undefined;
  /** Set once the stream could not be read on: it was ended with the dialect's error. */
  readonly failure: WeirError | undefined;
}

/** Guards one response stream. Bytes go in as they come from upstream; what comes out may be sent at once. */
export interface StreamGuard {
  /** @returns bytes to forward now, maybe none; the chunk itself where nothing in it changes. */
  readonly push: (chunk: Buffer) => Buffer;
  /** Upstream has closed: releases what was held. Not complete where the dialect's own end is missing. */
  readonly end: () => {bytes: Buffer; complete: boolean};
  /** Nothing more is released, whatever comes. */
  readonly abort: () => void;
  readonly summary: StreamSummary;
}

/** More are not kept. */
const MAX_FINISH_REASONS = 1_000;

/** A summary that grows event by event. */
export class GrowingSummary implements StreamSummary {
  usage: Usage | undefined;
  readonly finishReasons: string[] = [];
  model = '';
  id = '';
  error: string | undefined;
  readonly counts = new Map<number, number>();
  uninspectable: readonly Uninspectable[] = [];
  blocked: BlockAnswer | undefined;
  failure: WeirError | undefined;
  /** True once the dialect's own end was seen. */
  complete = false;
  private rawModel = '';
  private rawId = '';

  /** @param mask what a client may see of a text that is whole in itself. */
  note(reading: EventReading, mask: (text: string) => string): void {
    const {usage, finishReasons, model, id, error, last} = reading;
    if (usage !== undefined) this.usage = usage;
    if (this.finishReasons.length < MAX_FINISH_REASONS) this.finishReasons.push(...finishReasons);
    if (model !== '' && model !== this.rawModel) {
      this.rawModel = model;
      this.model = mask(model);
    }
    if (id !== '' && id !== this.rawId) {
      this.rawId = id;
      this.id = mask(id);
    }
    if (error !== undefined) this.error = error;
    if (last) this.complete = true;
  }

  count(finder: number): void {
    this.counts.set(finder, (this.counts.get(finder) ?? 0) + 1);
  }
}
