import test from 'ava';
import fc from 'fast-check';
import {createResponsePlan} from '../../../engine/decide/response-plan.ts';
import {DETECTORS} from '../../../engine/detect/catalogue.ts';
import {guardResponse} from '../../../engine/dialect/guard-response.ts';
import {DIALECTS} from '../../../engine/dialect/index.ts';
import {createStreamGuard} from '../../../engine/dialect/stream-guard.ts';
import {compileRepository} from '../../../engine/language/compile.ts';
import {loadBundle} from '../../../engine/load-bundle.ts';
import {anthropicView} from './support/client-view.ts';
import {deltasOf} from './support/cuttings.ts';

const POLICY = `
apiVersion: weir/v1
kind: Policy
metadata: {name: everything, owner: security@example.com}
spec:
  rules:
    - name: everything
      on: [response]
      find: {detectors: [secrets, pii]}
      action: mask
`;

/** How an agent guards that masks all secrets and personal data. */
function product() {
  const compiled = compileRepository([{path: 'policies/everything.yaml', text: POLICY}]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const loaded = loadBundle({generation: 1n, digest: 'test', commit: 'test', documents: compiled.documents});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const {bundle} = loaded;
  const plan = createResponsePlan(bundle, bundle.policies.rules, 'anthropic');
  if (plan === undefined) throw new Error('no rule looks at responses');
  const route = {operation: 'chat', method: 'POST', upstreamPath: '/v1/messages'} as const;
  return {dialect: DIALECTS.anthropic, route, matcher: bundle.matcher, plan};
}

const guarding = product();

function streamed(blocks: readonly string[], lengths: readonly number[]): string[] {
  const frame = (type: string, more: object): string => `event: ${type}\ndata: ${JSON.stringify({type, ...more})}\n\n`;
  const events = blocks.flatMap((text, index) => [
    frame('content_block_start', {index, content_block: {type: 'text', text: ''}}),
    ...deltasOf(text, lengths).map((delta) =>
      frame('content_block_delta', {index, delta: {type: 'text_delta', text: delta}}),
    ),
    frame('content_block_stop', {index}),
  ]);
  const guard = createStreamGuard(guarding);
  const output = guard.push(Buffer.from(events.join('') + frame('message_stop', {})));
  const {texts} = anthropicView(output.toString() + guard.end().bytes.toString());
  return blocks.map((_, index) => texts[`${index}/text`] ?? '');
}

function whole(blocks: readonly string[]): string[] {
  const body = JSON.stringify({type: 'message', content: blocks.map((text) => ({type: 'text', text}))});
  const {content} = JSON.parse(guardResponse({...guarding, body}).body) as {content: {text: string}[]};
  return content.map(({text}) => text);
}

const example = fc.constantFrom(...DETECTORS.flatMap(({examples}) => examples));
const lengths = fc.array(fc.integer({min: 1, max: 60}), {minLength: 1, maxLength: 6});

test('what a detector finds is masked alike in blocks of a stream and of a whole answer, wherever they part it', (t) => {
  fc.assert(
    fc.property(example, lengths, lengths, (text, blockLengths, deltaLengths) => {
      const blocks = deltasOf(`He said ${text} and left.`, blockLengths);
      t.deepEqual(streamed(blocks, deltaLengths), whole(blocks));
    }),
    {numRuns: 800},
  );
});
