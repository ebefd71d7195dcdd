import type {FinderSet, Finding, Matcher} from '../finder.ts';
import type {ExternalFacts, ExternalSpan} from './external-facts.ts';
import {type AnyFinder, type ExternalAnalyzer, type ExternalFinder, isExternal} from './external-finder.ts';
import {StatedScan, type WholeTextsOfRun} from './stated-scan.ts';

/** A finder whose findings are stated, with its id. */
interface StatedFinder {
  id: number;
  finder: ExternalFinder;
}

/**
 * The matcher, with what external detectors said beside what it finds itself.
 *
 * Where no finder of a set is external it is the matcher itself. A text that grows waits until it is complete, since
 * nobody can say before what a model will say of the whole; unless the run before has shown how it goes on.
 */
export function statedMatcher(options: {
  matcher: Matcher;
  /** All finders of the bundle, in the order of their ids. */
  finders: readonly AnyFinder[];
  analyzers: ReadonlyMap<string, ExternalAnalyzer>;
  facts: ExternalFacts;
  /** The texts that grow: of the run before, and of this one. */
  runs?: {before: WholeTextsOfRun | undefined; now: WholeTextsOfRun};
}): Matcher {
  const {matcher, finders, analyzers, facts, runs} = options;
  const stated = finders.flatMap((finder, id): StatedFinder[] => (isExternal(finder) ? [{id, finder}] : []));
  const activeIn = (active: FinderSet) => stated.filter(({id}) => active[id] === 1);

  const statedIn = (text: string, wanted: readonly StatedFinder[]): Finding[] => {
    // Nothing but space names nobody, and analyzers refuse an empty text.
    if (text.trim() === '') return [];
    return [...Map.groupBy(wanted, ({finder}) => finder.external.detector)].flatMap(([detector, own]) => {
      const analyzer = analyzers.get(detector);
      if (analyzer === undefined) throw new RangeError(`no external detector "${detector}"`);
      const answer = facts.answerOf(analyzer, text);
      return own.flatMap(({id, finder}): Finding[] => {
        const {entity} = finder.external;
        if (entity === undefined) return answer.kind === 'failed' ? [{finder: id, start: 0, end: text.length}] : [];
        if (answer.kind === 'failed') return [];
        const least = Math.max(finder.threshold ?? 0, analyzer.minScore);
        const spans = answer.spans.filter((span) => span.entity === entity && span.score >= least);
        return apart(spans).map(({start, end}) => ({finder: id, start, end}));
      });
    });
  };

  return {
    plain: matcher,
    find: (text, active) => {
      const own = matcher.find(text, active);
      const wanted = activeIn(active);
      const more = wanted.length === 0 ? [] : statedIn(text, wanted);
      return more.length === 0 ? own : [...own, ...more].sort((a, b) => a.start - b.start || a.finder - b.finder);
    },
    mayMatch: (text, active) => activeIn(active).length > 0 || matcher.mayMatch(text, active),
    open: (active) => {
      const wanted = activeIn(active);
      const scan = matcher.open(active);
      if (wanted.length === 0) return scan;
      const number = runs?.now.begin() ?? 0;
      return new StatedScan(scan, {
        findingsIn: (text) => statedIn(text, wanted),
        expected: runs?.before?.textOf(number),
        onComplete: (text) => runs?.now.complete(number, text),
      });
    },
  };
}

/** Places of one entity type that touch become one, so that findings of a finder never overlap. */
function apart(spans: readonly ExternalSpan[]): {start: number; end: number}[] {
  const separate: {start: number; end: number}[] = [];
  for (const {start, end} of spans.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = separate.at(-1);
    if (last === undefined || start >= last.end) separate.push({start, end});
    else last.end = Math.max(last.end, end);
  }
  return separate;
}
