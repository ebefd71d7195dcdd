import {WeirError} from '../../lib/errors.ts';
import {
  each,
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
import {itemsOf, type JsonNode, member, stringMember} from './json/node.ts';
import {scanJson} from './json/scan.ts';
import {FINISH_REASONS, readFacts, staleOf} from './openai-response.ts';
import {endOfStream, indexMember, RESPONSE} from './response.ts';

/** Fields of a delta whose fragments the client joins. */
const TEXT_FIELDS = ['content', 'refusal', 'reasoning_content', 'reasoning'] as const;

/** How an event that carries text for a lane is written. */
interface LaneAddress {
  choice: number;
  delta: (text: string) => object;
}

interface ToolCall {
  id: string;
  lane: string;
}

/** What has been seen of one choice. */
interface Choice {
  index: number;
  finished: boolean;
  lanes: string[];
  /** The call that a fragment with this index continues; -1 for fragments without one. */
  calls: Map<number, ToolCall>;
  /** Each call has a lane of its own, even where all of them share an index. */
  callCount: number;
}

/** What is gathered while one chunk is read. */
interface Gathered {
  pieces: LanePiece[];
  ends: string[];
  stale: {start: number; end: number}[];
  finishReasons: string[];
}

/** Reads the chunks of a chat completion. */
export class ChatStreamReader implements StreamReader {
  private readonly choices = new Map<number, Choice>();
  private readonly addresses = new Map<string, LaneAddress>();
  private created = 0;
  /** Choices that finish with the event read last: open until the next one shows that it has passed. */
  private finishing: Choice[] = [];

  read(_event: string, data: string): EventReading {
    for (const choice of this.finishing) choice.finished = true;
    this.finishing = [];
    if (data.trim() === '[DONE]') return endOfStream();
    const root = scanJson(data, RESPONSE);
    if (root.kind !== 'object') throw new WeirError('BODY_UNREADABLE', `stream event is ${root.kind}, not an object`);
    const collector = new TextCollector(data, root);
    collector.object(root, CHUNK, 'other');
    const gathered: Gathered = {pieces: [], ends: [], stale: [], finishReasons: []};
    itemsOf(member(root, 'choices')).forEach((node, position) => {
      this.readChoice(node, indexMember(data, node) ?? position, gathered, data);
    });
    const created = member(root, 'created');
    if (created?.kind === 'number') this.created = Number(data.slice(created.start, created.end));
    return {...readFacts(data, root), ...gathered, runs: collector.runs, last: false};
  }

  laneEvent(lane: string, text: string, {id, model}: ResponseIdentity): string {
    const address = this.addresses.get(lane);
    if (address === undefined) throw new WeirError('INTERNAL', 'text is held for a lane that no event has shown');
    const choice = {index: address.choice, delta: address.delta(text), finish_reason: null};
    return chunk({id, created: this.created, model}, [choice]);
  }

  /** Ends every open choice as filtered, then the stream. */
  refusal({id, model}: ResponseIdentity): string {
    const open = [...this.choices.values()].filter((choice) => !choice.finished).map((choice) => choice.index);
    const indexes = this.choices.size > 0 ? open : [0];
    const choices = indexes.map((index) => ({index, delta: {}, finish_reason: 'content_filter'}));
    const end = 'data: [DONE]\n\n';
    return choices.length > 0 ? chunk({id, created: this.created, model}, choices) + end : end;
  }

  private readChoice(node: JsonNode, index: number, gathered: Gathered, data: string): void {
    const choice = this.choice(index);
    const delta = member(node, 'delta');
    for (const field of TEXT_FIELDS) {
      const text = member(delta, field);
      if (text !== undefined) this.readText(choice, field, text, gathered);
    }
    const transcript = member(member(delta, 'audio'), 'transcript');
    if (transcript?.kind === 'string') {
      this.take(gathered, choice, 'audio.transcript', transcript, (text) => ({audio: {transcript: text}}));
    }
    const called = member(member(delta, 'function_call'), 'arguments');
    if (called?.kind === 'string') {
      this.take(gathered, choice, 'function_call', called, (text) => ({function_call: {arguments: text}}));
    }
    for (const call of itemsOf(member(delta, 'tool_calls'))) this.readCall(choice, call, gathered, data);
    gathered.stale.push(...staleOf(node));
    const reason = stringMember(node, 'finish_reason');
    if (reason === undefined) return;
    gathered.finishReasons.push(reason);
    gathered.ends.push(...choice.lanes);
    this.finishing.push(choice);
  }

  /** A text field: a string, or (Mistral) an array of parts. */
  private readText(choice: Choice, field: string, node: JsonNode, gathered: Gathered): void {
    const delta = (text: string) => ({[field]: text});
    if (node.kind === 'string') this.take(gathered, choice, field, node, delta);
    for (const part of itemsOf(node)) {
      const text = member(part, 'text');
      if (text?.kind === 'string') this.take(gathered, choice, field, text, delta);
    }
  }

  /** A fragment of a tool call, found by index; where servers give all calls the same index or none, by a new id. */
  private readCall(choice: Choice, node: JsonNode, gathered: Gathered, data: string): void {
    const given = indexMember(data, node);
    const index = given ?? -1;
    const id = stringMember(node, 'id') ?? '';
    let call = choice.calls.get(index);
    if (call === undefined || (id !== '' && call.id !== '' && id !== call.id)) {
      if (call !== undefined) gathered.ends.push(call.lane);
      call = {id, lane: `${choice.index}/call.${choice.callCount++}`};
      choice.calls.set(index, call);
    }
    call.id ||= id;
    const at = given === undefined ? {} : {index: given};
    const called = member(member(node, 'function'), 'arguments');
    if (called?.kind === 'string') {
      const delta = (text: string) => ({tool_calls: [{...at, function: {arguments: text}}]});
      this.takeIn(gathered, choice, call.lane, 'json', called, delta);
    }
    const input = member(member(node, 'custom'), 'input');
    if (input?.kind === 'string') {
      const delta = (text: string) => ({tool_calls: [{...at, custom: {input: text}}]});
      this.takeIn(gathered, choice, `${call.lane}.input`, 'text', input, delta);
    }
  }

  private take(
    gathered: Gathered,
    choice: Choice,
    field: string,
    node: JsonNode & {kind: 'string'},
    delta: LaneAddress['delta'],
  ): void {
    const content = field === 'function_call' ? 'json' : 'text';
    this.takeIn(gathered, choice, `${choice.index}/${field}`, content, node, delta);
  }

  private takeIn(
    gathered: Gathered,
    choice: Choice,
    lane: string,
    content: 'text' | 'json',
    node: JsonNode & {kind: 'string'},
    delta: LaneAddress['delta'],
  ): void {
    if (!this.addresses.has(lane)) {
      this.addresses.set(lane, {choice: choice.index, delta});
      choice.lanes.push(lane);
    }
    gathered.pieces.push({lane, content, piece: stringPiece(node)});
  }

  private choice(index: number): Choice {
    let choice = this.choices.get(index);
    if (choice === undefined) {
      choice = {index, finished: false, lanes: [], calls: new Map(), callCount: 0};
      this.choices.set(index, choice);
    }
    return choice;
  }
}

function chunk(identity: {id: string; created: number; model: string}, choices: readonly object[]): string {
  const {id, created, model} = identity;
  return `data: ${JSON.stringify({id, object: 'chat.completion.chunk', created, model, choices})}\n\n`;
}

/** Strings here are lanes; anything else is text like any other. */
const laneText: Handler = (node, collector) => {
  if (node.kind !== 'string') collector.walk(node, 'response');
};

/** Parts of a text field: their `text` is a lane, the rest is text. */
const laneParts: Handler = (node, collector) => {
  if (node.kind === 'array') for (const part of node.items) collector.object(part, LANE_PART, 'response');
  else laneText(node, collector, 'response');
};

const passed: Handler = () => {
  // Sound holds no text.
};

const LANE_PART: Shape = new Map<string, Handler>([
  ['type', oneOf('text', 'thinking', 'reference')],
  ['text', laneText],
]);
const CALLED: Shape = new Map<string, Handler>([
  ['name', walkAs('toolCall')],
  ['arguments', laneText],
  ['input', laneText],
]);
const TOOL_CALL: Shape = new Map<string, Handler>([
  ['index', figure],
  ['id', walkAs('other')],
  ['type', oneOf('function', 'custom')],
  ['function', shaped(CALLED, 'toolCall')],
  ['custom', shaped(CALLED, 'toolCall')],
]);
const AUDIO: Shape = new Map<string, Handler>([
  ['id', walkAs('other')],
  ['data', passed],
  ['expires_at', figure],
  ['transcript', laneText],
]);
const DELTA: Shape = new Map<string, Handler>([
  ['role', oneOf('assistant')],
  ...TEXT_FIELDS.map((field): [string, Handler] => [field, laneParts]),
  ['tool_calls', each(TOOL_CALL, 'toolCall')],
  ['function_call', shaped(CALLED, 'toolCall')],
  ['audio', shaped(AUDIO, 'response')],
  ['annotations', walkAs('response')],
]);
const CHOICE: Shape = new Map<string, Handler>([
  ['index', figure],
  ['delta', shaped(DELTA, 'response')],
  ['finish_reason', oneOf(...FINISH_REASONS)],
  ['logprobs', walkAs('response')],
]);
const CHUNK: Shape = new Map<string, Handler>([
  ['id', walkAs('other')],
  ['object', oneOf('chat.completion.chunk')],
  ['created', figure],
  ['model', walkAs('other')],
  ['choices', each(CHOICE, 'response')],
  ['usage', figures],
  ['system_fingerprint', walkAs('other')],
  ['service_tier', walkAs('other')],
  ['obfuscation', walkAs('other')],
  ['error', walkAs('response')],
]);
