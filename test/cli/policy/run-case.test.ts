import test from 'ava';
import {type Mismatch, runCase} from '../../../cli/policy/run-case.ts';
import {compileRepository} from '../../../engine/language/compile.ts';
import {loadBundle} from '../../../engine/load-bundle.ts';

const REPOSITORY = `
apiVersion: weir/v1
kind: Provider
metadata: { name: openai }
spec: { dialect: openai, baseUrl: "https://api.example.com" }
---
apiVersion: weir/v1
kind: Detector
metadata: { name: people }
spec: { external: { url: "http://127.0.0.1:5002", entities: [PERSON, LOCATION] } }
---
apiVersion: weir/v1
kind: Policy
metadata: { name: p }
spec:
  rules:
    - { name: addresses, action: mask, find: { detectors: [email] }, mask: { restore: {} } }
    - { name: badges, action: mask, find: { patterns: ['B-[0-9]+'] }, mask: { hash: true } }
    - { name: names, on: [request, response], action: mask, find: { detectors: [people], threshold: 0.7 } }
    - { name: nightfall, on: [response], action: block, find: { keywords: [nightfall] } }
`;

function mismatches(given: string, expected: string): Mismatch[] {
  const cases = `apiVersion: weir/v1\nkind: PolicyTest\nmetadata: { name: t }\nspec:\n  cases:\n`;
  const one = `    - { name: c, given: { provider: openai, ${given} }, expect: { ${expected} } }\n`;
  const compiled = compileRepository([{path: 'a.yaml', text: `${REPOSITORY}---\n${cases}${one}`}]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const {documents, tests} = compiled;
  const loaded = loadBundle({generation: 1n, digest: '', commit: '', documents});
  if (!loaded.ok || tests[0] === undefined) throw new Error('the bundle does not load');
  return runCase(loaded.bundle, tests[0].case);
}

test('placeholders and hashes of values are numbered, and the same value has one number', (t) => {
  const prompt = 'prompt: "a@example.com B-1 b@example.com B-2 B-1 a@example.com"';
  const sent = 'sent: "[email-1] [badges#1] [email-2] [badges#2] [badges#1] [email-1]"';
  t.deepEqual(mismatches(prompt, `verdict: mask, ${sent}`), []);
  t.like(mismatches(prompt, 'verdict: mask, sent: x'), [{what: 'sent', actual: sent.slice(7, -1)}]);
});

test('an answer with a placeholder reaches the caller with the value, and one of nobody stays', (t) => {
  const given = 'prompt: "write to a@example.com", response: "I wrote to [email-1], not to [email-2]."';
  const expected = 'response: { received: "I wrote to a@example.com, not to [email-2]." }';
  t.deepEqual(mismatches(given, `verdict: mask, ${expected}`), []);
});

test('a case states what analyzers say, in the request and in the answer', (t) => {
  const stated = 'analyzed: [{ detector: people, entity: PERSON, text: Ada, score: 0.8 }]';
  const given = `prompt: "Who is Ada? And Ada B?", response: "Ada is a person.", ${stated}`;
  const sent = 'sent: "Who is [REDACTED:person]? And [REDACTED:person] B?"';
  const response = 'response: { verdict: mask, received: "[REDACTED:person] is a person." }';
  t.deepEqual(mismatches(given, `verdict: mask, ${sent}, ${response}`), []);
  const unsure = given.replace('0.8', '0.6');
  t.deepEqual(mismatches(unsure, 'verdict: allow, sent: "Who is Ada? And Ada B?"'), []);
});

test('an analyzer of which a case says nothing finds nothing; one that fails blocks', (t) => {
  t.deepEqual(mismatches('prompt: "Who is Ada?"', 'verdict: allow'), []);
  t.deepEqual(mismatches('prompt: "Who is Ada?", analyzed: [{ detector: people, fails: true }]', 'verdict: block'), []);
});

test('an answer that is blocked has no text', (t) => {
  const given = 'prompt: "a@example.com", response: "project nightfall"';
  t.deepEqual(mismatches(given, 'verdict: mask, response: { verdict: block, received: "" }'), []);
});
