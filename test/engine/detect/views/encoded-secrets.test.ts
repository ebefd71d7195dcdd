import test from 'ava';
import {decideRequest} from '../../../../engine/decide/decide-request.ts';
import {guardResponse} from '../../../../engine/dialect/guard-response.ts';
import {DIALECTS} from '../../../../engine/dialect/index.ts';
import {createStreamGuard} from '../../../../engine/dialect/stream-guard.ts';
import {bundleFrom} from '../../../support/bundle-from.ts';
import {given, PROVIDER, policy} from '../../decide/given.ts';

/** Looks like a key of the policy's own; its value is nobody's. */
const KEY = `acme-${'fake0'.repeat(5)}`;

const RULE = '{name: keys, on: [request, response], find: {patterns: ["acme-[a-z0-9]{25}"]}, action: mask}';

const ENCODED: Record<string, string> = {
  base64: Buffer.from(KEY).toString('base64').replaceAll('=', ''),
  percent: Buffer.from(KEY).toString('hex').replaceAll(/../g, '%$&'),
  fullWidth: KEY.replaceAll(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
  zeroWidth: Array.from(KEY).join('\u200b'),
  cyrillic: KEY.replaceAll('a', 'а').replaceAll('e', 'е').replaceAll('c', 'с'),
  nestedEscapes: Array.from(KEY, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join(''),
};

function setUp() {
  const bundle = bundleFrom(PROVIDER, policy('a', RULE));
  const plan = decideRequest(bundle, given()).response;
  const dialect = DIALECTS.openai;
  const route = dialect.route('POST', '/v1/chat/completions');
  if (plan === undefined || route === undefined) throw new Error('the policy looks at no response');
  return {bundle, guard: {dialect, route, matcher: bundle.matcher, plan}};
}

/** Arguments of a tool call whose value is a JSON document of its own. */
function argumentsOf(secret: string): string {
  return JSON.stringify({body: `{"note":"see ${secret} there"}`});
}

for (const [name, secret] of Object.entries(ENCODED)) {
  test(`a key in ${name} is masked in a request`, (t) => {
    const text = `see ${secret} there`;
    const {edits} = decideRequest(setUp().bundle, given({prompts: [text]}));
    t.deepEqual(
      edits.map(({start, end}) => text.slice(start, end)),
      [secret],
    );
  });

  test(`a key in ${name} is masked in a JSON response and in the arguments of its tool call`, (t) => {
    const call = {id: 'c1', type: 'function', function: {name: 'send', arguments: argumentsOf(secret)}};
    const message = {role: 'assistant', content: `see ${secret} there`, tool_calls: [call]};
    const body = JSON.stringify({id: 'x', object: 'chat.completion', choices: [{index: 0, message}]});
    const guarded = guardResponse({...setUp().guard, body}).body;
    t.false(guarded.includes(JSON.stringify(secret).slice(1, -1)));
    t.is(guarded.split('[REDACTED:keys]').length, 3);
    t.notThrows(() => JSON.parse(guarded) as unknown);
  });

  test(`a key in ${name} is masked in a live stream and in the arguments of its tool call`, (t) => {
    const event = (delta: object): string =>
      `data: ${JSON.stringify({id: 'x', object: 'chat.completion.chunk', choices: [{index: 0, delta}]})}\n\n`;
    const content = Array.from(`see ${secret} there`, (letter) => event({content: letter}));
    const call = Array.from(argumentsOf(secret), (letter, index) =>
      event({
        tool_calls: [{index: 0, ...(index === 0 ? {id: 'c1', type: 'function'} : {}), function: {arguments: letter}}],
      }),
    );
    const guard = createStreamGuard(setUp().guard);
    const out = [...content, ...call, 'data: [DONE]\n\n'].map((chunk) => guard.push(Buffer.from(chunk)));
    const stream = Buffer.concat([...out, guard.end().bytes]).toString();
    const deltas = Array.from(stream.matchAll(/^data: (\{.*\})$/gm), ([, json = '']) => JSON.parse(json) as Chunk);
    t.is(deltas.map(({choices}) => choices[0]?.delta?.content ?? '').join(''), 'see [REDACTED:keys] there');
    const sent = deltas.map(({choices}) => choices[0]?.delta?.tool_calls?.[0]?.function.arguments ?? '').join('');
    t.deepEqual(JSON.parse(sent), {body: '{"note":"see [REDACTED:keys] there"}'});
  });
}

interface Chunk {
  choices: {delta?: {content?: string; tool_calls?: {function: {arguments: string}}[]}}[];
}
