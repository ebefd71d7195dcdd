import {Buffer} from 'node:buffer';
import {WeirError} from '../../lib/errors.ts';
import type {BlockAnswer, ResponsePlan} from '../decide/decision.ts';
import type {Finding, Matcher} from '../detect/finder.ts';
import {applyEdits, type Edit} from '../mask/clusters.ts';
import type {Dialect, EventReading, LanePiece, StreamReader} from './dialect.ts';
import {EventTemplate} from './event-template.ts';
import {withStale} from './guard-response.ts';
import {GuardedLane, type LaneContent} from './guarded-lane.ts';
import {inEventText, parseSseEvent, type SseEvent, SseSplitter} from './sse.ts';
import {StreamOutput} from './stream-output.ts';
import {GrowingSummary, type StreamGuard} from './stream-summary.ts';
import {WaitingEvents} from './waiting-events.ts';
import {type EventTexts, WholeTexts} from './whole-texts.ts';

/** A rule blocks: ends the stream. */
class Blocked extends Error {
  readonly answer: BlockAnswer;
  /** Lanes whose text before the finding still goes out. */
  readonly released: string;

  constructor(answer: BlockAnswer, released: string) {
    super('blocked');
    this.answer = answer;
    this.released = released;
  }
}

/** An event, read, and what is to be changed in it beside its lanes. */
interface EventParts {
  event: SseEvent;
  reading: EventReading;
  runs: readonly Edit[];
  others: readonly Edit[];
}

type LaneRules = (piece: LanePiece) => {matcher: Matcher; plan: ResponsePlan; content: LaneContent};

/** What becomes of one event. */
interface Rewriting {
  /** In the event's data. */
  replacements: Edit[];
  /** Events that release the rest of ended lanes; they go first. */
  before: string;
  /** Whether the event's lane text differs from what came, or waits. */
  changed: boolean;
}

/** Masks a stream as it passes. */
export class GuardedStream implements StreamGuard {
  readonly summary = new GrowingSummary();
  private readonly dialect: Dialect;
  private readonly reader: StreamReader;
  private readonly plan: ResponsePlan;
  private readonly texts: EventTexts;
  private readonly laneRules: LaneRules;
  private readonly splitter: SseSplitter;
  private readonly output = new StreamOutput();
  private readonly lanes = new Map<string, GuardedLane>();
  /** Lanes that are complete: what was judged as a whole cannot grow. */
  private readonly ended = new Set<string>();
  /** Whether anything was masked: from then on copies that come late may repeat it. */
  private isAltered = false;
  private readonly waiting = new WaitingEvents();
  private closed = false;
  /** What the event before looked like. */
  private template: EventTemplate | undefined;

  constructor(options: {
    dialect: Dialect;
    reader: StreamReader;
    matcher: Matcher;
    plan: ResponsePlan;
    maxEventBytes: number;
    /** Judges what is whole in an event; by the plan unless given. */
    texts?: EventTexts;
    /** By what a lane is masked; the plan unless given. */
    laneRules?: LaneRules;
  }) {
    this.dialect = options.dialect;
    this.reader = options.reader;
    this.plan = options.plan;
    this.texts = options.texts ?? new WholeTexts(options.matcher, options.plan);
    this.laneRules = options.laneRules ?? (({content}) => ({matcher: options.matcher, plan: options.plan, content}));
    this.splitter = new SseSplitter(options.maxEventBytes);
  }

  readonly push = (chunk: Buffer): Buffer => {
    this.guarded(() => {
      this.splitter.push(chunk, (buffer, start, end) => {
        if (!this.closed) this.event(buffer, start, end);
      });
    });
    return this.output.take();
  };

  readonly end = (): {bytes: Buffer; complete: boolean} => {
    this.guarded(() => {
      this.rest(this.splitter.rest());
      this.output.write(this.settled());
    });
    this.guarded(() => {
      this.output.write(this.flush([...this.lanes.keys()]));
    });
    this.closed = true;
    return {bytes: this.output.take(), complete: this.summary.complete && this.summary.failure === undefined};
  };

  readonly abort = (): void => {
    this.closed = true;
    this.lanes.clear();
    this.waiting.clear();
  };

  /** Whatever goes wrong ends the stream; nothing that was not judged gets out. */
  private guarded(step: () => void): void {
    if (this.closed) return;
    try {
      step();
    } catch (error) {
      this.closed = true;
      if (error instanceof Blocked) this.refuse(error);
      else this.fail(error);
    }
  }

  private refuse({answer, released}: Blocked): void {
    this.summary.blocked = answer;
    // What waited was judged; the client has to see the ends of texts that the refusal does not end.
    this.output.write(
      this.waiting.settled(() => {
        // What blocks there does not matter any more.
      }),
    );
    // What a rule forbids ends a stream as a provider's own filter does; what could not be checked is an error.
    const end =
      answer.status >= 500
        ? this.dialect.streamError({...answer, retryAfterSeconds: undefined})
        : this.reader.refusal(this.summary);
    this.output.write(released + end);
  }

