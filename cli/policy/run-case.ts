import type {Bundle, Provider} from '../../engine/bundle.ts';
import {decideRequest} from '../../engine/decide/decide-request.ts';
import type {RequestDecision} from '../../engine/decide/decision.ts';
import {matcherOf} from '../../engine/decide/stated-facts.ts';
import type {ExternalFacts} from '../../engine/detect/external/external-facts.ts';
import type {Dialect, RequestReading, Route} from '../../engine/dialect/dialect.ts';
import {guardResponse} from '../../engine/dialect/guard-response.ts';
import {DIALECTS} from '../../engine/dialect/index.ts';
import {restoreResponse} from '../../engine/dialect/restore-response.ts';
import {spliceEdits} from '../../engine/dialect/splice.ts';
import type {TextRun} from '../../engine/exchange.ts';
import type {PolicyTestCase} from '../../engine/language/schema/policy-test.ts';
import {WeirError} from '../../lib/errors.ts';
import {Action, type Verdict} from '../../proto/gen/weir/record/v1/record.ts';
import {ReadableNames} from './readable-names.ts';
import {statedAnswers} from './stated-answers.ts';
import {requestBody, requestPath, responseBody} from './test-bodies.ts';

/** One thing that is not as expected. */
export interface Mismatch {
  what: 'request' | 'verdict' | 'rules' | 'shadow' | 'code' | 'sent' | 'response verdict' | 'received';
  expected: string;
  actual: string;
}

/** Runs a case through the code that agents run; no mismatch: it passed. */
export function runCase(bundle: Bundle, {given, expect}: PolicyTestCase): Mismatch[] {
  const provider = bundle.providers.get(given.provider);
  if (provider === undefined) return [mismatch('request', 'a provider', `no provider "${given.provider}"`)];
  const dialect = DIALECTS[provider.dialect];
  const route = dialect.route('POST', requestPath(provider.dialect, given.operation));
  if (route === undefined) {
    return [mismatch('request', given.operation, `dialect ${provider.dialect} has no such operation`)];
  }
  const body = requestBody(provider, given);
  let reading: RequestReading;
  try {
    reading = dialect.readRequest(route, body);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    return [mismatch('request', 'a body the agent can read', error.message)];
  }
  const names = new ReadableNames();
  const facts = statedAnswers(given.analyzed);
  const decision = decide({bundle, provider, route, names, facts}, reading, body, given);
  const sent = spliceEdits(body, reading.runs, decision.edits);
  return [
    ...compare('verdict', expect.verdict, actionName(decision.verdict), blockText(decision)),
    ...compareRules('rules', expect.rules, rulesOf(decision.verdict, 'enforce')),
    ...compareRules('shadow', expect.shadow, rulesOf(decision.verdict, 'shadow')),
    ...compare('code', expect.code, decision.block?.code ?? ''),
    ...compare('sent', expect.sent, names.readable(promptText(dialect.readRequest(route, sent).runs))),
    ...responseMismatches({bundle, provider, route, names, facts}, decision, {given, expect}),
  ];
}

/** What a case runs with. */
interface Setting {
  bundle: Bundle;
  provider: Provider;
  route: Route;
  names: ReadableNames;
  facts: ExternalFacts;
}

function decide(
  {bundle, provider, route, names, facts}: Setting,
  reading: RequestReading,
  body: string,
  given: PolicyTestCase['given'],
): RequestDecision {
  const {model, stream, tools, runs, uninspectable} = reading;
  return decideRequest(bundle, {
    request: {
      provider: provider.name,
      dialect: provider.dialect,
      operation: route.operation,
      model,
      stream,
      sizeBytes: Buffer.byteLength(body),
      statedDataset: given.dataset ?? reading.dataset,
      tools,
      runs,
      uninspectable,
    },
    caller: {...given.caller, kind: 'apiKey', authority: 'test'},
    agent: {labels: given.agent},
    external: facts,
    pseudonyms: names.pseudonyms,
  });
}

function responseMismatches(
  {bundle, provider, route, names, facts}: Setting,
  decision: RequestDecision,
  {given, expect}: Pick<PolicyTestCase, 'given' | 'expect'>,
): Mismatch[] {
  if (given.response === undefined || expect.response === undefined) return [];
  if (decision.block !== undefined) {
    return [mismatch('response verdict', 'an answer', 'none, because the request is blocked')];
  }
  const dialect = DIALECTS[provider.dialect];
  const matcher = matcherOf(bundle, facts);
  const body = responseBody(dialect.name, names.unreadable(given.response));
  const guarded = guardResponse({dialect, route, matcher, plan: decision.response, body});
  const verdict = decision.response?.verdictOf(guarded.counts);
  const received = guarded.blocked === undefined ? receivedText(guarded.body, {dialect, route}, decision) : '';
  return [
    ...compare('response verdict', expect.response.verdict, verdict === undefined ? 'allow' : actionName(verdict)),
    ...compare('received', expect.response.received, names.readable(received)),
  ];
}

/** What the caller reads: with the values that the request lost. */
function receivedText(guarded: string, at: {dialect: Dialect; route: Route}, {restore}: RequestDecision): string {
  const body = restoreResponse({...at, table: restore}, guarded);
  return responseText(at.dialect.readResponse(at.route, body).runs);
}

function promptText(runs: readonly TextRun[]): string {
  return runs
    .filter((run) => run.place === 'prompt')
    .map((run) => run.text)
    .join('\n');
}

function responseText(runs: readonly TextRun[]): string {
  return runs
    .filter((run) => run.place === 'response')
    .map((run) => run.text)
    .join('\n');
}

function actionName(verdict: Verdict): string {
  const name = Object.entries(Action).find(([, action]) => action === verdict.action)?.[0] ?? 'unspecified';
  return name.toLowerCase();
}

function rulesOf(verdict: Verdict, mode: 'enforce' | 'shadow'): string[] {
  return verdict.rules.filter((match) => match.mode === mode).map((match) => `${match.policy}/${match.rule}`);
}

function compareRules(what: 'rules' | 'shadow', expected: readonly string[] | undefined, actual: string[]): Mismatch[] {
  const text = (rules: readonly string[]) => (rules.length === 0 ? 'none' : rules.toSorted().join(', '));
  return expected === undefined ? [] : compare(what, text(expected), text(actual));
}

/** @param why stands behind what was found; only a person reads it. */
function compare(what: Mismatch['what'], expected: string | undefined, actual: string, why = ''): Mismatch[] {
  return expected === undefined || expected === actual ? [] : [mismatch(what, expected, actual + why)];
}

/** ` (no_policy: no policy applies …)`, so that a case that is blocked against expectation says by what. */
function blockText({block}: RequestDecision): string {
  return block === undefined ? '' : ` (${block.code}: ${block.message})`;
}

function mismatch(what: Mismatch['what'], expected: string, actual: string): Mismatch {
  return {what, expected, actual};
}
