import {WeirError} from '../../lib/errors.ts';
import {each, figure, type Handler, oneOf, type Shape, shaped, stringPiece, TextCollector, walkAs} from './collect.ts';
import type {EventReading, LanePiece, ResponseIdentity, StreamReader} from './dialect.ts';
import {itemsOf, type JsonNode, member, membersOf, stringMember} from './json/node.ts';
import {scanJson} from './json/scan.ts';
import {sound} from './media.ts';
import {completionShape, finishReasonOf, readFacts, staleOf} from './openai-response.ts';
import {endOfStream, indexMember, limitTracked, RESPONSE, unseenOf} from './response.ts';

/** Fields of a delta whose fragments the client joins. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(['content', 'refusal', 'reasoning_content', 'reasoning']);
const DETAIL_FIELDS = ['text', 'summary'] as const;

/** How an event that carries text for a lane is written. */
interface LaneAddress {
  choice: number;
  delta: (text: string) => object;
}

interface ToolCall {
  id: string;
  lane: string;
  /** As far as it has been said. */
  name: string;
}

/** What has been seen of one choice. */
interface Choice {
  index: number;
  finished: boolean;
  lanes: string[];
  /** The call that a fragment with this index continues; -1 for fragments without one. */
  calls: Map<number, ToolCall>;
  /** Calls by index and id, also those that others have followed at their index. */
  named: Map<string, ToolCall>;
  /** Each call has a lane of its own, even where all of them share an index. */
  callCount: number;
  /** Of its one call without a list, as far as it has been said. */
  calledName: string;
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
    return {
      ...readFacts(data, root),
      ...gathered,
      runs: collector.runs,
      uninspectable: unseenOf(collector),
      last: false,
    };
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
    for (const [field, text] of membersOf(delta)) {
      if (TEXT_FIELDS.has(field) || !DELTA.has(field)) this.readText(choice, field, text, gathered);
    }
    for (const detail of itemsOf(member(delta, 'reasoning_details'))) this.readDetail(choice, detail, gathered, data);
    const transcript = member(member(delta, 'audio'), 'transcript');
    if (transcript?.kind === 'string') {
      this.take(gathered, choice, 'audio.transcript', transcript, (text) => ({audio: {transcript: text}}));
    }
    const call = member(delta, 'function_call');
    choice.calledName = nameAfter(choice.calledName, stringMember(call, 'name') ?? '');
    const called = member(call, 'arguments');
    if (called?.kind === 'string') {
      const kind = {lane: `${choice.index}/function_call`, content: 'json', tool: choice.calledName} as const;
      this.takeIn(gathered, choice, kind, called, (text) => ({function_call: {arguments: text}}));
    }
    for (const call of itemsOf(member(delta, 'tool_calls'))) this.readCall(choice, call, gathered, data);
    gathered.stale.push(...staleOf(node));
    const reasons = finishReasonOf(node);
    if (reasons.length === 0) return;
    gathered.finishReasons.push(...reasons);
    gathered.ends.push(...choice.lanes);
    this.finishing.push(choice);
  }

  /** A text field: a string, or (Mistral) an array of parts, where thinking holds parts of its own. */
  private readText(choice: Choice, field: string, node: JsonNode, gathered: Gathered): void {
    const delta = (text: string) => ({[field]: text});
    if (node.kind === 'string') this.take(gathered, choice, field, node, delta);
    if (!TEXT_FIELDS.has(field)) return;
    for (const part of itemsOf(node)) {
      const text = member(part, 'text');
      if (text?.kind === 'string') this.take(gathered, choice, field, text, delta);
      for (const thought of itemsOf(member(part, 'thinking'))) {
        const thinking = member(thought, 'text');
        if (thinking?.kind !== 'string') continue;
        this.take(gathered, choice, `${field}.thinking`, thinking, (more) => ({
          [field]: [{type: 'thinking', thinking: [{type: 'text', text: more}]}],
        }));
      }
    }
  }

  /** Reasoning as OpenRouter sends it: fragments of a text or summary, by index. */
  private readDetail(choice: Choice, node: JsonNode, gathered: Gathered, data: string): void {
    const index = indexMember(data, node) ?? 0;
    for (const field of DETAIL_FIELDS) {
      const text = member(node, field);
      if (text?.kind !== 'string') continue;
      this.take(gathered, choice, `reasoning_details.${index}.${field}`, text, (more) => ({
        reasoning_details: [{type: `reasoning.${field}`, index, [field]: more}],
      }));
    }
  }

  /** A fragment of a tool call, found by index; where servers give all calls the same index or none, by a new id. */
  private readCall(choice: Choice, node: JsonNode, gathered: Gathered, data: string): void {
    const given = indexMember(data, node);
    const index = given ?? -1;
    const id = stringMember(node, 'id') ?? '';
    let call = choice.calls.get(index);
    if (call === undefined || (id !== '' && call.id !== '' && id !== call.id)) {
      if (call !== undefined) gathered.ends.push(call.lane, `${call.lane}.input`);
      call = choice.named.get(`${index} ${id}`) ?? {
        id: '',
        lane: `${choice.index}/call.${choice.callCount++}`,
        name: '',
      };
      limitTracked(choice.calls);
      choice.calls.set(index, call);
    }
    if (call.id === '' && id !== '') {
      call.id = id;
      limitTracked(choice.named);
      choice.named.set(`${index} ${id}`, call);
    }
    const at = given === undefined ? {} : {index: given};
    const [plain, custom] = [member(node, 'function'), member(node, 'custom')];
    call.name = nameAfter(call.name, stringMember(plain, 'name') ?? stringMember(custom, 'name') ?? '');
    const called = member(plain, 'arguments');
    if (called?.kind === 'string') {
      const delta = (text: string) => ({tool_calls: [{...at, function: {arguments: text}}]});
      this.takeIn(gathered, choice, {lane: call.lane, content: 'json', tool: call.name}, called, delta);
    }
    const input = member(custom, 'input');
    if (input?.kind === 'string') {
      const delta = (text: string) => ({tool_calls: [{...at, custom: {input: text}}]});
      this.takeIn(gathered, choice, {lane: `${call.lane}.input`, content: 'text', tool: call.name}, input, delta);
    }
  }

  private take(
    gathered: Gathered,
    choice: Choice,
    field: string,
    node: JsonNode & {kind: 'string'},
    delta: LaneAddress['delta'],
  ): void {
    this.takeIn(gathered, choice, {lane: `${choice.index}/${field}`, content: 'text'}, node, delta);
  }

  private takeIn(
    gathered: Gathered,
    choice: Choice,
    kind: Omit<LanePiece, 'piece'>,
    node: JsonNode & {kind: 'string'},
    delta: LaneAddress['delta'],
  ): void {
    const {lane} = kind;
    if (!this.addresses.has(lane)) {
      limitTracked(this.addresses);
      this.addresses.set(lane, {choice: choice.index, delta});
      choice.lanes.push(lane);
    }
    gathered.pieces.push({...kind, piece: stringPiece(node)});
  }

  private choice(index: number): Choice {
    let choice = this.choices.get(index);
    if (choice === undefined) {
      limitTracked(this.choices);
      choice = {index, finished: false, lanes: [], calls: new Map(), named: new Map(), callCount: 0, calledName: ''};
      this.choices.set(index, choice);
    }
    return choice;
  }
}

