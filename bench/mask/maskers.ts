import {createRequire} from 'node:module';
import {shannonEntropy} from '../../engine/detect/entropy.ts';
import type {Finder, Finding, Matcher} from '../../engine/detect/finder.ts';
import {VALIDATORS} from '../../engine/detect/validators/index.ts';
import {applyEdits, maskClusters} from '../../engine/mask/clusters.ts';
import {type Product, rawMatcher} from './product.ts';

/** Something that masks a whole text. */
export interface Masker {
  name: string;
  mask: (text: string) => string | Promise<string>;
}

/** The engine as the agent runs it, the matcher alone, and its peers; peers are loaded only where they are asked for. */
export async function createMaskers(product: Product, names: readonly string[]): Promise<Masker[]> {
  const makers: Record<(typeof MASKER_NAMES)[number], () => Promise<Masker>> = {
    weir: async () => Promise.resolve(engineMasker('weir', product, product.bundle.matcher)),
    'no views': async () => Promise.resolve(engineMasker('no views', product, rawMatcher(product))),
    'V8 one by one': async () => Promise.resolve(v8Masker(product)),
    secretlint: secretlintMasker,
    'redact-pii': async () => Promise.resolve(redactPiiMasker()),
  };
  return Promise.all(MASKER_NAMES.filter((name) => names.includes(name)).map(async (name) => makers[name]()));
}

export const MASKER_NAMES = ['weir', 'no views', 'V8 one by one', 'secretlint', 'redact-pii'] as const;

function engineMasker(name: string, {plan}: Product, matcher: Matcher): Masker {
  const mask = (text: string): string => {
    const findings = matcher.find(text, plan.finders);
    return findings.length === 0 ? text : applyEdits(text, maskClusters(text, findings, plan.treatmentOf));
  };
  return {name, mask};
}

/** The same patterns and checks, each pattern with its own pass; without the look at the words around a match. */
function v8Masker({finders, plan}: Product): Masker {
  const patterns = finders.map((finder) => ({finder, regex: v8Pattern(finder)}));
  const mask = (text: string): string => {
    const findings: Finding[] = [];
    patterns.forEach(({finder, regex}, id) => {
      if (regex === undefined) return;
      for (const match of text.matchAll(regex)) {
        const value = match.groups?.['mask'] ?? match[0];
        const start = match.index + match[0].indexOf(value);
        if (value !== '' && counts(finder, value)) findings.push({finder: id, start, end: start + value.length});
      }
    });
    findings.sort((a, b) => a.start - b.start || a.finder - b.finder);
    return applyEdits(text, maskClusters(text, findings, plan.treatmentOf));
  };
  return {name: 'V8 one by one', mask};
}

function counts({validator, minEntropy, confidence = 1, threshold = 0}: Finder, value: string): boolean {
  if (confidence < threshold) return false;
  if (validator !== undefined && VALIDATORS[validator]?.(value) !== true) return false;
  return minEntropy <= 0 || shannonEntropy(value) >= minEntropy;
}

/** A pattern as V8 spells it; close enough to measure with. Undefined for what V8 cannot say. */
export function v8Pattern({source}: Finder): RegExp | undefined {
  if (source.kind === 'keyword') return new RegExp(`\\b${RegExp.escape(source.text)}\\b`, 'gi');
  const flags = source.ignoreCase || source.pattern.startsWith('(?i)') ? 'gi' : 'g';
  const spelled = source.pattern
    .replace(/^\(\?i\)/, '')
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\z', '$')
    .replaceAll('\\A', '^');
  try {
    return new RegExp(spelled, flags);
  } catch {
    return undefined;
  }
}

async function secretlintMasker(): Promise<Masker> {
  const {lintSource} = await import('@secretlint/core');
  const {creator} = await import('@secretlint/secretlint-rule-preset-recommend');
  const options = {
    noPhysicFilePath: true,
    config: {rules: [{id: '@secretlint/secretlint-rule-preset-recommend', rule: creator}]},
  };
  const mask = async (text: string): Promise<string> => {
    const source = {filePath: '/text.txt', content: text, contentType: 'text', ext: '.txt'} as const;
    const {messages} = await lintSource({source, options});
    let result = '';
    let from = 0;
    for (const {range} of messages.toSorted((a, b) => a.range[0] - b.range[0])) {
      if (range[0] < from) continue;
      result += `${text.slice(from, range[0])}[REDACTED]`;
      from = range[1];
    }
    return result + text.slice(from);
  };
  return {name: 'secretlint', mask};
}

function redactPiiMasker(): Masker {
  // Its types name a cloud client's, which are not made for this compiler.
  const loaded: unknown = createRequire(import.meta.url)('redact-pii');
  const {SyncRedactor} = loaded as {SyncRedactor: new () => {redact: (text: string) => string}};
  const redactor = new SyncRedactor();
  return {name: 'redact-pii', mask: (text) => redactor.redact(text)};
}
