/**
 * What stands between a name and the value it is given, in every spelling that is in use: `=`, `:=`, `=>`, `?=`, `:`,
 * a JSON pair, an XML element or attribute, an argument behind a comma or bracket, a pair of `name` and `value`.
 */
export const ASSIGN =
  '(?:\\\\{0,3}["\'`]|\\])?\\]?' +
  "(?:[ \\t]{1,3}(?:string|str|String|text|varchar)|:[ \\t]{0,2}(?:&?'?[a-z]{0,6} ?str|[Ss]tring)\\??)?" +
  '[ \\t]*' +
  '(?:[?:.+|&]{0,3}=[>=]?|:|,|\\(|>\\s*|</key>\\s*<string>|[,;]?\\s*\\\\{0,3}["\']?value\\\\{0,3}["\']?[ \\t]{0,3}[:=])' +
  '[ \\t]*' +
  '(?:[|>][+-]?[ \\t]*\\n[ \\t]{1,12})?' +
  '(?:\\\\{0,3}["\'`]){0,3}';

/** What closes a value: never part of it, so that quotes and brackets stay. */
export const CLOSED = '(?:["\'`\\s,;)\\]}<>&|\\\\#]|$)';

/** The rest of a name behind a vendor's, in one word or with words between that are usual in such names. */
export const REST =
  '[a-z0-9_.-]{0,32}(?: (?:api|app|access|auth|client|secret|personal|bot|user|service|account|live|test)){0,2}';

/** Words that say that a value opens something. */
export const KEY_WORD =
  '[ _.-]?(?:key|token|secret|auth|pass(?:word|wd)?|pwd|cred|login|pat|sid|api|id)[a-z0-9_.-]{0,24}';
