import test from 'ava';
import {decideRequest} from '../../../engine/decide/decide-request.ts';
import type {ExternalAnswer, ExternalFacts} from '../../../engine/detect/external/external-facts.ts';
import {Action} from '../../../proto/gen/weir/record/v1/record.ts';
import {bundleFrom} from '../../support/bundle-from.ts';
import {given, PROVIDER, policy, run} from './given.ts';

function detector(name: string, more = ''): string {
  return `
apiVersion: weir/v1
kind: Detector
metadata: { name: ${name} }
spec: { external: { url: "http://127.0.0.1:5002", entities: [PERSON, US_SSN]${more} } }
`;
}

const MASK = '{name: persons, find: {detectors: [names]}, action: mask}';
const DOCUMENTS = [PROVIDER, detector('names'), detector('lenient', ', onFailure: ignore')];
const FAILED: ExternalAnswer = {kind: 'failed'};

/** Says that each of these texts, wherever it stands, is a person. */
function naming(...names: string[]): ExternalFacts {
  return {
    answerOf: (_analyzer, text) => ({
      kind: 'found',
      spans: names.flatMap((name) => {
        const start = text.indexOf(name);
        return start === -1 ? [] : [{entity: 'PERSON', start, end: start + name.length, score: 0.9}];
      }),
    }),
  };
}

test('stated facts take part in a decision like any finding, and the same facts give the same decision', (t) => {
  const bundle = bundleFrom(
    ...DOCUMENTS,
    policy('people', `${MASK}, {name: mails, find: {detectors: [email]}, action: mask}`),
  );
  const input = {...given({prompts: ['ask Ada at ada@example.com']}), external: naming('Ada at ada')};
  const decision = decideRequest(bundle, input);
  // Overlapping findings of two rules become one, called after the one that starts first.
  t.deepEqual(decision.edits, [{run: 0, start: 4, end: 26, token: '[REDACTED:person]'}]);
  t.is(decision.verdict.action, Action.MASK);
  t.deepEqual(decideRequest(bundle, input).verdict, decision.verdict);
});

test('where nothing was gathered nothing was answered: the request is blocked and its text is not kept', (t) => {
  const bundle = bundleFrom(...DOCUMENTS, policy('people', MASK));
  const decision = decideRequest(bundle, given({prompts: ['ask Ada']}));
  t.like(decision.block, {status: 503, code: 'external_detector_failed'});
  t.deepEqual(
    decision.edits.map(({start, end}) => ({start, end})),
    [{start: 0, end: 7}],
  );
  t.is(decision.response, undefined);
});

test('what blocks for good comes before what can be tried again', (t) => {
  const blocking = '{name: nightfall, find: {keywords: [nightfall]}, action: block}';
  const bundle = bundleFrom(...DOCUMENTS, policy('people', `${MASK}, ${blocking}`));
  t.is(decideRequest(bundle, given({prompts: ['nightfall']})).block?.code, 'blocked');
});

test('of two detectors only the one whose failures may be ignored lets a text pass', (t) => {
  const facts = (failing: string): ExternalFacts => ({
    answerOf: ({detector: name}) => (name === failing ? FAILED : {kind: 'found', spans: []}),
  });
  const rules = `${MASK}, {name: both, find: {detectors: [names, lenient]}, action: mask}`;
  const bundle = bundleFrom(...DOCUMENTS, policy('people', rules));
  const input = given({prompts: ['ask Ada']});
  t.is(decideRequest(bundle, {...input, external: facts('names')}).block?.code, 'external_detector_failed');
  const passed = decideRequest(bundle, {...input, external: facts('lenient')});
  t.is(passed.block, undefined);
  t.deepEqual(passed.edits, []);
  t.is(passed.verdict.action, Action.ALLOW);
  t.deepEqual(
    passed.verdict.rules.map(({rule, findings}) => [rule, findings]),
    [['both', [{finding: 'unanswered:lenient', place: 'prompt', count: 1}]]],
  );
});

test("a rule that exempts, or only watches, stops nothing with its detector's failure", (t) => {
  for (const rule of [
    MASK.replace('action: mask', 'action: allow'),
    MASK.replace('}, action', '}, mode: shadow, action'),
  ]) {
    const bundle = bundleFrom(
      ...DOCUMENTS,
      policy('people', `${rule}, {name: other, find: {keywords: [x]}, action: mask}`),
    );
    t.is(decideRequest(bundle, given({prompts: ['ask Ada']})).verdict.action, Action.ALLOW, `with ${rule}`);
  }
});

test("a rule's threshold is asked of the analyzer's score", (t) => {
  const facts: ExternalFacts = {
    answerOf: (_analyzer, text) => ({
      kind: 'found',
      spans: [{entity: 'US_SSN', start: 0, end: text.length, score: 0.7}],
    }),
  };
  const edits = (threshold: number) => {
    const rule = `{name: ids, find: {detectors: [names], threshold: ${threshold}}, action: mask}`;
    const bundle = bundleFrom(...DOCUMENTS, policy('people', rule));
    return decideRequest(bundle, {...given({prompts: ['x']}), external: facts}).edits.map(({token}) => token);
  };
  t.deepEqual(edits(0.7), ['[REDACTED:us-ssn]']);
  t.deepEqual(edits(0.8), []);
});

test('only texts of places that a rule looks at are asked for', (t) => {
  const asked = (rule: string): string[] => {
    const texts: string[] = [];
    const external: ExternalFacts = {
      answerOf: (_analyzer, text) => {
        texts.push(text);
        return {kind: 'found', spans: []};
      },
    };
    const runs = (['system', 'prompt', 'toolCall', 'toolDefinition', 'metadata', 'other'] as const).map((place) =>
      run(place, place),
    );
    decideRequest(bundleFrom(...DOCUMENTS, policy('people', rule)), {...given({request: {runs}}), external});
    return texts;
  };
  t.deepEqual(asked(MASK), ['system', 'prompt', 'toolCall']);
  t.deepEqual(asked(MASK.replace('[names]', '[names], in: [metadata, prompt]')), ['prompt', 'metadata']);
  t.deepEqual(asked(MASK.replace('find', 'callers: {groups: [other]}, find')), []);
});
