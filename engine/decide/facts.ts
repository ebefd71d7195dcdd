import type {AgentFacts, CallerFacts, RequestFacts} from '../exchange.ts';
import type {Expression, ExpressionFacts} from '../language/cel.ts';

/** What an expression says of a request whose data set may be one of several, or unknown. */
interface Judgement {
  /** True of some data set the request may have. */
  possible: boolean;
  /** True whatever data set the request has. */
  certain: boolean;
  /** True of what is known, an unknown data set set aside. */
  stated: boolean;
  /** It could not be evaluated: blocks where the expression restricts, never matches where it exempts. */
  failed: boolean;
}

/** Evaluates expressions on one request, each at most once. */
export interface FactJudge {
  /** @param expression undefined is certain. */
  judge: (expression: Expression | undefined) => Judgement;
  /** The caller named a data set that its key does not carry. */
  datasetRefused: boolean;
}

const ALWAYS: Judgement = {possible: true, certain: true, stated: true, failed: false};

/** What a caller says of its data set only narrows what its key carries; without such a key it is one guess more. */
export function createFactJudge(request: RequestFacts, caller: CallerFacts, agent: AgentFacts): FactJudge {
  const stated = request.statedDataset;
  const carried = caller.datasets;
  const datasetRefused = stated !== undefined && carried.length > 0 && !carried.includes(stated);
  const candidates = stated !== undefined ? [stated] : carried.length > 0 ? carried : [''];
  const known = carried.length > 0;
  const contexts = new Map<string | undefined, ExpressionFacts>();
  const judged = new Map<Expression, Judgement>();
  const contextFor = (dataset: string | undefined): ExpressionFacts => {
    let context = contexts.get(dataset);
    if (context === undefined) {
      context = factsOf(request, caller, agent, dataset);
      contexts.set(dataset, context);
    }
    return context;
  };
  const evaluate = (expression: Expression): Judgement => {
    if (!expression.readsDataset) {
      const result = expression.evaluate(contextFor(candidates[0]));
      return {
        possible: result !== false,
        certain: result === true,
        stated: result !== false,
        failed: result === 'error',
      };
    }
    const results = candidates.map((dataset) => expression.evaluate(contextFor(dataset)));
    const failed = results.includes('error');
    const some = results.some((result) => result !== false);
    const all = results.every((result) => result === true);
    // Without its data set an expression is an error exactly where the data set would decide.
    const unknown = known || failed ? false : expression.evaluate(contextFor(undefined));
    return {
      possible: some || unknown !== false,
      certain: all && (known || unknown === true),
      stated: some,
      failed,
    };
  };
  return {
    datasetRefused,
    judge: (expression) => {
      if (expression === undefined) return ALWAYS;
      let judgement = judged.get(expression);
      if (judgement === undefined) {
        judgement = evaluate(expression);
        judged.set(expression, judgement);
      }
      return judgement;
    },
  };
}

function factsOf(
  request: RequestFacts,
  caller: CallerFacts,
  agent: AgentFacts,
  dataset: string | undefined,
): ExpressionFacts {
  const {provider, dialect, model, operation, stream, tools, sizeBytes} = request;
  const facts = new Map<string, string | bigint | boolean | readonly string[]>([
    ['provider', provider],
    ['dialect', dialect],
    ['model', model],
    ['operation', operation],
    ['stream', stream],
    ['tools', tools],
    ['sizeBytes', BigInt(sizeBytes)],
  ]);
  if (dataset !== undefined) facts.set('dataset', dataset);
  return {
    request: facts,
    caller: new Map<string, string | readonly string[]>([
      ['subject', caller.subject],
      ['groups', caller.groups],
      ['datasets', caller.datasets],
      ['kind', caller.kind],
    ]),
    agent: new Map([['labels', new Map(Object.entries(agent.labels))]]),
  };
}
