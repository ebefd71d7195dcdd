import {type Detector, pattern} from '../detector.ts';

type DetectorFinder = Detector['finders'][number];

/** Digits in the groups that most countries write them in, or without any. */
export const DIGITS = {
  7: '\\d{7}',
  8: '\\d{8}',
  9: '\\d{3}[ .-]?\\d{3}[ .-]?\\d{3}',
  10: '\\d{3}[ -]?\\d{3}[ -]?\\d{4}',
  11: '\\d{11}',
  12: '\\d{4}[ -]?\\d{4}[ -]?\\d{4}',
  13: '\\d{13}',
  15: '\\d{15}',
  16: '\\d{16}',
  18: '\\d{18}',
} as const;

/**
 * A form that says little by itself: it counts where one of the words stands before it.
 *
 * @param words in lower case, with `|` between them; see `ContextWords`.
 */
export function named(form: string, words: string, validator?: string, confidence = 0.2): DetectorFinder {
  return pattern(`\\b(?:${form})\\b`, {...(validator && {validator}), confidence, context: {raise: words.split('|')}});
}

/** A form whose check digits leave no doubt where it is all there is: the answer to a question, the field of a form. */
export function alone(form: string, validator?: string): DetectorFinder {
  return pattern(`^\\s{0,2}(?P<mask>${form})[.\\s]{0,2}$`, {...(validator && {validator}), confidence: 0.6});
}

/** A form that is no other thing's: it counts wherever it stands. */
export function distinct(form: string, validator?: string, confidence = 0.8): DetectorFinder {
  return pattern(`(?:^|[^\\w.-])(?P<mask>${form})(?:$|[^\\w-])`, {...(validator && {validator}), confidence});
}

/** Letters and digits that are no other thing's: they count wherever they stand. */
export function distinctCode(form: string, validator?: string, confidence = 0.8): DetectorFinder {
  return pattern(`\\b(?:${form})\\b`, {...(validator && {validator}), confidence});
}

/** As `distinctCode`, for forms that chance finds in base64 and addresses: only between spaces, quotes and stops. */
export function standing(form: string, validator?: string, confidence = 0.6): DetectorFinder {
  return pattern(`(?:^|[\\s"'(:,;])(?P<mask>${form})(?:$|[\\s"').:,;!?])`, {...(validator && {validator}), confidence});
}
