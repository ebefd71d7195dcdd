import type {Bundle, CompiledDocument} from '../../engine/bundle.ts';
import {createDetectorTable, type DetectorTable, type NamedDetector} from '../../engine/decide/detector-table.ts';
import type {CompiledRule, Replacement, StreamWait} from '../../engine/decide/policy-set.ts';
import {PROSE} from '../../engine/decide/unanswered.ts';
import {matchedFinders} from '../../engine/detect/external/external-finder.ts';
import type {DetectorDocument} from '../../engine/language/schema/detector.ts';
import type {PolicyDocument, RuleDocument} from '../../engine/language/schema/policy.ts';

/** What a rule does, with every name resolved. */
export interface ExplainedRule {
  /** `policy/rule` */
  rule: string;
  /** Of the policy. */
  file: string;
  line: number;
  mode: 'enforce' | 'shadow' | 'off';
  on: readonly string[];
  action: RuleDocument['action'];
  /** Undefined for a rule that looks for nothing. */
  find: ExplainedFind | undefined;
  /** What replaces a finding; undefined for a rule that does not mask. */
  replacement: Replacement | undefined;
  /** What it makes a streamed response wait for; undefined where it does not look at responses. */
  streams: StreamWait | undefined;
}

interface ExplainedFind {
  /** As the rule names them. */
  names: readonly string[];
  except: readonly string[];
  /** What the names stand for. */
  detectors: readonly string[];
  /** Detectors that ask an analyzer. */
  analyzers: readonly string[];
  /** Places whose texts analyzers are asked about. */
  analyzedIn: readonly string[];
  patterns: number;
  keywords: number;
  /** Patterns and keywords that are left out, since nothing makes their matches certain enough for the threshold. */
  beyondThreshold: number;
  threshold: number;
  views: readonly string[];
  /** Undefined for every place. */
  in: readonly string[] | undefined;
}

/** Explains every rule of a repository that has been compiled and loaded; sorted by policy, then rule. */
export function explainRules(bundle: Bundle, documents: readonly CompiledDocument[]): ExplainedRule[] {
  const ofKind = (kind: string) => documents.filter((document) => document.kind === kind);
  // The compiler has checked the documents.
  const table = createDetectorTable(ofKind('Detector').map(({json}) => JSON.parse(json) as DetectorDocument));
  const compiled = new Map(bundle.policies.rules.map((rule) => [`${rule.policy}/${rule.name}`, rule]));
  return ofKind('Policy').flatMap(({file, line, json}) => {
    const {metadata, spec} = JSON.parse(json) as PolicyDocument;
    return spec.rules
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((rule): ExplainedRule => {
        const name = `${metadata.name}/${rule.name}`;
        const loaded = compiled.get(name);
        return {
          rule: name,
          file,
          line,
          mode: loaded?.mode ?? 'off',
          on: rule.on,
          action: rule.action,
          find: rule.find === undefined ? undefined : explainedFind(rule.find, loaded, {bundle, table}),
          replacement: loaded?.action === 'mask' ? loaded.replacement : undefined,
          streams: loaded?.streams,
        };
      });
  });
}

function explainedFind(
  find: NonNullable<RuleDocument['find']>,
  loaded: CompiledRule | undefined,
  {bundle, table}: {bundle: Bundle; table: DetectorTable},
): ExplainedFind {
  const detectors = table.select(find.detectors, find.except);
  const finders = [...(loaded?.finders ?? [])].flatMap((id) => bundle.policies.finders[id] ?? []);
  const own = matchedFinders(finders);
  const patterns = own.filter(({source}) => source.kind === 'pattern').length;
  const sought = soughtBy(find, detectors);
  const analyzers = [...new Set(detectors.flatMap(({externals}) => externals.map(({name}) => name)))];
  return {
    names: find.detectors,
    except: find.except,
    detectors: detectors.map(({name}) => name),
    analyzers,
    analyzedIn: analyzers.length === 0 ? [] : (find.in ?? [...PROSE]),
    patterns,
    keywords: own.length - patterns,
    beyondThreshold: loaded === undefined ? 0 : sought - own.length,
    threshold: find.threshold,
    // Analyzers are asked about the text as it stands.
    views: sought === 0 ? [] : find.views,
    in: find.in,
  };
}

/** Number of different finders that a rule asks for. */
function soughtBy(find: NonNullable<RuleDocument['find']>, detectors: readonly NamedDetector[]): number {
  const texts = new Set([...find.patterns.map((text) => `p ${text}`), ...find.keywords.map((text) => `k ${text}`)]);
  return texts.size + new Set(detectors.flatMap(({finders}) => finders.map((finder) => JSON.stringify(finder)))).size;
}
