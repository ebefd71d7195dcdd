import {Environment} from '@marcbachmann/cel-js';
import test from 'ava';
import fc from 'fast-check';
import {createExpressionCompiler, type ExpressionFacts} from '../../../engine/language/cel.ts';

/** Expressions over everything that policies can look at. */
const EXPRESSIONS = [
  'request.model.startsWith("gpt-") && !request.stream',
  'request.model.endsWith("o") || request.model.contains("p")',
  'request.model == "gpt-4o" ? request.stream : request.sizeBytes > 100',
  'request.sizeBytes >= 10 && request.sizeBytes < 1000',
  'request.dataset in ["hr", "gpt-4o"]',
  'size(request.tools) > 1 || request.tools.size() == 0',
  'request.tools.exists(tool, tool == "a")',
  'request.tools.all(tool, tool.size() < 3)',
  'request.tools.exists_one(tool, tool.startsWith("a"))',
  '"a" in request.tools && caller.subject != "a"',
  'caller.groups.exists(group, group in ["a", "hr"])',
  'caller.kind == "oidc" || caller.datasets.size() > 1',
  'agent.labels.env == "a"',
  'has(agent.labels.env) && agent.labels.env == "a"',
  'agent.labels["env"] == "a" || request.stream',
  '"env" in agent.labels ? agent.labels.env != "a" : true',
  'request.model.lowerAscii() == "gpt-4o"',
  'request.model.matches("^g.*[0-9]")',
];

const word = fc.constantFrom('', 'a', 'ab', 'hr', 'gpt-4o', 'GPT-4O', 'é');
const words = fc.array(word, {maxLength: 3});
const facts = fc.record({
  request: fc.record({
    provider: word,
    dialect: word,
    model: word,
    operation: word,
    stream: fc.boolean(),
    dataset: word,
    tools: words,
    sizeBytes: fc.bigInt(0n, 2000n),
  }),
  caller: fc.record({subject: word, groups: words, datasets: words, kind: word}),
  agent: fc.record({labels: fc.oneof(fc.constant({}), fc.record({env: word}))}),
});

test('two engines agree on every expression and every fact', (t) => {
  const compile = createExpressionCompiler();
  const oracle = new Environment({unlistedVariablesAreDyn: true});
  for (const source of EXPRESSIONS) {
    const compiled = compile(source);
    const expression = compiled.ok ? compiled.expression : undefined;
    const judge = oracle.parse(source);
    fc.assert(
      fc.property(facts, (given) => {
        t.is(
          expression?.evaluate(asMaps(given)),
          outcome(() => judge(given) as unknown),
          source,
        );
      }),
      {numRuns: 100},
    );
  }
});

test('an expression knows whether it reads the data set', (t) => {
  const compile = createExpressionCompiler();
  const reads = (source: string) => {
    const compiled = compile(source);
    return compiled.ok && compiled.expression.readsDataset;
  };
  t.true(reads('request.dataset == "hr"'));
  t.true(reads('request.stream || ["a"].exists(name, name == request.dataset)'));
  t.true(reads('request.stream ? request.dataset != "" : false'));
  t.false(reads('request.model == "dataset"'));
  t.false(reads('agent.labels.dataset == "hr"'));
  t.false(reads('"hr" in caller.datasets'));
});

test('an expression over its limits is refused', (t) => {
  const compile = createExpressionCompiler();
  t.false(compile(Array.from({length: 300}, () => 'request.stream').join(' || ')).ok);
  t.false(compile(`${'('.repeat(100)}request.stream${')'.repeat(100)}`).ok);
  t.false(compile('!'.repeat(1999)).ok);
});

function asMaps(given: {request: object; caller: object; agent: {labels: Record<string, string>}}): ExpressionFacts {
  return {
    request: new Map(Object.entries(given.request) as [string, string][]),
    caller: new Map(Object.entries(given.caller) as [string, string][]),
    agent: new Map([['labels', new Map(Object.entries(given.agent.labels))]]),
  };
}

function outcome(judge: () => unknown): boolean | 'error' {
  try {
    const result = judge();
    return typeof result === 'boolean' ? result : 'error';
  } catch {
    return 'error';
  }
}
