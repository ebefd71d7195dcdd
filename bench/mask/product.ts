import type {Bundle, CompiledDocument} from '../../engine/bundle.ts';
import type {ResponsePlan} from '../../engine/decide/decision.ts';
import {createResponsePlan} from '../../engine/decide/response-plan.ts';
import {matchedFinders} from '../../engine/detect/external/external-finder.ts';
import type {Finder, Matcher} from '../../engine/detect/finder.ts';
import {compileMatcher} from '../../engine/detect/matcher.ts';
import {compileRepository} from '../../engine/language/compile.ts';
import {loadBundle} from '../../engine/load-bundle.ts';

/** A bundle as an agent has it, and what it makes of texts. */
export interface Product {
  bundle: Bundle;
  plan: ResponsePlan;
  /** What the matcher looks for, by id. */
  finders: readonly Finder[];
}

/** Masks every secret and all personal data, in requests and responses. */
export function catalogueProduct(): Product {
  return productOf(
    policyDocuments('everything', [{name: 'everything', find: {detectors: ['secrets', 'pii']}, action: 'mask'}]),
  );
}

/** @throws Error where the documents are refused. */
export function productOf(documents: readonly CompiledDocument[]): Product {
  const loaded = loadBundle({generation: 1n, digest: 'bench', commit: 'bench', documents});
  if (!loaded.ok) throw new Error(loaded.problems[0]?.message ?? 'the bundle cannot be loaded');
  const plan = createResponsePlan(loaded.bundle, loaded.bundle.policies.rules, 'openai');
  if (plan === undefined) throw new Error('no rule looks at responses');
  return {bundle: loaded.bundle, plan, finders: matchedFinders(loaded.bundle.policies.finders)};
}

interface BenchRule {
  name: string;
  find: {detectors?: readonly string[]; patterns?: readonly string[]};
  action: 'mask';
}

/** One policy with the given rules, compiled. */
export function policyDocuments(name: string, rules: readonly BenchRule[]): CompiledDocument[] {
  const document = {
    apiVersion: 'weir/v1',
    kind: 'Policy',
    metadata: {name, owner: 'bench@example.com'},
    spec: {rules: rules.map((rule) => ({...rule, on: ['request', 'response']}))},
  };
  const compiled = compileRepository([{path: `policies/${name}.yaml`, text: JSON.stringify(document)}]);
  if (!compiled.ok) throw new Error(compiled.problems[0]?.message ?? 'the policy does not compile');
  return compiled.documents;
}

/** The matcher alone, without the views that the product puts around it. */
export function rawMatcher({finders}: Product): Matcher {
  const compiled = compileMatcher(finders);
  if (!compiled.ok) throw new Error(compiled.problems[0]?.message ?? 'the finders do not compile');
  return compiled.matcher;
}
