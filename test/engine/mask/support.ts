import fc from 'fast-check';
import {DETECTORS} from '../../../engine/detect/catalogue.ts';
import type {Finder, FinderSet, Finding, Matcher} from '../../../engine/detect/finder.ts';
import {compileMatcher} from '../../../engine/detect/matcher.ts';
import {applyEdits, maskClusters} from '../../../engine/mask/clusters.ts';
import {createJsonLaneMasker} from '../../../engine/mask/json-lane.ts';
import type {LaneMasker, Treatment} from '../../../engine/mask/lane.ts';
import {createLaneMasker} from '../../../engine/mask/lane-masker.ts';

export interface RuleSet {
  finders: readonly Finder[];
  matcher: Matcher;
  active: FinderSet;
  treatmentOf: (finder: number) => Treatment;
}

/** As a rule without a threshold of its own looks for what a detector finds. */
const THRESHOLD = 0.5;

/** Finders with a token and a priority each. */
export function ruleSet(finders: readonly Finder[], treatments: readonly Partial<Treatment>[] = []): RuleSet {
  const compiled = compileMatcher(finders);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return {
    finders,
    matcher: compiled.matcher,
    active: new Uint8Array(finders.length).fill(1),
    treatmentOf: (id) => ({action: 'mask', token: `‹${finders[id]?.label ?? ''}›`, priority: id, ...treatments[id]}),
  };
}

export const CATALOGUE: readonly Finder[] = DETECTORS.flatMap((detector) =>
  detector.finders.map((finder) => ({...finder, label: detector.name, threshold: THRESHOLD})),
);

export interface Lane {
  output: string;
  findings: Finding[];
  blocked: Finding | undefined;
  masker: LaneMasker;
  push: (piece: string) => void;
}

/** A lane whose sink puts its output together and checks that it is told of every unit once. */
export function openLane(rules: RuleSet, content: 'text' | 'json' = 'text'): Lane {
  let pending = '';
  const take = (count: number): string => {
    if (count <= 0 || count > pending.length) throw new RangeError(`${count} of ${pending.length} units`);
    const taken = pending.slice(0, count);
    pending = pending.slice(count);
    return taken;
  };
  const create = content === 'json' ? createJsonLaneMasker : createLaneMasker;
  const lane: Lane = {
    output: '',
    findings: [],
    blocked: undefined,
    masker: create({
      matcher: rules.matcher,
      finders: rules.active,
      treatmentOf: rules.treatmentOf,
      needsValues: rules.finders.some((_, id) => rules.treatmentOf(id).tokenOf !== undefined),
      onFinding: (finding) => lane.findings.push(finding),
      sink: {
        keep: (count) => {
          lane.output += take(count);
        },
        replace: (count, token) => {
          take(count);
          lane.output += token;
        },
        block: (finding) => {
          lane.blocked = finding;
        },
      },
    }),
    push: (piece) => {
      pending += piece;
      lane.masker.push(piece);
      if (lane.blocked === undefined && lane.masker.held !== pending.length) {
        throw new RangeError(`says ${lane.masker.held} units are held, but ${pending.length} are`);
      }
    },
  };
  return lane;
}

/** The masking of a whole text. */
export function masked({matcher, active, treatmentOf}: RuleSet, text: string): string {
  return applyEdits(text, maskClusters(text, matcher.find(text, active), treatmentOf));
}

/** The output of a lane for a text in given pieces. */
export function streamed(rules: RuleSet, pieces: readonly string[], content: 'text' | 'json' = 'text'): string {
  const lane = openLane(rules, content);
  for (const piece of pieces) lane.push(piece);
  lane.masker.end();
  return lane.output + (lane.blocked === undefined ? '' : '■');
}

/** A text cut at the given distances, over and over. */
export function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, i = 0; at < text.length; i++) {
    const length = Math.max(1, lengths[i % lengths.length] ?? 1);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

/** Piece lengths: single units, as models send, and longer ones. */
export const cuttings: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([1]),
  fc.array(fc.integer({min: 1, max: 5}), {minLength: 1, maxLength: 12}),
  fc.array(fc.integer({min: 1, max: 60}), {minLength: 1, maxLength: 6}),
);
