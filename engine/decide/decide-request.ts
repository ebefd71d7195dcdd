import {Action, type RuleMatch} from '../../proto/gen/weir/record/v1/record.ts';
import type {Bundle} from '../bundle.ts';
import {type ExternalFacts, NO_FACTS} from '../detect/external/external-facts.ts';
import type {AgentFacts, CallerFacts, RequestFacts} from '../exchange.ts';
import type {Pseudonyms} from '../mask/pseudonyms.ts';
import {type Restorable, RestoreTable} from '../mask/restore-table.ts';
import type {ApprovalNeed, BlockAnswer, MaskEdit, RequestDecision} from './decision.ts';
import {ExchangeTokens} from './exchange-tokens.ts';
import {createFactJudge} from './facts.ts';
import {maskedValue} from './masked-value.ts';
import type {CompiledRule, Plan, PolicySet} from './policy-set.ts';
import {createResponsePlan} from './response-plan.ts';
import {createRequestScan, type RuleFindings, scanRequest} from './scan.ts';
import {anyGlob, type Failure, type Selection, selectRules} from './select.ts';
import {matcherOf} from './stated-facts.ts';
import {splitUnanswered, unansweredAnswer, unansweredMatch} from './unanswered.ts';
import {unseenAnswer, unseenBy} from './unseen.ts';
import {ACTIONS, findingCounts, verdictOf} from './verdict.ts';

export interface DecisionInput {
  request: RequestFacts;
  caller: CallerFacts;
  agent: AgentFacts;
  /** What external detectors say of the texts; where they said nothing, they did not answer. */
  external?: ExternalFacts;
  /** Names the values of this conversation; without it, rules that name them leave the fixed token. */
  pseudonyms?: Pseudonyms | undefined;
  /** Placeholders of earlier exchanges of the same conversation. */
  remembered?: Iterable<[placeholder: string, Restorable]>;
}

/**
 * Decides on a request: same bundle and input, same decision, to the byte.
 *
 * Never throws: what goes wrong inside blocks, and then no text is left for the record.
 */
export function decideRequest(bundle: Bundle, input: DecisionInput): RequestDecision {
  try {
    return decide(bundle, input);
  } catch {
    const answer = refusal('guard_failed', 'the request could not be checked against policy, so it is refused');
    const edits = input.request.runs.flatMap((run, index): MaskEdit[] =>
      run.text === '' ? [] : [{run: index, start: 0, end: run.text.length, token: '[REDACTED:unchecked]'}],
    );
    const verdict = verdictOf(bundle, [], answer.code);
    const shown = shownFacts(input.request, edits);
    const restore = new RestoreTable();
    return {verdict, edits, block: answer, approvals: [], response: undefined, restore, shown};
  }
}

function decide(bundle: Bundle, input: DecisionInput): RequestDecision {
  const {request} = input;
  const set = bundle.policies;
  const facts = createFactJudge(request, input.caller, input.agent);
  const selection = selectRules(set, input, facts);
  const plan = planFor(bundle, selection.rules, request.provider);
  const tokens = new ExchangeTokens(input.pseudonyms);
  const matcher = matcherOf(bundle, input.external ?? NO_FACTS);
  const {edits, found: all} = scanRequest(set, {scan: plan.scan, matcher, tokens}, request);
  const {found, unanswered} = splitUnanswered(set, all);
  tokens.remember(input.remembered ?? []);
  const matched = selection.rules.filter(
    (rule) => rule.onRequest && (rule.finders === undefined || found.has(rule.rank)),
  );
  const shown = shownFacts(request, edits);
  const unseen = unseenBy(set, request.provider, request.uninspectable, {
    rules: selection.rules.filter((rule) => rule.onRequest),
    place: 'other',
  });
  const block =
    builtInRefusal(set, request, {datasetRefused: facts.datasetRefused, shownModel: shown.model}, selection) ??
    ruleAnswer(matched) ??
    failureAnswer(selection.failures) ??
    unansweredAnswer(unanswered) ??
    unseenAnswer(unseen);
  const matches = [
    ...matched.map((rule) => matchOf(rule, found.get(rule.rank)?.counts)),
    ...selection.failures.map(failureMatch),
    ...unanswered.map(unansweredMatch),
    ...unseen.map(({rule, counts}) => ({...matchOf(rule, counts), action: Action.BLOCK})),
  ];
  return {
    verdict: verdictOf(bundle, matches, block?.code ?? ''),
    edits,
    block,
    approvals: block === undefined ? approvalsOf(matched, found) : [],
    response: block === undefined && plan.response !== undefined ? tokens.bindResponse(plan.response) : undefined,
    restore: tokens.table,
    shown,
  };
}

