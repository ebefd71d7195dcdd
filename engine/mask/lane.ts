import type {Finding} from '../detect/finder.ts';

/**
 * Receives what becomes of a lane's text, in order and as early as it is certain.
 * Counts are UTF-16 units of the input, consumed from where the last call stopped.
 */
export interface LaneSink {
  /** The next `count` units stand as they are. */
  keep: (count: number) => void;
  /** The next `count` units are gone and `token` stands in their place; an empty token swallows the rest of a span. */
  replace: (count: number, token: string) => void;
  /** A finding whose rule blocks starts here: nothing from this unit on may be released. Called once; the lane is dead. */
  block: (finding: Finding) => void;
}

/** Longer values are replaced by a treatment's fixed token: a lane that waits for a value's end is bounded by it. */
export const MAX_VALUE = 8192;

/** What a finding asks for. */
export interface Treatment {
  action: 'mask' | 'block' | 'observe';
  /** What replaces the span, for `mask`, whatever its text is; where `tokenOf` is set, one of a value without it. */
  token: string;
  /**
   * What replaces a span of this text; left out where that is always the same. A value is the whole of a span, at
   * most MAX_VALUE units: its lane waits until it has ended. A span that is cut off by a block has no value.
   */
  tokenOf?: (value: string) => string;
  /** Order among overlapping findings that start together: smaller wins; depends on names only, never on file order. */
  priority: number;
}

/** What replaces a span; `value` is its text, undefined where it is cut off. */
export function tokenFor({token, tokenOf}: Treatment, value: string | undefined): string {
  return tokenOf === undefined || value === undefined || value.length > MAX_VALUE ? token : tokenOf(value);
}

/** Masks one independently concatenated text as it arrives. */
export interface LaneMasker {
  push: (text: string) => void;
  /** The text is complete: releases everything that was held. */
  end: () => void;
  /** Units taken in and not yet passed on. */
  readonly held: number;
}
