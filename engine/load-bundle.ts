import type {AgentGroup, ApiKey, Bundle, CompiledDocument, IdentityProvider} from './bundle.ts';
import {compilePolicies, compileProvider, durationMs} from './decide/compile-policies.ts';
import type {PolicySet} from './decide/policy-set.ts';
import {matchedFinders} from './detect/external/external-finder.ts';
import {type Finder, type PatternProblem, VIEW_NAMES, type ViewName} from './detect/finder.ts';
import {matcherSteps} from './detect/matcher.ts';
import {withViews} from './detect/views/with-views.ts';
import type {DialectName} from './exchange.ts';
import {createExpressionCompiler} from './language/cel.ts';
import {compareText, type Problem, sortProblems} from './language/problem.ts';
import type {DetectorDocument} from './language/schema/detector.ts';
import {isKind, KINDS, type Kind} from './language/schema/index.ts';
import type {PolicyDocument} from './language/schema/policy.ts';
import {
  type AgentGroupDocument,
  type ApiKeyDocument,
  type IdentityProviderDocument,
  type ProviderDocument,
  parseExpiry,
} from './language/schema/traffic.ts';

/** What an agent is held to whose labels no AgentGroup selects. */
const DEFAULT_GROUP: AgentGroup = {
  name: 'default',
  selector: {},
  recording: 'strict',
  content: 'masked',
  maxStalenessMs: 86_400_000,
};

export interface BundleSource {
  generation: bigint;
  digest: string;
  commit: string;
  documents: readonly CompiledDocument[];
}

/** What comes of loading a bundle. */
export type LoadedBundle = {ok: true; bundle: Bundle} | {ok: false; problems: Problem[]};

/**
 * Makes a bundle ready to decide with.
 *
 * Every document is checked again: a bundle that an older or newer compiler wrote is taken whole or not at all.
 */
export function loadBundle(source: BundleSource): LoadedBundle {
  const steps = bundleSteps(source);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** Does what `loadBundle` does, in small steps: who takes them can do other work between. */
export function* bundleSteps(source: BundleSource): Generator<undefined, LoadedBundle> {
  const {documents, problems} = readDocuments(source.documents);
  if (problems.length > 0) return {ok: false, problems: sortProblems(problems)};
  yield;
  try {
    return {ok: true, bundle: yield* assemble(source, documents)};
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return {ok: false, problems: [problemOf(undefined, 'bundle_unreadable', error.message)]};
  }
}

interface Documents {
  AgentGroup: AgentGroupDocument[];
  ApiKey: ApiKeyDocument[];
  Detector: DetectorDocument[];
  IdentityProvider: IdentityProviderDocument[];
  Policy: PolicyDocument[];
  Provider: ProviderDocument[];
}

function readDocuments(compiled: readonly CompiledDocument[]): {documents: Documents; problems: Problem[]} {
  const documents: Documents = {
    AgentGroup: [],
    ApiKey: [],
    Detector: [],
    IdentityProvider: [],
    Policy: [],
    Provider: [],
  };
  const problems: Problem[] = [];
  for (const document of compiled) {
    if (!isKind(document.kind)) {
      const message = `this version knows no kind "${document.kind}"; update the agent`;
      problems.push(problemOf(document, 'unknown_kind', message));
    } else if (document.kind !== 'PolicyTest') {
      const problem = readDocument(document, document.kind, documents);
      if (problem !== undefined) problems.push(problem);
    }
  }
  return {documents, problems};
}

function readDocument(
  document: CompiledDocument,
  kind: Exclude<Kind, 'PolicyTest'>,
  documents: Documents,
): Problem | undefined {
  let json: unknown;
  try {
    json = JSON.parse(document.json);
  } catch {
    return problemOf(document, 'bundle_unreadable', 'the compiled document is not JSON');
  }
  const parsed = KINDS[kind].safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    const message = `this version does not take the document: ${where} ${issue?.message ?? ''}; update the agent`;
    return problemOf(document, 'bundle_unreadable', message);
  }
  if (parsed.data.metadata.name !== document.name) {
    return problemOf(document, 'bundle_unreadable', 'the document has another name than the manifest says');
  }
  (documents[kind] as unknown[]).push(parsed.data); // the schema of `kind` made it
  return undefined;
}

