import test from 'ava';
import type {InboundRequest} from '../../../agent/listen/listener.ts';
import {patienceOf} from '../../../agent/proxy/client-patience.ts';

const TIMING = {interimEveryMs: 20_000, longestMs: 570_000, silentMs: 270_000};

function patience(headers: Record<string, string>) {
  return patienceOf({headers} as unknown as InboundRequest, TIMING);
}

test('a client waits as long as it is known to, and answers come before it gives up', (t) => {
  t.deepEqual(patience({}), {waitMs: 270_000, takesInterim: false});
  t.deepEqual(patience({'x-stainless-lang': 'js'}), {waitMs: 570_000, takesInterim: true});
  t.deepEqual(patience({'x-stainless-lang': 'js', 'x-stainless-timeout': '600'}), {
    waitMs: 570_000,
    takesInterim: true,
  });
  t.deepEqual(patience({'x-stainless-lang': 'python', 'x-stainless-timeout': '60'}), {
    waitMs: 45_000,
    takesInterim: true,
  });
  t.deepEqual(patience({'x-stainless-lang': 'go', 'x-stainless-timeout': '600'}), {
    waitMs: 270_000,
    takesInterim: false,
  });
  t.deepEqual(patience({'x-stainless-lang': 'js', via: '1.1 x'}), {waitMs: 270_000, takesInterim: false});
  t.deepEqual(patience({'x-stainless-lang': 'js', 'x-stainless-timeout': '5'}), {waitMs: 1_000, takesInterim: true});
});
