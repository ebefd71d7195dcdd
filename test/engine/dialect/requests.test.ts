import test from 'ava';
import {spliceEdits} from '../../../engine/dialect/splice.ts';
import {CANARY, maskCanaries, withCanaries} from './support/canary.ts';
import {describeRequest, describeResponse} from './support/describe.ts';
import {type Fixture, fixtures} from './support/fixtures.ts';

for (const fixture of fixtures('requests')) {
  test(`the request ${fixture.name} is read as its .reading says`, (t) => {
    t.is(describeRequest(fixture.dialect.readRequest(fixture.route, fixture.text)), fixture.golden);
  });

  test(`a canary in any string or key of ${fixture.name} is masked, and nothing else changes`, (t) => {
    for (const {text, pointer} of withCanaries(fixture.text)) {
      const sent = sendable(fixture, text);
      const received: unknown = JSON.parse(sent);
      t.false(JSON.stringify(received).includes(CANARY), pointer);
      t.is(sent.replace('[GONE]', CANARY), text, pointer);
    }
  });

  test(`text beside a canary in any string of ${fixture.name} stays, or the place is stated as uninspectable`, (t) => {
    for (const {text, pointer} of withCanaries(fixture.text, (value) => `${value} ${CANARY}`)) {
      const {runs, uninspectable} = fixture.dialect.readRequest(fixture.route, text);
      const sent = spliceEdits(text, runs, maskCanaries(runs));
      const isStated = uninspectable.some((content) => content.pointer === pointer);
      t.true(isStated || sent.replace('[GONE]', CANARY) === text, pointer);
      t.is(sent.includes(CANARY), isStated && sent === text, pointer);
    }
  });
}

for (const fixture of fixtures('responses')) {
  test(`the response ${fixture.name} is read as its .reading says`, (t) => {
    t.is(describeResponse(fixture.dialect.readResponse(fixture.route, fixture.text)), fixture.golden);
  });
}

function sendable({dialect, route}: Fixture, text: string): string {
  const {runs} = dialect.readRequest(route, text);
  return spliceEdits(text, runs, maskCanaries(runs));
}
