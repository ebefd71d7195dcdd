import test from 'ava';
import {guardResponse} from '../../../engine/dialect/guard-response.ts';
import {errorCode} from '../../../lib/errors.ts';
import {CANARY, withCanaries} from './support/canary.ts';
import {type Fixture, fixtures} from './support/fixtures.ts';
import {emails, nothing, planFor} from './support/plans.ts';

const RESPONSES = fixtures('responses');

function guarded({dialect, route, text}: Fixture, {matcher, plan}: ReturnType<typeof planFor>) {
  return guardResponse({dialect, route, matcher, plan, body: text});
}

for (const fixture of RESPONSES) {
  test(`${fixture.name} comes back as the same string when nothing is found`, (t) => {
    t.is(guarded(fixture, nothing()).body, fixture.text);
  });

  test(`a canary in any string or key of ${fixture.name} is masked, and nothing else changes`, (t) => {
    const plan = planFor(CANARY, 'mask', '[GONE]');
    for (const {text, pointer} of withCanaries(fixture.text).filter(isText)) {
      const {body} = guarded({...fixture, text}, plan);
      const isRepeated = text.includes('"logprobs": {');
      t.true(isJson(body), pointer);
      t.false(body.includes(CANARY), pointer);
      t.true(isRepeated || body.replace('[GONE]', CANARY) === text, pointer);
    }
  });
}

/** Sound and vectors are passed unread: they hold no text. */
function isText({pointer}: {pointer: string}): boolean {
  return !pointer.endsWith('/audio/data') && !pointer.endsWith('/embedding');
}

function isJson(text: string): boolean {
  return typeof JSON.parse(text) === 'object';
}

const choices = RESPONSES.find(({name}) => name.endsWith('choices.json'));

test('log probabilities are dropped where text is masked', (t) => {
  t.truthy(choices);
  if (choices === undefined) return;
  const text = choices.text.replace('spoken words', 'joe@example.com');
  const {body, counts} = guarded({...choices, text}, emails());
  t.deepEqual([...counts], [[0, 1]]);
  const [first, , third] = (JSON.parse(body) as {choices: {logprobs: unknown; message: object}[]}).choices;
  t.is(first?.logprobs, null);
  t.like(third?.message, {audio: {transcript: '[EMAIL]'}});
});

test('a masked id is masked in what is reported too', (t) => {
  t.truthy(choices);
  if (choices === undefined) return;
  const text = choices.text.replace('chatcmpl-1', 'joe@example.com');
  t.is(guarded({...choices, text}, emails()).reading.id, '[EMAIL]');
});

test('a blocked response has no body', (t) => {
  t.truthy(choices);
  if (choices === undefined) return;
  const text = choices.text.replace('spoken words', 'joe@example.com');
  const {body, blocked} = guarded({...choices, text}, emails('block'));
  t.is(body, '');
  t.like(blocked, {code: 'no_addresses'});
});

test('a response that cannot be read is an upstream error', (t) => {
  t.truthy(choices);
  if (choices === undefined) return;
  const broken = {...choices, text: '<html>502</html>'};
  const error = t.throws(() => guarded(broken, emails()));
  t.is(errorCode(error), 'UPSTREAM_INVALID');
});
