import type {ExternalAnalyzer} from './external-finder.ts';

/** A place that an external detector named: UTF-16 offsets into the text, end exclusive, never empty. */
export interface ExternalSpan {
  entity: string;
  start: number;
  end: number;
  /** 0 to 1. */
  score: number;
}

/** What an external detector said of one text. */
export type ExternalAnswer = {kind: 'found'; spans: readonly ExternalSpan[]} | {kind: 'failed'};

/** What external detectors said: gathered before a decision, and an input of it like the text itself. */
export interface ExternalFacts {
  answerOf: (analyzer: ExternalAnalyzer, text: string) => ExternalAnswer;
}

/** Where nothing was gathered, nothing was answered. */
export const NO_FACTS: ExternalFacts = {answerOf: () => ({kind: 'failed'})};
