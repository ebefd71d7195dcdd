import {type CelResult, CelScalar, celEnv, isCelError, mapType, parse, plan} from '@bufbuild/cel';
import {strings} from '@bufbuild/cel/ext';
import {Environment} from '@marcbachmann/cel-js';
import {type ExpressionProblem, expressionProblems, FUNCTIONS, readsDataset} from './cel-limits.ts';
import {didYouMean} from './nearest.ts';

/** What an expression may look at. Without a known data set, `request` has no `dataset`: reading it is an error. */
export interface ExpressionFacts {
  request: ReadonlyMap<string, string | bigint | boolean | readonly string[]>;
  caller: ReadonlyMap<string, string | readonly string[]>;
  agent: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** A planned expression. */
export interface Expression {
  source: string;
  /** Whether the result may depend on `request.dataset`. */
  readsDataset: boolean;
  /** `error` where it could not be evaluated; never throws. */
  evaluate: (facts: ExpressionFacts) => boolean | 'error';
}

export type CompiledExpression = {ok: true; expression: Expression} | {ok: false; problems: ExpressionProblem[]};

const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  request: {
    provider: 'string',
    dialect: 'string',
    model: 'string',
    operation: 'string',
    stream: 'bool',
    dataset: 'string',
    tools: 'list<string>',
    sizeBytes: 'int',
  },
  caller: {subject: 'string', groups: 'list<string>', datasets: 'list<string>', kind: 'string'},
  agent: {labels: 'map<string, string>'},
};

/**
 * A compiler of CEL expressions over the typed environment `request`, `caller`, `agent`.
 * Two engines take part: one knows types and places, the other conforms to the specification and runs the result.
 */
export function createExpressionCompiler(): (source: string) => CompiledExpression {
  const checker = new Environment({limits: {maxAstNodes: 250, maxDepth: 24}});
  for (const [name, schema] of Object.entries(FIELDS)) checker.registerVariable({name, schema: {...schema}});
  const facts = mapType(CelScalar.STRING, CelScalar.DYN);
  const runtime = celEnv({variables: {request: facts, caller: facts, agent: facts}, funcs: strings});
  const patternMessage = (literal: string): string | undefined => {
    const result = plan(runtime, parse(`"".matches(${literal})`))({request: {}, caller: {}, agent: {}});
    return isCelError(result) ? result.message : undefined;
  };
  const known = new Map<string, CompiledExpression>();

  const compile = (source: string): CompiledExpression => {
    const checked = checker.check(source);
    if (!checked.valid) {
      const offset = checked.error?.range?.start ?? 0;
      return refuse(offset, explained(checked.error?.summary ?? 'cannot be read', source, offset));
    }
    if (checked.type !== 'bool')
      return refuse(0, `gives ${checked.type ?? 'nothing'}; write one that is true or false`);
    const {ast} = checker.parse(source);
    const problems = expressionProblems(ast, source, FIELDS, patternMessage);
    if (problems.length > 0) return {ok: false, problems};
    const run = plan(runtime, parse(source)) as (facts: ExpressionFacts) => CelResult; // FIELDS is what `facts` holds
    const evaluate = (given: ExpressionFacts) => {
      try {
        const result = run(given);
        return typeof result === 'boolean' ? result : 'error';
      } catch {
        return 'error';
      }
    };
    return {ok: true, expression: {source, readsDataset: readsDataset(ast), evaluate}};
  };

  return (source) => {
    let compiled = known.get(source);
    if (compiled === undefined) {
      try {
        compiled = compile(source);
      } catch (error) {
        compiled = refuse(0, `cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}`);
      }
      known.set(source, compiled);
    }
    return compiled;
  };
}

function refuse(offset: number, message: string): CompiledExpression {
  return {ok: false, problems: [{offset, message}]};
}

/** The checker's finding in the words of the language, with what could have been meant. */
function explained(summary: string, source: string, offset: number): string {
  const field = /^No such key: (.+)$/.exec(summary)?.[1];
  if (field !== undefined) {
    const root = /(\w+)\s*\.\s*$/.exec(source.slice(0, offset))?.[1] ?? '';
    const fields = Object.keys(FIELDS[root] ?? {});
    return `unknown field "${field}"${didYouMean(field, fields) || `; ${root} has ${fields.join(', ')}`}`;
  }
  const variable = /^Unknown variable: (.+)$/.exec(summary)?.[1];
  if (variable !== undefined) {
    const hint = didYouMean(variable, Object.keys(FIELDS)) || '; there are request, caller and agent';
    return `unknown name "${variable}"${hint}`;
  }
  if (summary === 'Unexpected token: EOF') return 'ends too early';
  if (summary === 'Unexpected character: =') return 'unexpected "="; write "==" to compare';
  const call = /^found no matching overload for '(?:[^']*?\.)?(\w+)\((.*)\)'$/.exec(summary);
  if (call !== null) {
    const [, name = '', types = ''] = call;
    if (FUNCTIONS.has(name)) return `${name}() does not take (${types}) here`;
    return `unknown function "${name}"${didYouMean(name, FUNCTIONS) || `; there are ${[...FUNCTIONS].join(', ')}`}`;
  }
  const operation = /^no such overload: (.+)$/.exec(summary)?.[1];
  if (operation !== undefined) return `types do not fit: ${operation}`;
  return summary.charAt(0).toLowerCase() + summary.slice(1);
}
