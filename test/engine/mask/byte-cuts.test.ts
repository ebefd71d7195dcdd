import test from 'ava';
import fc from 'fast-check';
import {DIALECTS} from '../../../engine/dialect/index.ts';
import {createStreamGuard} from '../../../engine/dialect/stream-guard.ts';
import {anthropicView, openAiView} from '../dialect/support/client-view.ts';
import {cutAt} from '../dialect/support/cuttings.ts';
import {nothing} from '../dialect/support/plans.ts';
import {nearSecrets} from './near-secrets.ts';
import {CATALOGUE, cut, cuttings, masked, ruleSet} from './support.ts';

const TEXTS = 700;
const CUTTINGS = 10;

const catalogue = ruleSet(CATALOGUE);
const {matcher, active: finders, treatmentOf} = catalogue;
const plan = {...nothing().plan, finders, plainFinders: finders, treatmentOf};

/** Streams of one text, as each dialect sends them, and what a client reads from them. */
const STREAMS = [
  {
    dialect: DIALECTS.openai,
    route: {operation: 'chat', method: 'POST', upstreamPath: '/chat/completions'},
    bytes: (deltas: readonly string[]) => {
      const chunk = (delta: object, finish: string | null) => ({
        ...{id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm'},
        choices: [{index: 0, delta, finish_reason: finish}],
      });
      const events = [...deltas.map((content) => chunk({content}, null)), chunk({}, 'stop')];
      return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`;
    },
    textOf: (stream: string) => openAiView(stream).texts['0/content'] ?? '',
  },
  {
    dialect: DIALECTS.anthropic,
    route: {operation: 'chat', method: 'POST', upstreamPath: '/v1/messages'},
    bytes: (deltas: readonly string[]) => {
      const events = [
        {type: 'content_block_start', index: 0, content_block: {type: 'text', text: ''}},
        ...deltas.map((text) => ({type: 'content_block_delta', index: 0, delta: {type: 'text_delta', text}})),
        {type: 'content_block_stop', index: 0},
        {type: 'message_stop'},
      ];
      return events.map((event) => `event: ${event.type}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`).join('');
    },
    textOf: (stream: string) => anthropicView(stream).texts['0/text'] ?? '',
  },
] as const;

for (const {dialect, route, bytes, textOf} of STREAMS) {
  test(`${TEXTS * CUTTINGS} random cuttings of the bytes of ${dialect.name} are masked like the whole text`, (t) => {
    const byteCuttings = fc.array(cuttings, {minLength: CUTTINGS, maxLength: CUTTINGS});
    t.notThrows(() => {
      fc.assert(
        fc.property(nearSecrets, cuttings, byteCuttings, (text, lengths, byteLengths) => {
          // Bytes cannot carry half a pair: JSON escapes it, and the client joins the halves again.
          const stream = Buffer.from(bytes(cut(text, lengths)));
          const whole = masked(catalogue, text);
          return byteLengths.every((sizes) => {
            const guard = createStreamGuard({dialect, route, matcher, plan});
            const out = cutAt(stream, sizes).map((chunk) => guard.push(chunk));
            const {bytes: rest, complete} = guard.end();
            return complete && textOf(Buffer.concat([...out, rest]).toString()) === whole;
          });
        }),
        {numRuns: TEXTS},
      );
    });
  });
}
