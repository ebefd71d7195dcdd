import type {Verdict} from '../../proto/gen/weir/record/v1/record.ts';
import type {FinderSet} from '../detect/finder.ts';
import type {Uninspectable} from '../exchange.ts';
import type {Treatment} from '../mask/lane.ts';
import type {RestoreTable} from '../mask/restore-table.ts';

/** A replacement inside a run's joined text: UTF-16 offsets, end exclusive; edits of a run do not overlap. */
export interface MaskEdit {
  /** Index into `RequestFacts.runs`. */
  run: number;
  start: number;
  end: number;
  token: string;
}

/** What the caller is told when a rule blocks. */
export interface BlockAnswer {
  status: number;
  code: string;
  message: string;
}

/** One approve rule that matched. */
export interface ApprovalNeed {
  policy: string;
  rule: string;
  /** SHA-256 of the rule's canonical JSON. */
  ruleDigest: Buffer;
  reviewers: readonly string[];
  count: number;
  withinMs: number;
  rememberMs: number;
  reasonRequired: boolean;
  /** Index of the last message with a finding; -1 for a rule without findings, which grants the exact body once. */
  lastMessage: number;
}

/** How the response to this exchange is guarded; undefined finders mean that no response rule applies. */
export interface ResponsePlan {
  finders: FinderSet;
  /** Those of them that look at what is no text of the answer: ids, names of events, models. */
  plainFinders: FinderSet;
  /** Whether external detectors look at the response: a stream waits for its end. */
  isExternal: boolean;
  /** What a finding of this finder asks for (the strictest of the rules that look for it). */
  treatmentOf: (finder: number) => Treatment;
  /** Whether any of these treatments makes its token from the value. */
  needsValues: boolean;
  /** The answer for a blocking finding of this finder. */
  blockAnswerOf: (finder: number) => BlockAnswer;
  /** The answer for content that the rules cannot look into; undefined where all of it may pass. */
  unseenAnswer: (contents: readonly Uninspectable[]) => BlockAnswer | undefined;
  /** The verdict for the findings counted so far, by finder, and for content that could not be looked into. */
  verdictOf: (counts: ReadonlyMap<number, number>, contents?: readonly Uninspectable[]) => Verdict;
}

/** The verdict on a request and everything that follows from it. */
export interface RequestDecision {
  verdict: Verdict;
  /** Always to be applied, also to what a reviewer sees and a record keeps. */
  edits: readonly MaskEdit[];
  /** Set when the verdict is block. */
  block: BlockAnswer | undefined;
  /** Not empty when the verdict is approve. */
  approvals: readonly ApprovalNeed[];
  /** Undefined where no response rule applies. */
  response: ResponsePlan | undefined;
  /** Values of this conversation that the caller gets back in the response; empty where no rule restores. */
  restore: RestoreTable;
  /** What spans, records and reviewers may be told of the request beside its body: masked like the body. */
  shown: {model: string; dataset: string};
}
