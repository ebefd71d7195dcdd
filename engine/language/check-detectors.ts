import {DETECTORS} from '../detect/catalogue.ts';
import {membersByName, wholes} from '../detect/members.ts';
import {VALIDATORS} from '../detect/validators/index.ts';
import {checkExternal} from './check-external.ts';
import {type Draft, textAt} from './draft.ts';
import type {Problem, ProblemCode} from './problem.ts';
import {unknownNames} from './unknown-names.ts';
import {nodeAt, nodesAt, offsetAt} from './yaml-node.ts';

/** The detectors that each name of a detector or group stands for: built-in ones, and those of the drafts. */
export function detectorMembers(drafts: readonly Draft[]): Map<string, Set<string>> {
  const own = detectorDrafts(drafts).map((draft) => ({name: draft.name, groups: groupsOf(draft)}));
  return membersByName([...DETECTORS, ...own]);
}

/** What the shape of a Detector does not say: names, and fields that mean nothing together. */
export function checkDetectors(drafts: readonly Draft[], members: ReadonlyMap<string, Set<string>>): Problem[] {
  const own = detectorDrafts(drafts);
  const detectors = new Set(DETECTORS.map(({name}) => name));
  const builtIn = membersByName(DETECTORS);
  const groups = new Set(own.flatMap((draft) => groupsOf(draft).flatMap(wholes)));
  const extended = new Map(own.map((draft) => [draft.name, textAt(draft.root, ['spec', 'extends'])]));
  const known = new Set(members.keys());
  const validators = new Set(Object.keys(VALIDATORS));
  return own.flatMap((draft) => [
    ...checkNames(draft, {builtIn, detectors, groups}),
    ...checkContent(draft),
    ...checkExternal(draft),
    ...unknownNames(draft, ['spec', 'extends'], 'detector', known),
    ...unknownNames(draft, ['spec', 'validator'], 'validator', validators),
    ...checkCircle(draft, extended, members),
  ]);
}

function checkNames(
  draft: Draft,
  {
    builtIn,
    detectors,
    groups,
  }: {
    builtIn: ReadonlyMap<string, unknown>;
    detectors: ReadonlySet<string>;
    groups: ReadonlySet<string>;
  },
): Problem[] {
  const refuse = refusal(draft);
  const problems: Problem[] = [];
  if (builtIn.has(draft.name)) {
    const message = `"${draft.name}" is a built-in detector or group; choose another name`;
    problems.push(refuse(['metadata', 'name'], message, 'conflict'));
  } else if (groups.has(draft.name)) {
    const message = `"${draft.name}" is a group of this repository's detectors; choose another name`;
    problems.push(refuse(['metadata', 'name'], message, 'conflict'));
  }
  for (const [index, group] of groupsOf(draft).entries()) {
    const taken = wholes(group).find((whole) => detectors.has(whole));
    if (taken === undefined) continue;
    const message = `"${taken}" is a built-in detector; a group needs another name`;
    problems.push(refuse(['spec', 'groups', index], message, 'conflict'));
  }
  return problems;
}

/** Fields that change what patterns and keywords find. */
const OF_TEXTS = ['validator', 'ignoreCase', 'minEntropy', 'confidence', 'context', 'allow'];

function checkContent(draft: Draft): Problem[] {
  const refuse = refusal(draft);
  const has = (...path: string[]) => nodeAt(draft.root, ['spec', ...path]) !== undefined;
  const count = (...path: string[]) => nodesAt(draft.root, ['spec', ...path, '*']).length;
  const texts = count('patterns') + count('keywords');
  const problems: Problem[] = [];
  if (texts === 0 && !has('extends') && !has('external')) {
    const message =
      'a detector looks for something; add patterns or keywords, or name in "extends" what it goes out from';
    problems.push(refuse(['spec'], message, 'missing_field'));
  }
  if (texts === 0 && has('extends')) {
    for (const field of ['validator', 'ignoreCase'].filter((one) => has(one))) {
      const message = `"${field}" is for patterns and keywords that stand here, and there are none; remove it`;
      problems.push(refuse(['spec', field], message, 'invalid_value'));
    }
  }
  if (texts === 0 && !has('extends') && has('external')) {
    for (const field of OF_TEXTS.filter((one) => has(one))) {
      const message = `"${field}" is for patterns and keywords; what an analyzer finds is for the analyzer to judge`;
      problems.push(refuse(['spec', field], message, 'invalid_value'));
    }
  }
  if (has('context') && count('context', 'raise') + count('context', 'lower') === 0) {
    problems.push(refuse(['spec', 'context'], '"context" names no words; add raise or lower', 'invalid_value'));
  }
  if (has('allow') && count('allow', 'values') + count('allow', 'patterns') === 0) {
    problems.push(refuse(['spec', 'allow'], '"allow" lets nothing pass; add values or patterns', 'invalid_value'));
  }
  return problems;
}

/** A detector that extends itself, on whatever way round. */
function checkCircle(
  draft: Draft,
  extended: ReadonlyMap<string, string | undefined>,
  members: ReadonlyMap<string, Set<string>>,
): Problem[] {
  const path = wayBack(draft.name, draft.name, extended, members, new Set());
  if (path === undefined) return [];
  const message = `this detector extends itself: ${[draft.name, ...path].join(' → ')}`;
  return [refusal(draft)(['spec', 'extends'], message, 'conflict')];
}

/** The names on the way from one detector over what it extends to another; undefined where none leads there. */
function wayBack(
  from: string,
  to: string,
  extended: ReadonlyMap<string, string | undefined>,
  members: ReadonlyMap<string, Set<string>>,
  seen: Set<string>,
): string[] | undefined {
  const base = extended.get(from);
  if (base === undefined || seen.has(from)) return undefined;
  seen.add(from);
  for (const member of [...(members.get(base) ?? [])].sort()) {
    const step = member === base ? [base] : [base, member];
    if (member === to) return step;
    const rest = wayBack(member, to, extended, members, seen);
    if (rest !== undefined) return [...step, ...rest];
  }
  return undefined;
}

function detectorDrafts(drafts: readonly Draft[]): Draft[] {
  return drafts.filter((draft) => draft.kind === 'Detector');
}

function groupsOf(draft: Draft): string[] {
  return nodesAt(draft.root, ['spec', 'groups', '*']).map(({path}) => textAt(draft.root, path) ?? '');
}

function refusal(draft: Draft): (path: (string | number)[], message: string, code: ProblemCode) => Problem {
  return (path, message, code) => draft.source.problem(offsetAt(draft.root, path), code, message);
}
