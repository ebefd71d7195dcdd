/**
 * One pattern or keyword of the bundle, with what makes a match of it count.
 * Its index in the list given to `compileMatcher` is its id.
 */
export interface Finder {
  /** What a finding is called: the detector's name, or the rule's for its own patterns and keywords. */
  label: string;
  source:
    | {
        kind: 'pattern';
        /** RE2 syntax. If it has a capture group named `mask`, that group is the finding; else the whole match. */
        pattern: string;
        ignoreCase: boolean;
      }
    | {kind: 'keyword'; text: string /** Always case-insensitive; matches at word boundaries. */};
  /** Name of a validator in `detect/validators` that the finding must pass. */
  validator: string | undefined;
  /** Bits per character (Shannon) that the finding must reach; 0 for none. */
  minEntropy: number;
  /** How likely a match is what it looks like, before its context is looked at: 0 to 1; 1 where left out. */
  confidence?: number;
  /** What the confidence, context considered, has to reach for the match to count; 0 where left out. */
  threshold?: number;
  context?: ContextWords;
  /** What never counts as a finding. */
  allow?: AllowList;
  /** The decoded views of a text that are searched beside the text itself; all where left out. */
  views?: readonly ViewName[];
}

/** Texts that are no finding, although they look like one: keys of a test environment, addresses of examples. */
export interface AllowList {
  /** Compared with the whole finding, exactly. */
  values: readonly string[];
  /** RE2 syntax; each has to match the whole finding. */
  patterns: readonly string[];
}

/** Every decoded view of a text that can be searched. */
export const VIEW_NAMES = [
  'jsonEscapes',
  'nestedJson',
  'percent',
  'base64',
  'hex',
  'zeroWidth',
  'nfkc',
  'homoglyphs',
] as const;

export type ViewName = (typeof VIEW_NAMES)[number];

/**
 * Words and phrases near a match that make it more or less likely. Only what stands before a finding counts (the `mask`
 * group, if the pattern has one), so that a live stream never waits for what follows. How words are compared stands
 * at `createContextReader` in `detect/context-words.ts`.
 */
export interface ContextWords {
  /** Any of them adds CONTEXT_WEIGHT to the confidence, once. */
  raise: readonly string[];
  /** Any of them takes CONTEXT_WEIGHT away, once. */
  lower: readonly string[];
  /** UTF-16 units before the finding that are looked through, at most 256; a word has to be whole within them. */
  within: number;
}

/** What context adds to or takes from a confidence. */
export const CONTEXT_WEIGHT = 0.4;

/** A place where a finder matched: UTF-16 offsets into the text, end exclusive. */
export interface Finding {
  finder: number;
  start: number;
  end: number;
}

/** Why a pattern cannot be used. Offset counts UTF-16 units from the start of the pattern. */
export interface PatternProblem {
  finder: number;
  offset: number;
  message: string;
}

/** Which finders to look for: 1 at a finder's id. Made once per rule set, not per request. */
export type FinderSet = Uint8Array;

/** A text that is being looked through while it arrives. */
export interface TextScan {
  /** Takes the next piece; cuts may fall anywhere, also inside a surrogate pair. */
  push: (piece: string) => void;
  /** The text is complete. */
  end: () => void;
  /** Findings known by now, in no particular order; the reader takes them out. */
  readonly findings: Finding[];
  /** No finding that is yet to come starts before this offset; one that is listed in `open` may. */
  readonly hold: number;
  /** Findings that are certain, but may still grow: `end` is the least that is possible. */
  readonly open: readonly Finding[];
}

/** All finders of a bundle, compiled; safe to share, holds no state of any text. */
export interface Matcher {
  /** All findings in a text: per finder leftmost and non-overlapping; sorted by start, then finder. Linear time. */
  find: (text: string, active: FinderSet) => Finding[];
  /** Whether any active finder could match; cheaper than `find`, never false where `find` finds. */
  mayMatch: (text: string, active: FinderSet) => boolean;
  /** Looks through a text in pieces; finds exactly what `find` finds in the whole. */
  open: (active: FinderSet) => TextScan;
  /** The part of it that looks by itself; left out where that is all of it. Nobody else is asked about its texts. */
  plain?: Matcher;
}

/** A scan that a decoded view of the text can go on from. */
export interface ForkingScan extends TextScan {
  /** A scan of another text that begins like this one; it reports what is not among this one's findings by now. */
  fork: () => ForkingScan;
  /**
   * Whether this scan and another of the same finders go on exactly alike, given the same pieces from here on.
   *
   * @param same units before here in which the two texts agree.
   */
  goesOnLike: (other: ForkingScan, same: number) => boolean;
}

/** A matcher that looks at texts as they are. */
export interface PlainMatcher extends Matcher {
  open: (active: FinderSet) => ForkingScan;
}