function* assemble(source: BundleSource, documents: Documents): Generator<undefined, Bundle> {
  const compileExpression = createExpressionCompiler();
  const policies = compilePolicies({
    policies: documents.Policy,
    detectors: documents.Detector,
    providers: documents.Provider,
    expression: (text) => {
      const compiled = compileExpression(text);
      if (compiled.ok) return compiled.expression;
      throw new RangeError(`expression: ${compiled.problems[0]?.message ?? 'cannot be read'}`);
    },
  });
  const finders = matchedFinders(policies.finders);
  yield;
  const compiled = yield* matcherSteps(finders);
  if (!compiled.ok) throw new RangeError(patternProblem(policies, compiled.problems[0]));
  const providers = documents.Provider.toSorted((a, b) => compareText(a.metadata.name, b.metadata.name)).map(
    (provider) => compileProvider(provider, isOnlyOne(provider, documents.Provider)),
  );
  const defaults = new Map<DialectName, (typeof providers)[number]>();
  for (const provider of providers) if (provider.default) defaults.set(provider.dialect, provider);
  const groups = documents.AgentGroup.map(agentGroup).toSorted(moreSpecificFirst);
  return {
    generation: source.generation,
    digest: source.digest,
    commit: source.commit,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    defaultProvider: (dialect) => defaults.get(dialect),
    apiKeys: new Map(documents.ApiKey.map((document) => [document.spec.hash, apiKey(document)])),
    identityProviders: documents.IdentityProvider.map(identityProvider).toSorted((a, b) => compareText(a.name, b.name)),
    agentGroup: (labels) => groups.find(({selector}) => selects(selector, labels)) ?? DEFAULT_GROUP,
    matcher: withViews(compiled.matcher, (finder) => viewsOf(finders[finder])),
    policies,
    rules: policies.rules.length,
  };
}

/** An analyzer judges a text by itself: nobody decodes anything for it. */
function viewsOf(finder: Finder | undefined): ReadonlySet<ViewName> {
  return new Set(finder === undefined ? [] : (finder.views ?? VIEW_NAMES));
}

function patternProblem({finders}: PolicySet, problem: PatternProblem | undefined): string {
  const label = problem === undefined ? undefined : finders[problem.finder]?.label;
  return `pattern of "${label ?? 'an unknown detector'}": ${problem?.message ?? 'cannot be read'}`;
}

function isOnlyOne(provider: ProviderDocument, all: readonly ProviderDocument[]): boolean {
  return all.filter((other) => other.spec.dialect === provider.spec.dialect).length === 1;
}

function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value);
}

function moreSpecificFirst(a: AgentGroup, b: AgentGroup): number {
  return Object.keys(b.selector).length - Object.keys(a.selector).length || compareText(a.name, b.name);
}

function agentGroup({metadata, spec}: AgentGroupDocument): AgentGroup {
  const {selector, recording, content} = spec;
  return {name: metadata.name, selector, recording, content, maxStalenessMs: durationMs(spec.maxStaleness)};
}

function apiKey({metadata, spec}: ApiKeyDocument): ApiKey {
  const {hash, subject, groups, datasets, expires} = spec;
  const expiresAtMs = expires === undefined ? undefined : parseExpiry(expires);
  return {name: metadata.name, hash, subject, groups, datasets, expiresAtMs};
}

function identityProvider({metadata, spec}: IdentityProviderDocument): IdentityProvider {
  const {issuer, audiences, jwksUri, algorithms, claims} = spec;
  const named = {subject: claims.subject, groups: claims.groups, datasets: claims.datasets};
  return {name: metadata.name, issuer, audiences, jwksUri, algorithms, claims: named};
}

function problemOf(document: CompiledDocument | undefined, code: string, message: string): Problem {
  return {file: document?.file ?? '', line: document?.line ?? 0, column: 0, code, message};
}
