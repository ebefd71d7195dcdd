import {WeirError} from '../../lib/errors.ts';
import type {Usage} from '../../proto/gen/weir/record/v1/record.ts';
import {readBlock} from './anthropic-content.ts';
import {MESSAGE, STOP_REASONS, stopReasonOf, usageOf} from './anthropic-response.ts';
import {
  figure,
  figures,
  type Handler,
  oneOf,
  type Shape,
  shaped,
  stringPiece,
  TextCollector,
  walkAs,
} from './collect.ts';
import type {EventReading, LanePiece, ResponseIdentity, StreamReader} from './dialect.ts';
import {type JsonNode, type JsonObject, member, membersOf, stringMember} from './json/node.ts';
import {scanJson} from './json/scan.ts';
import {signature} from './media.ts';
import {endOfStream, errorOf, indexMember, limitTracked, RESPONSE, unseenOf} from './response.ts';

/** Deltas whose fragments the client joins: type → field. */
const DELTA_FIELDS: ReadonlyMap<string, string> = new Map([
  ['text_delta', 'text'],
  ['thinking_delta', 'thinking'],
  ['input_json_delta', 'partial_json'],
]);

interface Block {
  index: number;
  /** Several blocks may have the same index where a server splices messages together. */
  serial: number;
  lanes: Map<string, string>;
  /** Name of the tool that the block calls; `''` where it names none. */
  tool: string;
  /** Of a text block: the lane of the text block before it, `''` where there is none. */
  joins: string | undefined;
  /** The message that it belongs to: servers that splice messages together count blocks anew. */
  message: number;
}

/** How an event that carries text for a lane is written. */
interface LaneAddress {
  index: number;
  deltaType: string;
  field: string;
}

/** Reads the events of a message. */
export class MessageStreamReader implements StreamReader {
  private readonly open = new Map<number, Block>();
  private readonly closed = new Map<number, Block>();
  private readonly addresses = new Map<string, LaneAddress>();
  private started = false;
  private stopped = false;
  private serial = 0;
  private messages = 0;
  /** The text of the block that has just ended: clients join what adjacent blocks say. */
  private paused = '';
  private usage: Usage | undefined;
  /** What the event read last does to the state above, once the next one shows that it has passed. */
  private passing: (() => void) | undefined;

  read(name: string, data: string): EventReading {
    this.passing?.();
    this.passing = undefined;
    const root = scanJson(data, RESPONSE);
    if (root.kind !== 'object') throw new WeirError('BODY_UNREADABLE', `stream event is ${root.kind}, not an object`);
    const reading: EventReading & {pieces: LanePiece[]} = {...endOfStream(), pieces: [], ends: [], last: false};
    const collector = new TextCollector(data, root);
    const facts = this.facts(stringMember(root, 'type') ?? name, root, collector, reading.pieces);
    return {...reading, ...facts, runs: collector.runs, uninspectable: unseenOf(collector)};
  }

  laneEvent(lane: string, text: string): string {
    const address = this.addresses.get(lane);
    if (address === undefined) throw new WeirError('INTERNAL', 'text is held for a lane that no event has shown');
    const {index, deltaType, field} = address;
    return frame({type: 'content_block_delta', index, delta: {type: deltaType, [field]: text}});
  }

  /** Closes what is open and ends the message as refused. */
  refusal({id, model}: ResponseIdentity): string {
    if (this.stopped) return '';
    const usage = {input_tokens: Number(this.usage?.inputTokens ?? 0n), output_tokens: 0};
    const message = {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
    };
    const start = this.started ? '' : frame({type: 'message_start', message: {...message, usage}});
    const stops = [...this.open.keys()].map((index) => frame({type: 'content_block_stop', index}));
    const delta = {stop_reason: 'refusal', stop_sequence: null};
    const output = {output_tokens: Number(this.usage?.outputTokens ?? 0n)};
    const end = frame({type: 'message_delta', delta, usage: output}) + frame({type: 'message_stop'});
    return start + stops.join('') + end;
  }

