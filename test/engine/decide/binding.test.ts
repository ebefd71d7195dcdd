import test from 'ava';
import fc from 'fast-check';
import {type BoundRequest, bindingOf} from '../../../engine/decide/binding.ts';

interface Draft {
  system: string;
  temperature: number;
  tools: string[];
  messages: string[];
}

const draft: fc.Arbitrary<Draft> = fc.record({
  system: fc.string(),
  temperature: fc.integer({min: 0, max: 9}),
  tools: fc.array(fc.string(), {maxLength: 3}),
  messages: fc.array(fc.string({unit: 'grapheme'}), {minLength: 1, maxLength: 6}),
});

const FACTS = {
  caller: {subject: 'svc:billing', groups: ['a', 'b'], kind: 'apiKey', authority: 'billing', datasets: []},
  parameters: ['anthropic-version: 2023-06-01'],
  agentGroup: 'prod',
  provider: 'openai',
  dialect: 'openai',
  operation: 'chat',
  model: 'gpt-5',
} as const;

function request(from: Draft, facts: Partial<BoundRequest> = {}): BoundRequest {
  let body = `{"system":${JSON.stringify(from.system)},"messages":[`;
  const messages = from.messages.map((content, index) => {
    if (index > 0) body += ', ';
    const start = body.length;
    body += JSON.stringify({role: 'user', content});
    return {start, end: body.length};
  });
  body += `],"temperature":${from.temperature},"tools":${JSON.stringify(from.tools)}}`;
  return {...FACTS, body, messages, ...facts};
}

test('appending messages keeps scope and every earlier prefix', (t) => {
  fc.assert(
    fc.property(draft, fc.array(fc.string(), {minLength: 1, maxLength: 3}), (before, more) => {
      const old = bindingOf(request(before));
      const grown = bindingOf(request({...before, messages: [...before.messages, ...more]}));
      t.deepEqual(grown.scope, old.scope);
      t.deepEqual(grown.prefix.slice(0, old.prefix.length), old.prefix);
      t.notDeepEqual(grown.body, old.body);
    }),
  );
});

test('changing a message changes its prefix and all after it, and none before it', (t) => {
  fc.assert(
    fc.property(draft, fc.nat(), fc.string({minLength: 1}), (before, pick, extra) => {
      const at = pick % before.messages.length;
      const messages = before.messages.with(at, `${before.messages[at] ?? ''}${extra}`);
      const old = bindingOf(request(before));
      const changed = bindingOf(request({...before, messages}));
      t.deepEqual(changed.scope, old.scope);
      t.deepEqual(
        changed.prefix.map((digest, index) => digest.equals(old.prefix[index] ?? Buffer.alloc(0))),
        messages.map((_, index) => index < at),
      );
    }),
  );
});

test('changing a parameter, the system text or a tool changes the scope', (t) => {
  fc.assert(
    fc.property(draft, fc.string({minLength: 1}), (before, extra) => {
      const {scope} = bindingOf(request(before));
      t.notDeepEqual(bindingOf(request({...before, system: before.system + extra})).scope, scope);
      t.notDeepEqual(bindingOf(request({...before, temperature: before.temperature + 1})).scope, scope);
      t.notDeepEqual(bindingOf(request({...before, tools: [...before.tools, extra]})).scope, scope);
    }),
  );
});

for (const [title, facts] of [
  ['the caller', {caller: {...FACTS.caller, subject: 'svc:other'}}],
  ['who vouches for the caller', {caller: {...FACTS.caller, authority: 'other'}}],
  ["the caller's groups", {caller: {...FACTS.caller, groups: ['a']}}],
  ['a group that becomes a data set', {caller: {...FACTS.caller, groups: ['a'], datasets: ['b']}}],
  ['the agent group', {agentGroup: 'dev'}],
  ['the provider', {provider: 'other'}],
  ['the dialect', {dialect: 'anthropic'}],
  ['the operation', {operation: 'embeddings'}],
  ['the model', {model: 'gpt-6'}],
] as const satisfies readonly (readonly [string, Partial<BoundRequest>])[]) {
  test(`changing ${title} changes the scope`, (t) => {
    const plain = {system: '', temperature: 1, tools: [], messages: ['x']};
    t.notDeepEqual(bindingOf(request(plain, facts)).scope, bindingOf(request(plain)).scope);
  });
}

test('the order of groups and the white space between messages change nothing', (t) => {
  const plain = {system: '', temperature: 1, tools: [], messages: ['x', 'y']};
  const spaced = request(plain);
  const dense = {...spaced, body: spaced.body.replace('}, {', '},{')};
  const [first, second] = spaced.messages;
  if (first === undefined || second === undefined) throw new Error('two messages were made');
  const messages = [first, {start: second.start - 1, end: second.end - 1}];
  const other = bindingOf({...dense, messages, caller: {...FACTS.caller, groups: ['b', 'a']}});
  t.deepEqual(other.scope, bindingOf(spaced).scope);
  t.deepEqual(other.prefix, bindingOf(spaced).prefix);
});

test('text that stands between two messages belongs to the scope', (t) => {
  const at = (body: string) => ({
    ...FACTS,
    body,
    messages: [
      {start: 0, end: 1},
      {start: body.length - 1, end: body.length},
    ],
  });
  t.notDeepEqual(bindingOf(at('1,"a",2')).scope, bindingOf(at('1,"b",2')).scope);
});

test('a body without messages is scope as a whole', (t) => {
  const {scope, prefix} = bindingOf({...FACTS, operation: 'embeddings', body: '{"input":"x"}', messages: []});
  t.deepEqual(prefix, []);
  t.notDeepEqual(bindingOf({...FACTS, operation: 'embeddings', body: '{"input":"y"}', messages: []}).scope, scope);
});