  private fail(error: unknown): void {
    const failure =
      error instanceof WeirError
        ? new WeirError('UPSTREAM_INVALID', `the provider's stream cannot be read: ${error.message}`, {cause: error})
        : new WeirError('GUARD_FAILED', 'the response could not be checked; it was cut here', {cause: error});
    this.summary.failure = failure;
    const code = failure.code.toLowerCase();
    this.output.write(
      this.dialect.streamError({status: 502, code, message: failure.message, retryAfterSeconds: undefined}),
    );
  }

  private event(buffer: Buffer, start: number, end: number): void {
    if (this.likeTheLast(buffer, start, end)) return;
    const event = parseSseEvent(buffer.subarray(start, end));
    const text = this.rewritten(event);
    if (text === event.text) this.output.pass(buffer, start, end);
    else this.output.write(text);
  }

  /** Takes an event that differs from the one before in one lane's text only, without reading it anew. */
  private likeTheLast(buffer: Buffer, start: number, end: number): boolean {
    const {template} = this;
    const value = this.waiting.isEmpty ? template?.textOf(buffer, start, end) : undefined;
    const lane = template && this.lanes.get(template.lane);
    if (value === undefined || lane === undefined || template === undefined) return false;
    lane.push(value);
    const {text, changed} = lane.take();
    if (changed) this.isAltered = true;
    if (lane.blocking !== undefined) throw this.blockedBy(lane.blocking, this.laneEvent(template.lane, text));
    if (text === value) this.output.pass(buffer, start, end);
    else this.output.write(template.with(text));
    return true;
  }

  /** An event whose blank line never came: clients drop it or read it, so it is judged; if cut short, it is left out. */
  private rest(bytes: Buffer): void {
    if (bytes.length === 0) return;
    let text: string;
    try {
      text = this.rewritten(parseSseEvent(bytes));
    } catch (error) {
      if (error instanceof WeirError) return;
      throw error;
    }
    this.output.write(text);
    if ([...this.lanes.values()].some((lane) => !lane.isEmpty())) this.output.write('\n\n');
  }

  private rewritten(event: SseEvent): string {
    this.template = undefined;
    const others = this.texts.otherLines(event);
    const {data} = event;
    if (data === undefined || data.trim() === '') return applyEdits(event.text, others);
    const reading = this.reader.read(event.name, data);
    this.summary.note(reading, (text) => this.texts.masked(text));
    const {edits: runs, blocking, isClean} = this.texts.editsOf(data, reading.runs, this.summary.counts);
    if (blocking !== undefined) throw this.blockedBy(blocking, '');
    this.judgeUnseen(reading);
    const pausing = this.pausing(reading);
    const parts = {event, reading, runs, others};
    if (pausing === undefined && this.waiting.isEmpty) {
      if (isClean && others.length === 0) this.template = EventTemplate.of(event, reading);
      return this.withLanes(parts);
    }
    if (pausing === undefined && reading.ends.length > 0) return this.settled() + this.withLanes(parts);
    return this.wait(parts, pausing);
  }

  /** The lane that ends with the event and of which the next one may still change what is said. */
  private pausing({pauses = []}: EventReading): GuardedLane | undefined {
    let pausing: GuardedLane | undefined;
    for (const key of pauses) {
      const lane = this.lanes.get(key);
      lane?.pause();
      if (lane?.isEmpty() === false) pausing = lane;
    }
    return pausing;
  }

  /** Takes the event's text in; the event itself goes out as soon as all that is before it is decided. */
  private wait(parts: EventParts, pausing: GuardedLane | undefined): string {
    for (const piece of parts.reading.pieces) {
      const lane = this.openLane(piece);
      lane.push(piece.piece.value);
      if (lane.blocking !== undefined) {
        throw this.blockedBy(lane.blocking, this.waiting.decided() + this.laneEvent(piece.lane, lane.take().text));
      }
    }
    const [paused = ''] = parts.reading.pauses ?? [];
    const rest = (): string => (pausing === undefined ? '' : this.laneEvent(paused, pausing.take().text));
    this.waiting.add({lane: pausing, write: () => rest() + this.withLanes(parts, 'taken')});
    return this.waiting.decided();
  }

  /** Ends the text that events wait for, so that they can go. */
  private settled(): string {
    return this.waiting.settled(({blocking}, text) => {
      if (blocking !== undefined) throw this.blockedBy(blocking, text);
    });
  }

  /** The event with what its lanes may say by now. @param text whether the lanes have taken its text already. */
  private withLanes({event, reading, runs, others}: EventParts, text: 'new' | 'taken' = 'new'): string {
    const {replacements, before, changed} = this.laneReplacements(reading, text);
    const unsure = changed || this.isAltered || reading.pieces.every(({piece}) => piece.value === '');
    const all = withStale([...runs, ...replacements], unsure ? reading.stale : []);
    if (all.length === 0 && others.length === 0) return before + event.text;
    const inText = [...inEventText(event, all), ...others].sort((a, b) => a.start - b.start);
    return before + applyEdits(event.text, inText);
  }

  private blockedBy({finder}: Finding, released: string): Blocked {
    return new Blocked(this.plan.blockAnswerOf(finder), released);
  }

