import test from 'ava';
import fc from 'fast-check';
import type {ExternalAnswer, ExternalSpan} from '../../../../engine/detect/external/external-facts.ts';
import {
  type AnyFinder,
  type ExternalAnalyzer,
  externalFinders,
} from '../../../../engine/detect/external/external-finder.ts';
import {statedMatcher} from '../../../../engine/detect/external/stated-matcher.ts';
import {WholeTextsOfRun} from '../../../../engine/detect/external/stated-scan.ts';
import type {Matcher} from '../../../../engine/detect/finder.ts';
import {compileMatcher} from '../../../../engine/detect/matcher.ts';
import {applyEdits, maskClusters} from '../../../../engine/mask/clusters.ts';
import type {Treatment} from '../../../../engine/mask/lane.ts';
import {createLaneMasker} from '../../../../engine/mask/lane-masker.ts';
import {finderOf} from '../regex/support.ts';

const ANALYZER: ExternalAnalyzer = {
  detector: 'names',
  url: 'http://127.0.0.1:1',
  language: 'en',
  entities: ['LOCATION', 'PERSON'],
  minScore: 0.2,
  timeoutMs: 1_000,
  maxConcurrent: 1,
  credential: undefined,
  onFailure: 'block',
};
const PATTERN = finderOf('a[ab]*=');
const FINDERS: readonly AnyFinder[] = [PATTERN, ...externalFinders('names', ANALYZER.entities, 0.5)];
const [LOCATION, PERSON, UNANSWERED] = [1, 2, 3];
const ALL = new Uint8Array(FINDERS.length).fill(1);
const treatmentOf = (id: number): Treatment => ({
  action: 'mask',
  token: `‹${FINDERS[id]?.label ?? ''}›`,
  priority: id,
});

const PLAIN = plainMatcher();

function plainMatcher(): Matcher {
  const compiled = compileMatcher([PATTERN]);
  if (!compiled.ok) throw new Error('the pattern of this test does not compile');
  return compiled.matcher;
}

type Answers = (text: string) => ExternalAnswer;

function matcherFor(answers: Answers, runs?: {before: WholeTextsOfRun | undefined; now: WholeTextsOfRun}): Matcher {
  return statedMatcher({
    matcher: PLAIN,
    finders: FINDERS,
    analyzers: new Map([['names', ANALYZER]]),
    facts: {answerOf: (_analyzer, text) => answers(text)},
    ...(runs !== undefined && {runs}),
  });
}

function span(entity: string, start: number, end: number, score = 0.9): ExternalSpan {
  return {entity, start, end, score};
}

const saying =
  (...spans: ExternalSpan[]): Answers =>
  () => ({kind: 'found', spans});

test('stated places stand beside what the matcher finds, by start', (t) => {
  const matcher = matcherFor(saying(span('PERSON', 0, 2), span('LOCATION', 7, 9)));
  t.deepEqual(matcher.find('Al aab= Xy', ALL), [
    {finder: PERSON, start: 0, end: 2},
    {finder: 0, start: 3, end: 7},
    {finder: LOCATION, start: 7, end: 9},
  ]);
});

test('places of one type that overlap are one finding', (t) => {
  const matcher = matcherFor(saying(span('PERSON', 4, 8), span('PERSON', 0, 5), span('PERSON', 8, 9)));
  t.deepEqual(matcher.find('x'.repeat(10), ALL), [
    {finder: PERSON, start: 0, end: 8},
    {finder: PERSON, start: 8, end: 9},
  ]);
});

test("the rule's threshold and the detector's least score both count", (t) => {
  const answers = saying(span('PERSON', 0, 1, 0.49), span('LOCATION', 1, 2, 0.5));
  t.deepEqual(matcherFor(answers).find('xyz', ALL), [{finder: LOCATION, start: 1, end: 2}]);
});

test('a text without an answer is found whole; one of space only needs none', (t) => {
  const matcher = matcherFor(() => ({kind: 'failed'}));
  t.deepEqual(matcher.find('xyz', ALL), [{finder: UNANSWERED, start: 0, end: 3}]);
  t.deepEqual(matcher.find(' \n', ALL), []);
});

test('nobody is asked where no external finder is looked for', (t) => {
  const matcher = matcherFor(() => {
    throw new Error('asked');
  });
  const active = new Uint8Array(FINDERS.length);
  active[0] = 1;
  t.deepEqual(matcher.find('aa=', active), [{finder: 0, start: 0, end: 3}]);
  t.false(matcher.mayMatch('x', active));
  t.true(matcher.mayMatch('x', ALL));
});

/** Masks a text that comes in pieces. */
function streamed(matcher: Matcher, pieces: readonly string[]): {output: string; early: number} {
  let output = '';
  let pending = '';
  const masker = createLaneMasker({
    matcher,
    finders: ALL,
    treatmentOf,
    needsValues: false,
    sink: {
      keep: (count) => {
        output += pending.slice(0, count);
        pending = pending.slice(count);
      },
      replace: (count, token) => {
        if (count > pending.length) throw new RangeError(`${count} of ${pending.length} units`);
        output += token;
        pending = pending.slice(count);
      },
      block: () => {
        throw new Error('nothing blocks here');
      },
    },
    onFinding: () => undefined,
  });
  for (const piece of pieces) {
    pending += piece;
    masker.push(piece);
  }
  const early = output.length;
  masker.end();
  return {output, early};
}

const texts = fc
  .array(fc.constantFrom('a', 'b', '=', ' ', 'é', '🎉'), {minLength: 1, maxLength: 24})
  .map((parts) => parts.join(''));
const stated = texts.chain((text) =>
  fc.record({
    text: fc.constant(text),
    spans: fc.array(
      fc
        .tuple(fc.constantFrom('PERSON', 'LOCATION'), fc.nat(text.length), fc.nat(text.length))
        .filter(([, one, other]) => one !== other)
        .map(([entity, one, other]) => span(entity, Math.min(one, other), Math.max(one, other))),
      {maxLength: 4},
    ),
    cuts: fc.array(fc.nat(text.length), {maxLength: 6}),
  }),
);

function piecesOf(text: string, cuts: readonly number[]): string[] {
  const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}

test('however a text is cut, what comes out is the masking of the whole, with and without knowing how it goes on', (t) => {
  let released = 0;
  fc.assert(
    fc.property(stated, ({text, spans, cuts}) => {
      const answers = saying(...spans);
      const findings = matcherFor(answers).find(text, ALL);
      const whole = applyEdits(text, maskClusters(text, findings, treatmentOf));
      const pieces = piecesOf(text, cuts);
      const first = new WholeTextsOfRun();
      const waiting = streamed(matcherFor(answers, {before: undefined, now: first}), pieces);
      const again = streamed(matcherFor(answers, {before: first, now: new WholeTextsOfRun()}), pieces);
      released += again.early;
      return waiting.early === 0 && waiting.output === whole && again.output === whole;
    }),
    {numRuns: 20_000},
  );
  t.true(released > 50_000, 'what is known beforehand waits for no end');
});

test('a text that goes on in another way than the run before has shown is not let go', (t) => {
  const first = new WholeTextsOfRun();
  streamed(matcherFor(saying(), {before: undefined, now: first}), ['one']);
  const again = matcherFor(saying(), {before: first, now: new WholeTextsOfRun()});
  t.throws(() => streamed(again, ['two']), {instanceOf: RangeError});
});
