import type {ExternalFacts, ExternalSpan} from '../../engine/detect/external/external-facts.ts';
import type {PolicyTestCase} from '../../engine/language/schema/policy-test.ts';

/** What analyzers say in a test case: what the case states, wherever it stands, and nothing else. */
export function statedAnswers(analyzed: PolicyTestCase['given']['analyzed']): ExternalFacts {
  return {
    answerOf: ({detector}, text) => {
      const own = analyzed.filter((stated) => stated.detector === detector);
      if (own.some(({fails}) => fails === true)) return {kind: 'failed'};
      return {kind: 'found', spans: own.flatMap((stated) => spansOf(stated, text))};
    },
  };
}

function spansOf(
  {entity, text: value, score}: PolicyTestCase['given']['analyzed'][number],
  text: string,
): ExternalSpan[] {
  if (entity === undefined || value === undefined) return [];
  const spans: ExternalSpan[] = [];
  for (let start = text.indexOf(value); start !== -1; start = text.indexOf(value, start + value.length)) {
    spans.push({entity, start, end: start + value.length, score});
  }
  return spans;
}
