import test from 'ava';
import {loadGently} from '../../../agent/sync/load-gently.ts';
import {compileRepository} from '../../../engine/language/compile.ts';
import {loadBundle} from '../../../engine/load-bundle.ts';

const POLICY = `
apiVersion: weir/v1
kind: Policy
metadata: {name: keys, owner: security@example.com}
spec: {rules: [{name: own, on: [request], find: {patterns: ["key-[0-9]{4}", "word-[a-z]{4}"]}, action: mask}]}
`;

function source() {
  const compiled = compileRepository([{path: 'keys.yaml', text: POLICY}]);
  if (!compiled.ok) throw new Error(compiled.problems.map(({message}) => message).join());
  return {generation: 1n, digest: 'd', commit: 'c', documents: compiled.documents};
}

test('other work goes on while a bundle is made ready', async (t) => {
  let nowMs = 0;
  let turns = 0;
  let isLoaded = false;
  const turn = (): void => {
    turns++;
    if (!isLoaded) setImmediate(turn);
  };
  setImmediate(turn);
  // Each look at the clock is a slice later.
  const loaded = await loadGently({nowMs: () => 0, monotonicMs: () => (nowMs += 5)})(source());
  isLoaded = true;
  t.true(loaded.ok);
  t.true(turns > 3);
});

test('a bundle that cannot be read is refused for the same reasons as at once', async (t) => {
  const broken = {...source(), documents: source().documents.map((document) => ({...document, json: '{'}))};
  t.deepEqual(await loadGently({nowMs: () => 0, monotonicMs: () => 0})(broken), loadBundle(broken));
});