  private facts(type: string, root: JsonObject, collector: TextCollector, pieces: LanePiece[]): Partial<EventReading> {
    switch (type) {
      case 'message_start':
        return this.start(root, collector);
      case 'content_block_start':
        return this.openBlock(root, collector, pieces);
      case 'content_block_delta':
        this.readDelta(root, collector, pieces);
        return {};
      case 'content_block_stop':
        return this.closeBlock(root, collector);
      case 'message_delta':
        return this.readEnd(root, collector);
      case 'message_stop':
        collector.object(root, EVENT, 'response');
        this.passing = () => {
          this.stopped = true;
        };
        return {ends: 'all', last: true};
      default:
        collector.object(root, EVENT, 'response');
        return {error: errorOf(member(root, 'error'))};
    }
  }

  private start(root: JsonObject, collector: TextCollector): Partial<EventReading> {
    const message = member(root, 'message');
    collector.object(root, EVENT, 'response');
    this.usage = usageOf(collector.body, member(message, 'usage'), this.usage);
    this.passing = () => {
      this.started = true;
      this.messages++;
      this.closed.clear();
    };
    return {usage: this.usage, id: stringMember(message, 'id') ?? '', model: stringMember(message, 'model') ?? ''};
  }

  private openBlock(root: JsonObject, collector: TextCollector, pieces: LanePiece[]): Partial<EventReading> {
    const index = indexMember(collector.body, root) ?? -1;
    const before = this.open.get(index) ?? this.closed.get(index);
    if (before?.message === this.messages && before.lanes.size > 0) {
      throw new WeirError('BODY_UNREADABLE', 'stream event starts a block that has text already');
    }
    const node = member(root, 'content_block');
    const first = firstText(node);
    const {paused} = this;
    this.paused = '';
    const joins = first?.field === 'text' ? paused : undefined;
    const block = this.newBlock(index, stringMember(node, 'name') ?? '', joins);
    collector.object(root, BLOCK_START, 'response');
    if (node !== undefined && first === undefined) readBlock(node, collector, 'response');
    if (node !== undefined && first !== undefined) {
      collector.object(node, first.field === 'text' ? TEXT_START : THINKING_START, 'response');
      this.take(pieces, block, {deltaType: first.deltaType, field: first.field}, first.node);
    }
    this.passing = () => {
      this.open.set(index, block);
    };
    const ends = before === undefined ? [] : [...before.lanes.values()];
    return {ends: joins === undefined && paused !== '' ? [...ends, paused] : ends.filter((lane) => lane !== joins)};
  }

  private readDelta(root: JsonObject, collector: TextCollector, pieces: LanePiece[]): void {
    const index = indexMember(collector.body, root) ?? -1;
    const delta = member(root, 'delta');
    const deltaType = stringMember(delta, 'type') ?? '';
    collector.object(root, BLOCK_DELTA, 'response');
    let block = this.open.get(index) ?? this.closed.get(index);
    if (block === undefined) {
      block = this.newBlock(index, '', undefined);
      this.open.set(index, block);
    }
    for (const [field, text] of membersOf(delta)) {
      if (!DELTA.has(field)) this.take(pieces, block, {deltaType, field}, text);
    }
  }

  private closeBlock(root: JsonObject, collector: TextCollector): Partial<EventReading> {
    collector.object(root, EVENT, 'response');
    const index = indexMember(collector.body, root) ?? -1;
    const block = this.open.get(index);
    this.passing = () => {
      if (block !== undefined) this.closed.set(index, block);
      this.open.delete(index);
    };
    const lanes = block === undefined ? [] : [...block.lanes.values()];
    const text = block?.joins === undefined ? undefined : block.lanes.get('text');
    // What other blocks say meanwhile parts it from what follows.
    if (text === undefined || this.open.size > 1) return {ends: lanes};
    this.paused = text;
    return {ends: lanes.filter((lane) => lane !== text), pauses: [text]};
  }