/** A name is whole in one fragment, is repeated by some servers, and is put together by clients where it is neither. */
function nameAfter(before: string, more: string): string {
  return more === before ? before : before + more;
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

/** Fields of a delta that are whole in every event. */
const LABELS = ['id', 'type', 'name', 'channel', 'recipient', 'author', 'status', 'tool_call_id'] as const;
const LANE_PART: Shape = new Map<string, Handler>([
  ['type', oneOf('text', 'thinking', 'reference')],
  ['text', laneText],
  [
    'thinking',
    each(
      new Map<string, Handler>([
        ['type', oneOf('text')],
        ['text', laneText],
      ]),
      'response',
    ),
  ],
  ['closed', walkAs('other')],
]);
const REASONING_DETAIL: Shape = new Map<string, Handler>([
  ['type', walkAs('other')],
  ['index', figure],
  ['format', walkAs('other')],
  ...DETAIL_FIELDS.map((field): [string, Handler] => [field, laneText]),
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
  ['data', sound],
  ['expires_at', figure],
  ['transcript', laneText],
]);
/** A string under a key that is not here is taken for one more text that the client joins. */
const DELTA: Shape = new Map<string, Handler>([
  ['role', oneOf('assistant')],
  ...LABELS.map((field): [string, Handler] => [field, walkAs('other')]),
  ...Array.from(TEXT_FIELDS, (field): [string, Handler] => [field, laneParts]),
  ['tool_calls', each(TOOL_CALL, 'toolCall')],
  ['function_call', shaped(CALLED, 'toolCall')],
  ['audio', shaped(AUDIO, 'response')],
  ['annotations', walkAs('response')],
  ['reasoning_details', each(REASONING_DETAIL, 'response')],
]);
const CHUNK = completionShape('chat.completion.chunk', ['delta', shaped(DELTA, 'response', laneText)]);
