import {type AnyFinder, type ExternalAnalyzer, isExternal} from '../detect/external/external-finder.ts';
import {parseDurationMs} from '../language/duration.ts';
import {compareText} from '../language/problem.ts';
import type {DetectorDocument} from '../language/schema/detector.ts';

/** The external detectors among these that finders stand for, by name. */
export function compileAnalyzers(
  detectors: readonly DetectorDocument[],
  finders: readonly AnyFinder[],
): Map<string, ExternalAnalyzer> {
  const used = new Set(finders.flatMap((finder) => (isExternal(finder) ? [finder.external.detector] : [])));
  const analyzers = detectors
    .filter(({metadata}) => used.has(metadata.name))
    .toSorted((a, b) => compareText(a.metadata.name, b.metadata.name))
    .flatMap((document) => analyzerOf(document) ?? []);
  return new Map(analyzers.map((analyzer) => [analyzer.detector, analyzer]));
}

function analyzerOf({metadata, spec: {external}}: DetectorDocument): ExternalAnalyzer | undefined {
  if (external === undefined) return undefined;
  const {url, language, entities, minScore, timeout, maxConcurrent, credential, onFailure} = external;
  const timeoutMs = parseDurationMs(timeout);
  if (timeoutMs === undefined) throw new RangeError(`"${timeout}" is not a duration`);
  return {
    detector: metadata.name,
    url: url.replace(/\/+$/, ''),
    language,
    entities: entities.toSorted(compareText),
    minScore,
    timeoutMs,
    maxConcurrent,
    credential,
    onFailure,
  };
}
