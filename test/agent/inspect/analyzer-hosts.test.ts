import test from 'ava';
import {analyzerHostProblem, bindAnalyzers, parseAnalyzerHost} from '../../../agent/inspect/analyzer-hosts.ts';
import {compileRepository} from '../../../engine/language/compile.ts';
import {type BundleSource, loadBundle} from '../../../engine/load-bundle.ts';
import {analyzerAt} from './inspection.ts';

function problemOf(url: string, ...hosts: string[]): string | undefined {
  return analyzerHostProblem(analyzerAt(url), hosts.map(parseAnalyzerHost));
}

test('texts go to no host that the agent is not told of, at no other port, and without TLS only where that is said', (t) => {
  t.is(problemOf('https://presidio.example.com', 'presidio.example.com'), undefined);
  t.is(problemOf('https://presidio.example.com:8443/a', 'other.example.com', 'presidio.example.com:8443'), undefined);
  t.is(problemOf('http://127.0.0.1:5002', '127.0.0.1:5002'), undefined);
  t.is(problemOf('http://[::1]:5002', '[::1]:5002'), undefined);
  t.is(problemOf('http://presidio:3000', 'http://presidio:3000'), undefined);

  t.regex(problemOf('https://presidio.example.com') ?? '', /--external-detector presidio\.example\.com to let it/);
  t.regex(problemOf('http://127.0.0.1:5002') ?? '', /--external-detector http:\/\/127\.0\.0\.1:5002/);
  t.regex(problemOf('https://presidio.example.com', 'example.com', 'presidio.example.com:8443') ?? '', /may not send/);
  t.regex(problemOf('http://presidio:3000', 'presidio:3000') ?? '', /without TLS/);
});

test('what is no host is refused with the form to write', (t) => {
  for (const text of ['', 'a b', 'https://host/path', 'user@host', 'host:port']) {
    t.throws(() => parseAnalyzerHost(text), {message: /HOST\[:PORT\]/}, `${text} is no host`);
  }
});

const DOCUMENTS = `apiVersion: weir/v1
kind: Detector
metadata: { name: names }
spec: { external: { url: "https://presidio.example.com", entities: [PERSON] } }
---
apiVersion: weir/v1
kind: Detector
metadata: { name: unused }
spec: { external: { url: "https://elsewhere.example.com", entities: [PERSON] } }
---
apiVersion: weir/v1
kind: Policy
metadata: { name: people }
spec: { rules: [{ name: persons, find: { detectors: [names] }, action: mask }] }
`;

function source(): BundleSource {
  const compiled = compileRepository([{path: 'people.yaml', text: DOCUMENTS}]);
  if (!compiled.ok) throw new Error(compiled.problems.map(({message}) => message).join());
  return {generation: 1n, digest: 'd', commit: 'c', documents: compiled.documents};
}

test('a bundle that would send texts elsewhere is not loaded, and the author reads where and what to do', async (t) => {
  t.true((await bindAnalyzers(loadBundle, [parseAnalyzerHost('presidio.example.com')])(source())).ok);
  const refused = await bindAnalyzers(loadBundle, [parseAnalyzerHost('elsewhere.example.com')])(source());
  t.like(refused, {ok: false});
  t.deepEqual(refused.ok ? [] : refused.problems, [
    {
      file: 'people.yaml',
      line: 1,
      column: 0,
      code: 'external_host_refused',
      message:
        'Detector "names": this agent may not send texts to presidio.example.com; ' +
        'start it with --external-detector presidio.example.com to let it',
    },
  ]);
});
