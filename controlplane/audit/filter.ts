import {WeirError} from '../../lib/errors.ts';
import {Action, Outcome} from '../../proto/gen/weir/record/v1/record.ts';
import type {Condition, ExchangeField, Operator, SessionField} from '../store/condition.ts';
import {type Token, tokensOf} from './filter-tokens.ts';

/** What may be asked of a field. */
type FieldType =
  | {type: 'text' | 'list' | 'prefix' | 'number' | 'time'}
  | {type: 'enum'; names: Readonly<Record<string, number>>};

type Fields<Field extends string> = Readonly<Record<Field, FieldType>>;

/** Fields of ListExchanges; see weir/audit/v1/audit.proto. */
export const EXCHANGE_FIELDS: Fields<ExchangeField> = {
  exchange_id: {type: 'text'},
  session_id: {type: 'text'},
  'caller.subject': {type: 'text'},
  'caller.group': {type: 'list'},
  agent: {type: 'text'},
  provider: {type: 'text'},
  model: {type: 'text'},
  operation: {type: 'text'},
  verdict: {type: 'enum', names: Action},
  outcome: {type: 'enum', names: Outcome},
  rule: {type: 'list'},
  // A commit is found by any leading part of it, as in Git.
  commit: {type: 'prefix'},
  status: {type: 'number'},
  started_at: {type: 'time'},
  input_tokens: {type: 'number'},
  output_tokens: {type: 'number'},
};

/** Fields of ListSessions. */
export const SESSION_FIELDS: Fields<SessionField> = {
  session_id: {type: 'text'},
  'caller.subject': {type: 'text'},
  agent: {type: 'list'},
  provider: {type: 'list'},
  model: {type: 'list'},
  started_at: {type: 'time'},
};

const MAX_FILTER_LENGTH = 4096;
const MAX_DEPTH = 32;

/**
 * Parses an AIP-160 filter: comparisons joined by AND, OR, NOT (or `-`) and parentheses; OR binds tighter than AND.
 *
 * A text may end in `*`: it then matches everything that starts so. Times are RFC 3339.
 *
 * @returns undefined for an empty filter.
 * @throws WeirError INVALID_ARGUMENT with the column where it goes wrong.
 */
export function parseFilter<Field extends string>(text: string, fields: Fields<Field>): Condition<Field> | undefined {
  if (text.trim() === '') return undefined;
  if (text.length > MAX_FILTER_LENGTH) {
    throw new WeirError(
      'INVALID_ARGUMENT',
      `the filter has ${text.length} characters; ${MAX_FILTER_LENGTH} are the limit`,
    );
  }
  return new FilterParser(tokensOf(text), fields).parse();
}

/** The error for something at a column, counted from 1. */
function problem(token: Token, message: string): WeirError {
  return new WeirError('INVALID_ARGUMENT', `filter, column ${token.column}: ${message}`);
}

