/**
 * What stands between a name and the value it is given, in every spelling that is in use: `=`, `:=`, `=>`, `?=`, `:`,
 * `is`, a JSON pair, an XML element or attribute, an argument behind a comma or bracket, a pair of `name` and `value`,
 * a YAML block; quoted or not, with the quotes escaped or not, with a type or not.
 */
export const ASSIGN =
  '[\\\\"\'`\\]]*(?:[ \\t]string|[ \\t]str|:[ \\t]?&?str(?:ing)?)?[ \\t]*' +
  '(?:[?:.+|&]{0,3}=[>=]?|:|,|\\(|\\|{1,2}|>\\s*|[ \\t]is:?[ \\t]|</key>\\s*<string>|[,;]?\\s*[\\\\"\']' +
  '*value[\\\\"\']*[ \\t]*[:=])' +
  '[ \\t]*(?:[|>][+-]?[ \\t]*\\n[ \\t]+)?[\\\\"\'`]*';

/** As ASSIGN, but the value stands in quotes, so that it may be made of any character. */
export const ASSIGN_QUOTED = '[\\\\"\'`\\]]*[ \\t]*(?:=>?|:=?|,|\\()[ \\t]*["\']';

/** What closes a value: never part of it, so that quotes and brackets stay. */
export const CLOSED = '(?:["\'`\\s,;)\\]}<>&|\\\\#]|$)';

/** The rest of a name behind a vendor's, in one word or with up to two more. */
export const NAME_REST = '[a-z0-9_.-]*(?: [a-z]+){0,2}';

/** Words that say that a value opens something, and what a name may still add. */
export const KEY_WORD = '[ _.-]?(?:key|token|secret|auth|pass|pwd|cred|login|pat|sid|api|id)[a-z0-9_.-]*';
