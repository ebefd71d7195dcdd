import type {NamedDetector} from '../../engine/decide/detector-table.ts';
import {DETECTORS} from '../../engine/detect/catalogue.ts';
import {VIEW_NAMES} from '../../engine/detect/finder.ts';
import {wholes} from '../../engine/detect/members.ts';
import {fitTable, formatFields} from '../output.ts';

/** A detector as people and programs are shown it. */
export interface DescribedDetector {
  name: string;
  groups: readonly string[];
  description: string;
  patterns: number;
  keywords: number;
  /** Least and most that one of its patterns starts with; undefined where an analyzer judges. */
  confidence: {least: number; most: number} | undefined;
  validators: string[];
  /** Words before a match that add to its confidence, and that take from it. */
  raise: string[];
  lower: string[];
  /** Searched unless a rule says otherwise. */
  views: readonly string[];
  /** Names of the analyzers that it asks. */
  external: string[];
  /** Texts in which a built-in one finds something, and texts that look alike. */
  examples: readonly string[];
  nearMisses: readonly string[];
}

export function described({name, groups, description, finders, externals}: NamedDetector): DescribedDetector {
  const confidences = finders.map(({confidence = 1}) => confidence);
  const {examples = [], nearMisses = []} = DETECTORS.find((detector) => detector.name === name) ?? {};
  const patterns = finders.filter(({source}) => source.kind === 'pattern').length;
  return {
    name,
    groups,
    description,
    patterns,
    keywords: finders.length - patterns,
    confidence: finders.length === 0 ? undefined : {least: Math.min(...confidences), most: Math.max(...confidences)},
    validators: distinct(finders.flatMap(({validator}) => validator ?? [])).sort(),
    raise: distinct(finders.flatMap(({context}) => context?.raise ?? [])),
    lower: distinct(finders.flatMap(({context}) => context?.lower ?? [])),
    views: VIEW_NAMES,
    external: externals.map((external) => external.name),
    examples,
    nearMisses,
  };
}

/** @param columns of the terminal; undefined where nobody reads along. */
export function listText(list: readonly DescribedDetector[], columns: number | undefined): string {
  const rows = list.map((detector) => {
    const {name, groups, confidence, validators, raise, lower, external, description} = detector;
    const context = raise.length + lower.length === 0 ? [] : ['context'];
    const checks = [...validators, ...context, ...external.map((one) => `asks ${one}`)];
    return [name, groups.join(', '), confidenceText(confidence), checks.join(', '), description];
  });
  const table = fitTable(['NAME', 'GROUPS', 'CONFIDENCE', 'CHECKS', 'FINDS'], rows, columns);
  const all = distinct(list.flatMap(({groups}) => groups.flatMap(wholes))).sort();
  return `${table}\ngroups: ${all.join(', ')}\nviews: ${VIEW_NAMES.join(', ')}\n`;
}

/** Everything that is known of one detector. */
export function detailText(detector: DescribedDetector): string {
  const {name, groups, description, patterns, keywords, confidence, validators, raise, lower} = detector;
  const {views, external, examples, nearMisses} = detector;
  return formatFields([
    ['name', name],
    ['groups', groups.join(', ')],
    ['finds', description],
    ['patterns', patterns === 0 ? '' : String(patterns)],
    ['keywords', keywords === 0 ? '' : String(keywords)],
    ['confidence', confidenceText(confidence)],
    ['checks', validators.join(', ')],
    ['more after', raise.join(', ')],
    ['less after', lower.join(', ')],
    ['analyzers', external.join(', ')],
    ['views', views.join(', ')],
    ...examples.map((example) => ['finds in', example] as const),
    ...nearMisses.map((example) => ['not in', example] as const),
  ]);
}

function confidenceText(confidence: DescribedDetector['confidence']): string {
  if (confidence === undefined) return '';
  const {least, most} = confidence;
  return least === most ? String(least) : `${least}–${most}`;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