class FilterParser<Field extends string> {
  readonly #tokens: readonly Token[];
  readonly #fields: Fields<Field>;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], fields: Fields<Field>) {
    this.#tokens = tokens;
    this.#fields = fields;
  }

  parse(): Condition<Field> {
    const condition = this.#all();
    const rest = this.#peek();
    if (rest.kind !== 'end') throw problem(rest, `"${rest.text}" is not expected here`);
    return condition;
  }

  /** Terms joined by AND, or just standing next to each other. */
  #all(): Condition<Field> {
    const of = [this.#any()];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'end' || token.text === ')') break;
      if (isWord(token, 'AND')) this.#next();
      of.push(this.#any());
    }
    return of.length === 1 && of[0] !== undefined ? of[0] : {kind: 'and', of};
  }

  #any(): Condition<Field> {
    const of = [this.#term()];
    while (isWord(this.#peek(), 'OR')) {
      this.#next();
      of.push(this.#term());
    }
    return of.length === 1 && of[0] !== undefined ? of[0] : {kind: 'or', of};
  }

  #term(): Condition<Field> {
    const token = this.#next();
    if (++this.#depth > MAX_DEPTH) throw problem(token, `nested deeper than ${MAX_DEPTH}`);
    try {
      if (isWord(token, 'NOT') || token.kind === 'minus') return {kind: 'not', of: this.#term()};
      if (token.text === '(' && token.kind === 'sign') {
        const inner = this.#all();
        const close = this.#next();
        if (close.text !== ')' || close.kind !== 'sign') throw problem(close, '")" is missing');
        return inner;
      }
      return this.#comparison(token);
    } finally {
      this.#depth--;
    }
  }

  #comparison(name: Token): Condition<Field> {
    if (name.kind !== 'word') throw problem(name, 'a field is expected here, as in verdict = BLOCK');
    if (!this.#isField(name.text)) {
      throw problem(name, `there is no field "${name.text}"; fields are ${Object.keys(this.#fields).join(', ')}`);
    }
    const sign = this.#next();
    if (sign.kind !== 'operator') throw problem(sign, 'one of = != < <= > >= : is expected here');
    const value = this.#next();
    if (value.kind !== 'word' && value.kind !== 'text') throw problem(value, 'a value is expected here');
    return comparison(name.text, this.#fields[name.text], sign, value);
  }

  #isField(text: string): text is Field {
    return Object.hasOwn(this.#fields, text);
  }

  #peek(): Token {
    const token = this.#tokens[this.#at] ?? this.#tokens.at(-1);
    if (token === undefined) throw new WeirError('INTERNAL', 'a filter without an end');
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }
}

function comparison<Field extends string>(field: Field, type: FieldType, sign: Token, value: Token): Condition<Field> {
  const operator = operatorOf(type, sign);
  switch (type.type) {
    case 'number': {
      const number = Number(value.text);
      if (value.text === '' || !Number.isFinite(number)) throw problem(value, `${field} is a number`);
      return {kind: 'test', field, operator, value: number};
    }
    case 'time': {
      const atMs = Date.parse(value.text);
      if (!/^\d{4}-\d\d-\d\d/.test(value.text) || Number.isNaN(atMs)) {
        throw problem(value, `${field} is a time such as "2026-11-01T00:00:00Z"`);
      }
      return {kind: 'test', field, operator, value: atMs};
    }
    case 'enum': {
      const number = type.names[value.text.toUpperCase()];
      if (number === undefined)
        throw problem(value, `${field} is one of ${Object.keys(type.names).slice(1).join(', ')}`);
      return {kind: 'test', field, operator, value: number};
    }
    case 'text':
    case 'list':
    case 'prefix':
      return textComparison(field, type, {operator, value});
  }
}

function textComparison<Field extends string>(
  field: Field,
  type: FieldType,
  {operator, value}: {operator: Operator; value: Token},
): Condition<Field> {
  const star = value.text.indexOf('*');
  if (star < 0 && type.type !== 'prefix') return {kind: 'test', field, operator, value: value.text};
  if (star >= 0 && star < value.text.length - 1) throw problem(value, '* may stand at the end only');
  const condition: Condition<Field> = {kind: 'prefix', field, prefix: star < 0 ? value.text : value.text.slice(0, -1)};
  if (operator === '=') return condition;
  if (operator === '!=') return {kind: 'not', of: condition};
  throw problem(value, `${field} ${operator} does not go with a leading part`);
}

/** `:` asks whether a list has something; of anything else it means `=`. */
function operatorOf({type}: FieldType, sign: Token): Operator {
  const operator = sign.text === ':' ? '=' : (sign.text as Operator); // the tokens know these six only
  const isOrdered = type === 'number' || type === 'time' || type === 'text';
  if (!isOrdered && operator !== '=' && operator !== '!=') {
    throw problem(sign, `this field can be compared by = and != only`);
  }
  return operator;
}

function isWord(token: Token, word: string): boolean {
  return token.kind === 'word' && token.text === word;
}