  private readEnd(root: JsonObject, collector: TextCollector): Partial<EventReading> {
    collector.object(root, MESSAGE_END, 'response');
    this.usage = usageOf(collector.body, member(root, 'usage'), this.usage);
    const finishReasons = stopReasonOf(member(root, 'delta'));
    return {usage: this.usage, ends: finishReasons.length > 0 ? 'all' : [], finishReasons};
  }

  private newBlock(index: number, tool: string, joins: string | undefined): Block {
    limitTracked(this.open);
    limitTracked(this.closed);
    return {index, serial: this.serial++, lanes: new Map(), tool, joins, message: this.messages};
  }

  private take(
    pieces: LanePiece[],
    block: Block,
    {deltaType, field}: {deltaType: string; field: string},
    node: JsonNode,
  ): void {
    if (node.kind !== 'string') return;
    const isKnown = DELTA_FIELDS.get(deltaType) === field;
    const name = isKnown ? field : `${deltaType}.${field}`;
    let lane = block.lanes.get(name);
    if (lane === undefined) {
      limitTracked(this.addresses);
      lane = `${block.index}.${block.serial}/${name}`;
      block.lanes.set(name, lane);
      this.addresses.set(lane, {index: block.index, deltaType, field});
    }
    const isInput = deltaType === 'input_json_delta';
    const kind = isInput && isKnown ? ({content: 'json', tool: block.tool} as const) : ({content: 'text'} as const);
    const joins = name === 'text' && block.joins !== undefined ? {joins: block.joins} : {};
    pieces.push({lane, ...kind, ...joins, piece: stringPiece(node)});
  }
}

/** The text that a block may begin with; its deltas go on from there. */
function firstText(
  block: JsonNode | undefined,
): {deltaType: string; field: 'text' | 'thinking'; node: JsonNode} | undefined {
  const type = stringMember(block, 'type');
  if (type !== 'text' && type !== 'thinking') return undefined;
  const node = member(block, type);
  return node?.kind === 'string' ? {deltaType: `${type}_delta`, field: type, node} : undefined;
}

function frame(event: Readonly<Record<string, unknown>> & {type: string}): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Strings here are lanes; they are read apart. */
const laneText: Handler = (node, collector, place) => {
  if (node.kind !== 'string') collector.walk(node, place);
};

const passed: Handler = () => {
  // Read by its own type.
};

const EVENT_TYPES = [
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'ping',
  'error',
] as const;
const HEAD: readonly [string, Handler][] = [
  ['type', oneOf(...EVENT_TYPES)],
  ['index', figure],
];

const EVENT: Shape = new Map<string, Handler>([
  ...HEAD,
  ['message', shaped(MESSAGE)],
  ['error', walkAs()],
  ['request_id', walkAs('other')],
  ['usage', figures],
]);
const BLOCK_START: Shape = new Map<string, Handler>([...HEAD, ['content_block', passed]]);
const TEXT_START: Shape = new Map<string, Handler>([
  ['type', oneOf('text')],
  ['text', laneText],
  ['citations', walkAs()],
]);
const THINKING_START: Shape = new Map<string, Handler>([
  ['type', oneOf('thinking')],
  ['thinking', laneText],
  ['signature', signature],
]);
/** What a delta says beside text; a string under any other key is text that the client joins. */
const DELTA: Shape = new Map<string, Handler>([
  ['type', oneOf(...DELTA_FIELDS.keys(), 'signature_delta', 'citations_delta')],
  ['signature', signature],
  ['citation', walkAs()],
]);
const BLOCK_DELTA: Shape = new Map<string, Handler>([...HEAD, ['delta', shaped(DELTA, undefined, laneText)]]);
const MESSAGE_END: Shape = new Map<string, Handler>([
  ...HEAD,
  [
    'delta',
    shaped(
      new Map<string, Handler>([
        ['stop_reason', oneOf(...STOP_REASONS)],
        ['stop_sequence', walkAs()],
      ]),
    ),
  ],
  ['usage', figures],
]);