function shownFacts(
  {model, statedDataset = '', runs}: RequestFacts,
  edits: readonly MaskEdit[],
): RequestDecision['shown'] {
  return {model: maskedValue(model, runs, edits), dataset: maskedValue(statedDataset, runs, edits)};
}

/** What Weir refuses by itself, before any rule. */
function builtInRefusal(
  set: PolicySet,
  request: RequestFacts,
  {datasetRefused, shownModel}: {datasetRefused: boolean; shownModel: string},
  {covered}: Selection,
): BlockAnswer | undefined {
  const limits = set.providers.get(request.provider);
  if (limits === undefined) {
    return refusal('unknown_provider', `no provider "${request.provider}" is configured; check the base URL`);
  }
  if (datasetRefused) {
    return refusal('dataset_not_allowed', 'your key does not carry the data set that the request names');
  }
  // What the provider would choose for itself, no rule could select on.
  if (request.operation !== 'models' && request.model === '') {
    return refusal('model_missing', 'the request names no model; name one');
  }
  if (request.operation !== 'models' && !anyGlob(limits.models, request.model)) {
    const asked = `provider "${request.provider}" may not be asked for model "${shownModel.slice(0, 100)}"`;
    return refusal('model_not_allowed', `${asked}; it takes ${limits.models.join(', ').slice(0, 300)}`);
  }
  if (covered) return undefined;
  return refusal('no_policy', 'no policy applies to this request, so it is refused; ask your security team for one');
}

/** The first blocking rule by name gives the answer. */
function ruleAnswer(matched: readonly CompiledRule[]): BlockAnswer | undefined {
  const first = matched.find((rule) => rule.action === 'block' && rule.mode === 'enforce');
  return first?.action === 'block' ? first.answer : undefined;
}

function failureAnswer(failures: readonly Failure[]): BlockAnswer | undefined {
  const failure = failures.find(({mode}) => mode === 'enforce');
  if (failure === undefined) return undefined;
  const name = `${failure.policy}/${failure.rule}`;
  return refusal(
    'guard_failed',
    `the condition of policy rule ${name} could not be evaluated, so the request is refused`,
  );
}

function approvalsOf(matched: readonly CompiledRule[], found: ReadonlyMap<number, RuleFindings>): ApprovalNeed[] {
  return matched.flatMap((rule) => {
    if (rule.action !== 'approve' || rule.mode !== 'enforce') return [];
    const lastMessage = found.get(rule.rank)?.lastMessage ?? -1;
    return [{policy: rule.policy, rule: rule.name, ...rule.approval, lastMessage}];
  });
}

function matchOf(rule: CompiledRule, counts: ReadonlyMap<string, number> | undefined): RuleMatch {
  const findings = counts === undefined ? [] : findingCounts(counts);
  return {policy: rule.policy, rule: rule.name, action: ACTIONS[rule.action], mode: rule.mode, findings};
}

function failureMatch({policy, rule, mode}: Failure): RuleMatch {
  return {policy, rule, action: Action.BLOCK, mode, findings: []};
}

function refusal(code: string, message: string): BlockAnswer {
  return {status: 400, code, message};
}

const MAX_PLANS = 256;

/** What follows from a set of rules alone; remembered, because most requests meet the same ones. */
function planFor(bundle: Bundle, rules: readonly CompiledRule[], provider: string): Plan {
  let plans = bundle.policies.plans.get(bundle);
  if (plans === undefined) bundle.policies.plans.set(bundle, (plans = new Map<string, Plan>()));
  let key = `${provider}\n`;
  for (const rule of rules) key += `${rule.rank} `;
  let plan = plans.get(key);
  if (plan === undefined) {
    const searching = rules.filter((rule) => rule.onRequest && rule.finders !== undefined);
    plan = {scan: createRequestScan(bundle.policies, searching), response: createResponsePlan(bundle, rules, provider)};
    if (plans.size >= MAX_PLANS) plans.clear();
    plans.set(key, plan);
  }
  return plan;
}
