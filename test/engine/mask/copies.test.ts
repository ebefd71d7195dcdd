import test from 'ava';
import fc from 'fast-check';
import {guardResponse} from '../../../engine/dialect/guard-response.ts';
import {DIALECTS} from '../../../engine/dialect/index.ts';
import {createStreamGuard} from '../../../engine/dialect/stream-guard.ts';
import {dataOf} from '../dialect/support/client-view.ts';
import {nothing} from '../dialect/support/plans.ts';
import {nearSecrets} from './near-secrets.ts';
import {CATALOGUE, cut, cuttings, masked, ruleSet} from './support.ts';

const catalogue = ruleSet(CATALOGUE);
const {matcher, active: finders, treatmentOf} = catalogue;
const plan = {...nothing().plan, finders, plainFinders: finders, treatmentOf};

/** What a client has of a lane: the deltas that came before its end, and a copy of its text that came later. */
interface Received {
  joined: string;
  copy: string | undefined;
}

interface Format {
  name: 'openai' | 'anthropic';
  path: string;
  /** A stream of a text, with a copy of it at the end. */
  events: (deltas: readonly string[], copy: string) => object[];
  /** The same answer, whole. */
  answer: (text: string) => object;
  received: (events: readonly unknown[]) => Received;
  textOf: (answer: unknown) => string;
}

interface Chunk {
  choices: {delta: {content?: string}; finish_reason: string | null; message?: {content: string}}[];
}
interface BlockEvent {
  type: string;
  delta?: {text?: string};
  message?: {content: {text: string}[]};
}

const FORMATS: readonly Format[] = [
  {
    name: 'openai',
    path: '/v1/chat/completions',
    events: (deltas, copy) => {
      const chunk = (choice: object) => ({
        ...{id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm'},
        choices: [{index: 0, ...choice}],
      });
      const message = {role: 'assistant', content: copy};
      return [
        ...deltas.map((content) => chunk({delta: {content}, finish_reason: null})),
        chunk({delta: {}, finish_reason: 'stop', message}),
      ];
    },
    answer: (content) => ({
      ...{id: 'c', object: 'chat.completion', created: 1, model: 'm'},
      choices: [{index: 0, message: {role: 'assistant', content}, finish_reason: 'stop'}],
    }),
    received: (events) => {
      const received: Received = {joined: '', copy: undefined};
      let isOver = false;
      for (const [choice] of (events as Chunk[]).map(({choices}) => choices)) {
        if (choice === undefined) continue;
        if (!isOver) received.joined += choice.delta.content ?? '';
        isOver ||= choice.finish_reason !== null;
        received.copy ??= choice.message?.content;
      }
      return received;
    },
    textOf: (answer) => (answer as {choices: {message: {content: string}}[]}).choices[0]?.message.content ?? '',
  },
  {
    name: 'anthropic',
    path: '/v1/messages',
    events: (deltas, copy) => [
      {type: 'content_block_start', index: 0, content_block: {type: 'text', text: ''}},
      ...deltas.map((text) => ({type: 'content_block_delta', index: 0, delta: {type: 'text_delta', text}})),
      {type: 'content_block_stop', index: 0},
      {type: 'message_delta', delta: {stop_reason: 'end_turn', stop_sequence: null}, usage: {output_tokens: 1}},
      {type: 'message_stop', message: {content: [{type: 'text', text: copy}]}},
    ],
    answer: (text) => ({
      ...{id: 'm', type: 'message', role: 'assistant', model: 'm', content: [{type: 'text', text}]},
      ...{stop_reason: 'end_turn', stop_sequence: null, usage: {input_tokens: 1, output_tokens: 1}},
    }),
    received: (events) => {
      const received: Received = {joined: '', copy: undefined};
      let isOver = false;
      for (const {type, delta, message} of events as BlockEvent[]) {
        if (type === 'content_block_delta' && !isOver) received.joined += delta?.text ?? '';
        isOver ||= type === 'content_block_stop';
        received.copy ??= message?.content[0]?.text;
      }
      return received;
    },
    textOf: (answer) => (answer as {content: {text: string}[]}).content[0]?.text ?? '',
  },
];

function asStream(events: readonly object[]): Buffer {
  return Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
}

for (const {name, path, events, answer, received, textOf} of FORMATS) {
  const dialect = DIALECTS[name];
  const route = dialect.route('POST', path);

  const guarded = (text: string, lengths: readonly number[]): Received => {
    if (route === undefined) throw new Error(`there is no route for ${path}`);
    const guard = createStreamGuard({dialect, route, matcher, plan});
    const out = [guard.push(asStream(events(cut(text, lengths), text))), guard.end().bytes];
    return received(
      dataOf(Buffer.concat(out).toString()).flatMap((data): unknown[] => (data === '[DONE]' ? [] : [JSON.parse(data)])),
    );
  };

  test(`deltas of ${name}, a copy of them and the whole answer agree`, (t) => {
    t.notThrows(() => {
      fc.assert(
        fc.property(nearSecrets, cuttings, (text, lengths) => {
          if (route === undefined || text === '') return true;
          const {joined, copy} = guarded(text, lengths);
          const whole = guardResponse({dialect, route, matcher, plan, body: JSON.stringify(answer(text))});
          const expected = masked(catalogue, text);
          return joined === expected && copy === expected && textOf(JSON.parse(whole.body)) === expected;
        }),
        {numRuns: 1000},
      );
    });
  });

  const text = 'write to jane.doe@example.com';
  const isAsMasked = (sent: readonly object[]): boolean => {
    const {joined, copy} = received(sent);
    return joined === masked(catalogue, text) && copy === joined;
  };

  test(`the property tells a guard of ${name} that leaves copies as they are`, (t) => {
    t.true(isAsMasked(events([masked(catalogue, text)], masked(catalogue, text))));
    t.false(isAsMasked(events([masked(catalogue, text)], text)));
  });

  test(`the property tells a guard of ${name} that sends the end before what it held`, (t) => {
    const [late = {}, ...others] = events(['write to ', '‹email›'], masked(catalogue, text)).toReversed();
    const held = others.find((event) => JSON.stringify(event).includes('‹email›')) ?? {};
    const mutated = [...others.toReversed().filter((event) => event !== held), late, held];
    t.false(isAsMasked(mutated));
    t.is(received(mutated).joined, 'write to ');
  });
}