  /** Content that nobody can look into ends the stream before it, unless it may pass. */
  private judgeUnseen({uninspectable}: EventReading): void {
    const answer = this.plan.unseenAnswer(uninspectable);
    if (answer === undefined) return;
    this.summary.uninspectable = uninspectable;
    throw new Blocked(answer, '');
  }

  private laneReplacements({pieces, ends}: EventReading, text: 'new' | 'taken'): Rewriting {
    const ending = ends === 'all' ? [...this.lanes.keys()] : ends;
    const rewriting: Rewriting = {replacements: [], before: '', changed: false};
    pieces.forEach((piece, index) => {
      if (text === 'taken') {
        this.takeDecided(piece, rewriting);
        return;
      }
      const isLast = !pieces.some((other, at) => at > index && other.lane === piece.lane);
      this.takePiece(piece, isLast && ending.includes(piece.lane), rewriting, pieces.slice(0, index));
    });
    rewriting.before += this.flush(ending, pieces);
    for (const lane of ending) {
      this.lanes.delete(lane);
      this.ended.add(lane);
    }
    return rewriting;
  }

  /** What a lane says by now stands in its first event that waited and said something. */
  private takeDecided({lane: key, piece}: LanePiece, rewriting: Rewriting): void {
    if (piece.value === '') return;
    const {text} = this.lanes.get(key)?.take() ?? {text: ''};
    this.isAltered = true;
    rewriting.changed = true;
    if (text !== piece.value)
      rewriting.replacements.push({start: piece.start, end: piece.end, token: JSON.stringify(text)});
  }

  private takePiece(lanePiece: LanePiece, ends: boolean, rewriting: Rewriting, earlier: readonly LanePiece[]): void {
    const {lane: key, piece} = lanePiece;
    if (this.ended.has(key) && piece.value === '') return;
    const lane = this.openLane(lanePiece);
    const wasEmpty = lane.isEmpty();
    lane.push(piece.value);
    if (ends) lane.end();
    const {text, changed} = lane.take();
    if (changed) this.isAltered = true;
    if (lane.blocking !== undefined) throw this.blocked(lane.blocking, key, text, rewriting, earlier);
    if (changed || !wasEmpty || !lane.isEmpty()) rewriting.changed = true;
    if (text === piece.value) return;
    rewriting.replacements.push({start: piece.start, end: piece.end, token: JSON.stringify(text)});
  }

  /** Text before the finding goes out in events of its own, for the event with the finding goes nowhere. */
  private blocked(
    finding: Finding,
    key: string,
    text: string,
    {before, replacements}: Rewriting,
    earlier: readonly LanePiece[],
  ): Blocked {
    let released = before;
    for (const {lane, piece} of earlier) {
      const replaced = replacements.find(({start}) => start === piece.start);
      released += this.laneEvent(lane, replaced === undefined ? piece.value : String(JSON.parse(replaced.token)));
    }
    return this.blockedBy(finding, released + this.laneEvent(key, text));
  }

  /** Events with what ended lanes still held; not for lanes of pieces that the coming event carries itself. */
  private flush(ending: readonly string[], pieces: readonly LanePiece[] = []): string {
    let events = '';
    for (const key of ending) {
      const lane = this.lanes.get(key);
      if (lane === undefined || pieces.some((piece) => piece.lane === key)) continue;
      lane.end();
      events += this.laneEvent(key, lane.take().text);
      if (lane.blocking !== undefined) throw this.blockedBy(lane.blocking, events);
    }
    return events;
  }

  private laneEvent(lane: string, text: string): string {
    return text === '' ? '' : this.reader.laneEvent(lane, text, this.summary);
  }

  /** @throws WeirError UPSTREAM_INVALID where the lane is complete. */
  private openLane(piece: LanePiece): GuardedLane {
    const lane = this.ended.has(piece.lane) ? undefined : this.lane(piece);
    if (lane === undefined || lane.isPaused) {
      throw new WeirError('UPSTREAM_INVALID', 'a text goes on after it was said to be complete');
    }
    return lane;
  }

  /** A lane that goes on from one that has paused. */
  private joined(key: string | undefined): GuardedLane | undefined {
    const before = key === undefined ? undefined : this.lanes.get(key);
    if (key === undefined || before?.isPaused !== true) return undefined;
    this.ended.add(key);
    return before.next();
  }

  private lane(piece: LanePiece): GuardedLane {
    let lane = this.lanes.get(piece.lane);
    if (lane !== undefined && lane.tool !== piece.tool) {
      if (lane.hasBegun) throw new WeirError('UPSTREAM_INVALID', 'a tool call changes its name within its arguments');
      lane = undefined;
    }
    if (lane === undefined) {
      const {matcher, plan, content} = this.laneRules(piece);
      const onFinding = (finding: Finding) => {
        this.summary.count(finding.finder);
      };
      const {joins, tool} = piece;
      lane =
        this.joined(joins) ??
        GuardedLane.open({content, tool, isJoinable: joins !== undefined, matcher, plan, onFinding});
      this.lanes.set(piece.lane, lane);
    }
    return lane;
  }
}
