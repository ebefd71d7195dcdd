import test from 'ava';
import {createStreamGuard} from '../../../engine/dialect/stream-guard.ts';
import {CANARY, withCanaries} from './support/canary.ts';
import {dataOf} from './support/client-view.ts';
import {fixtures} from './support/fixtures.ts';
import {planFor} from './support/plans.ts';

for (const fixture of fixtures('streams')) {
  test(`a canary in any string or key of any event of ${fixture.name} never reaches the client`, (t) => {
    const {matcher, plan} = planFor(CANARY, 'mask', '[GONE]');
    for (const data of new Set(dataOf(fixture.text).filter((item) => item !== '[DONE]'))) {
      for (const {text, pointer} of withCanaries(data)) {
        const guard = createStreamGuard({...fixture, matcher, plan});
        const out = guard.push(Buffer.from(fixture.text.replace(data, () => text))).toString();
        t.false((out + guard.end().bytes.toString()).includes(CANARY), `${data} ${pointer}`);
      }
    }
  });

  test(`a canary in a comment or unknown line of ${fixture.name} never reaches the client`, (t) => {
    const {matcher, plan} = planFor(CANARY, 'mask', '[GONE]');
    for (const line of [`: ${CANARY}`, `id: ${CANARY}`, `x-${CANARY}: 1`, `event: ${CANARY}`, CANARY]) {
      const guard = createStreamGuard({...fixture, matcher, plan});
      const out = guard.push(Buffer.from(`${line}\n${fixture.text}`)).toString();
      t.false((out + guard.end().bytes.toString()).includes(CANARY));
    }
  });
}
