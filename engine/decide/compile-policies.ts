import type {Provider} from '../bundle.ts';
import {canonicalDigest} from '../language/canonical.ts';
import type {Expression} from '../language/cel.ts';
import {parseDurationMs} from '../language/duration.ts';
import {compareText} from '../language/problem.ts';
import type {DetectorDocument} from '../language/schema/detector.ts';
import type {PolicyDocument, RuleDocument} from '../language/schema/policy.ts';
import type {ProviderDocument} from '../language/schema/traffic.ts';
import {compileAnalyzers} from './analyzers.ts';
import {createFinderTable} from './finder-table.ts';
import {
  type CallerSelector,
  type CompiledPolicy,
  type CompiledRule,
  DEFAULT_TOKEN,
  type PolicySet,
  type Replacement,
} from './policy-set.ts';
import {createStreamWaits} from './stream-wait.ts';

type RuleMode = 'enforce' | 'shadow' | 'off';

/** Brings checked documents into the form that decisions are made with. Rules and policies that are off fall away. */
export function compilePolicies(options: {
  policies: readonly PolicyDocument[];
  detectors: readonly DetectorDocument[];
  providers: readonly ProviderDocument[];
  /** @throws RangeError for an expression that does not compile. */
  expression: (source: string) => Expression;
}): PolicySet {
  const documents = options.policies
    .filter((policy) => policy.spec.mode !== 'off')
    .toSorted((a, b) => compareText(a.metadata.name, b.metadata.name));
  const kept = documents.map((policy) => ({
    policy,
    rules: policy.spec.rules
      .filter((rule) => ruleMode(policy, rule) !== 'off')
      .toSorted((a, b) => compareText(a.name, b.name)),
  }));
  const table = createFinderTable(
    kept.flatMap(({rules}) => rules),
    options.detectors,
  );
  const streamWaitOf = createStreamWaits(table.finders);
  const expression = (source: string | undefined) => (source === undefined ? undefined : options.expression(source));
  const all: CompiledRule[] = [];
  const policies = kept.map(({policy, rules}) => {
    const compiled = rules.map((rule, index): CompiledRule => {
      const mode = ruleMode(policy, rule);
      const finders = rule.find === undefined ? undefined : table.idsOf(rule);
      const onResponse = rule.on.includes('response');
      const action = actionOf(policy, rule);
      const replacement = action.action === 'mask' ? action.replacement : undefined;
      return {
        rank: all.length + index,
        policy: policy.metadata.name,
        name: rule.name,
        mode: mode === 'shadow' ? 'shadow' : 'enforce',
        onRequest: rule.on.includes('request'),
        onResponse,
        callers: selector(rule.callers),
        when: expression(rule.when),
        unstatedAllowed: rule.unstated === 'allow',
        finders,
        places: rule.find?.in === undefined ? undefined : new Set(rule.find.in),
        allowUninspectable: new Set(policy.spec.allowUninspectable),
        streams: onResponse && finders !== undefined ? streamWaitOf(finders, replacement) : undefined,
        ...action,
      };
    });
    all.push(...compiled);
    return compilePolicy(policy, compiled, expression(policy.spec.applies.when));
  });
  return {
    names: policies.map((policy) => policy.name),
    policies,
    rules: all,
    providers: new Map(
      options.providers.map(({metadata, spec}) => [
        metadata.name,
        {models: spec.models, allowUninspectable: new Set(spec.allowUninspectable)},
      ]),
    ),
    finders: table.finders,
    analyzers: compileAnalyzers(options.detectors, table.finders),
    index: new WeakMap(),
    plans: new WeakMap(),
  };
}

/** A provider as the data path needs it; `only` where no other speaks its dialect. */
export function compileProvider({metadata, spec}: ProviderDocument, only: boolean): Provider {
  return {
    name: metadata.name,
    dialect: spec.dialect,
    baseUrl: spec.baseUrl.replace(/\/+$/, ''),
    credential: spec.credential,
    models: spec.models,
    default: spec.default || only,
    maxRequestBytes: spec.maxRequestBytes,
    connectTimeoutMs: durationMs(spec.timeouts.connect),
    firstByteTimeoutMs: durationMs(spec.timeouts.firstByte),
    idleTimeoutMs: durationMs(spec.timeouts.idle),
  };
}

/** Milliseconds of a duration that has passed its schema. */
export function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new RangeError(`"${text}" is not a duration`);
  return ms;
}

function compilePolicy(
  {metadata, spec}: PolicyDocument,
  rules: readonly CompiledRule[],
  when: Expression | undefined,
): CompiledPolicy {
  const {applies} = spec;
  return {
    name: metadata.name,
    enforces: spec.mode === 'enforce',
    agents: Object.entries(applies.agents),
    callers: selector(applies.callers),
    providers: new Set(applies.providers),
    operations: new Set(applies.operations),
    models: applies.models,
    when,
    rules,
  };
}

/** A rule's own mode replaces its policy's. */
function ruleMode(policy: PolicyDocument, rule: RuleDocument): RuleMode {
  return rule.mode ?? policy.spec.mode;
}

function selector(callers: {groups: string[]; subjects: string[]} | undefined): CallerSelector {
  return {groups: new Set(callers?.groups), subjects: callers?.subjects ?? []};
}

function actionOf(policy: PolicyDocument, rule: RuleDocument) {
  switch (rule.action) {
    case 'mask':
      return {action: 'mask', replacement: replacementOf(rule)} as const;
    case 'approve': {
      if (rule.approve === undefined) throw new RangeError(`rule "${rule.name}" has no reviewers`);
      const {reviewers, count, within, remember, reason} = rule.approve;
      const times = {withinMs: durationMs(within), rememberMs: durationMs(remember)};
      const approval = {
        ruleDigest: canonicalDigest(rule),
        reviewers,
        count,
        ...times,
        reasonRequired: reason === 'required',
      };
      return {action: 'approve', approval} as const;
    }
    case 'block': {
      const {status = 400, code = 'blocked', message} = rule.block ?? {};
      const name = `${policy.metadata.name}/${rule.name}`;
      return {action: 'block', answer: {status, code, message: message ?? `blocked by policy rule ${name}`}} as const;
    }
    case 'allow':
      return {action: 'allow'} as const;
  }
}

/** @throws RangeError for more than one; the language has refused that. */
function replacementOf({name, mask}: RuleDocument): Replacement {
  const asked: Replacement[] = [];
  if (mask?.with !== undefined) asked.push({kind: 'text', token: mask.with});
  if (mask?.keep !== undefined) asked.push({kind: 'keep', first: mask.keep.first ?? 0, last: mask.keep.last ?? 0});
  if (mask?.hash === true) asked.push({kind: 'hash'});
  if (mask?.restore !== undefined) asked.push({kind: 'restore', tools: mask.restore.tools});
  if (asked.length > 1) throw new RangeError(`rule "${name}" asks for more than one replacement`);
  return asked[0] ?? {kind: 'text', token: DEFAULT_TOKEN};
}
