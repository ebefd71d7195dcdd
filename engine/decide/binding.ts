import {createHash, type Hash} from 'node:crypto';
import type {HoldBinding} from '../../proto/gen/weir/agent/v1/hold.ts';
import type {CallerFacts, DialectName, Operation} from '../exchange.ts';

/** What an approval of a request is bound to beside its text. */
export interface BoundRequest {
  /** The masked body, as it would be sent. */
  body: string;
  /** Where each conversation message stands in the masked body, in order. */
  messages: readonly {start: number; end: number}[];
  /** What goes to the provider beside the body and changes what it does. */
  parameters: readonly string[];
  caller: CallerFacts;
  /** Name of the agent's group. */
  agentGroup: string;
  provider: string;
  dialect: DialectName;
  operation: Operation;
  model: string;
}

/**
 * The digests that decide what an approval of this request covers.
 *
 * `scope` changes with anything outside of the messages: a parameter, the system text, a tool, the caller, the model.
 * `prefix[i]` changes with anything in messages 0…i; appending messages keeps it.
 * What only separates two messages (a comma, white space) is in neither: a conversation that grows has more of it.
 */
export function bindingOf(request: BoundRequest): HoldBinding {
  const {body, messages} = request;
  const scope = createHash('sha256').update('weir/hold/scope/v1\n');
  for (const fact of facts(request)) add(scope, fact);
  const prefix: Buffer[] = [];
  let covered = createHash('sha256').update('weir/hold/prefix/v1\n').digest();
  let from = 0;
  for (const [index, {start, end}] of messages.entries()) {
    const gap = body.slice(from, start);
    if (index === 0 || !/^\s*,\s*$/.test(gap)) add(scope, gap);
    const step = createHash('sha256').update(covered);
    add(step, body.slice(start, end));
    covered = step.digest();
    prefix.push(covered);
    from = end;
  }
  add(scope, body.slice(from));
  return {scope: scope.digest(), prefix, body: createHash('sha256').update(body).digest()};
}

function* facts(request: BoundRequest): Iterable<string> {
  const {caller, agentGroup, provider, dialect, operation, model, parameters} = request;
  yield* [caller.kind, caller.authority, caller.subject];
  yield* list(caller.groups);
  yield* list(caller.datasets);
  yield* [agentGroup, provider, dialect, operation, model];
  yield* list(parameters);
}

/** Counted, so that no text can move from one list into the next; sorted, as their order means nothing. */
function list(texts: readonly string[]): string[] {
  return [String(texts.length), ...texts.toSorted()];
}

/** Length first, so that no two sequences of texts hash alike. */
function add(hash: Hash, text: string): void {
  hash.update(`${Buffer.byteLength(text)}:`).update(text);
}
