import type {Finding} from '../detect/finder.ts';
import {applyEdits, maskClusters} from './clusters.ts';
import {isJsonScalar, JsonGrammar, jsonEscape} from './json-grammar.ts';
import {JsonStringDecoder} from './json-string.ts';
import type {LaneMasker, LaneSink} from './lane.ts';
import {createLaneMasker, type LaneOptions} from './lane-masker.ts';
import {leadOf, matcherBehind} from './lead.ts';
import {type MaskedKey, MaskedKeys} from './masked-keys.ts';

/** Digits from which on a number is looked at: fewer identify nothing. */
const MIN_DIGITS = 7;
/** Units of a number or word with the white space behind it; more is not a document anybody means. */
const MAX_SCALAR = 1024;
/** Units before the place where a document stops being JSON that still give context to what follows. */
const CONTEXT = 256;
/** Units of a key that are kept to say what its value is; a longer one says nothing. */
const MAX_NAME = 256;

/**
 * Masks a JSON document that arrives in pieces: keys and values as the texts they mean, and numbers of 7 digits or
 * more, which become strings where something is found. Untouched parts stay as they are and the document stays valid;
 * keys of one object that are masked alike are numbered.
 *
 * From the place where a lane stops being JSON it is masked as text. Offsets of findings count within their string.
 */
export function createJsonLaneMasker(options: LaneOptions): LaneMasker {
  return new JsonMasker(options);
}

interface OpenString {
  decoder: JsonStringDecoder;
  masker: LaneMasker;
  /** Set for a key. */
  key: MaskedKey | undefined;
  /** Of a key: what it says, as far as that may matter. */
  name: string;
}

class JsonMasker implements LaneMasker {
  readonly #options: LaneOptions;
  readonly #grammar = new JsonGrammar();
  readonly #keys = new MaskedKeys();
  /** The key that leads to values, by depth. */
  readonly #leads: string[] = [''];
  #received = 0;
  #released = 0;
  /** Units that stand, not yet told to the sink. */
  #kept = 0;
  #isDead = false;
  /** The last units of the lane: the context and the scalar that is held. */
  #recent = '';
  /** A number or word that is held, with white space behind it, until what follows shows that it stands alone. */
  #scalar = '';
  #scalarLength = 0;
  #string: OpenString | undefined;
  #text: LaneMasker | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get held(): number {
    return this.#received - this.#released;
  }

  push(piece: string): void {
    this.#received += piece.length;
    let i = 0;
    while (i < piece.length && !this.#isDead) {
      if (this.#text !== undefined) {
        this.#text.push(piece.slice(i));
        return;
      }
      i = this.#string === undefined ? this.#outside(piece, i) : this.#inside(piece, i, this.#string);
    }
    if (this.#isDead) return;
    this.#recent = (this.#recent + piece).slice(-CONTEXT - this.#scalar.length);
    this.#flush();
  }

  end(): void {
    if (this.#isDead) return;
    if (this.#string !== undefined) {
      const {decoder, masker} = this.#string;
      masker.push(decoder.rest());
      masker.end();
    } else if (this.#scalar !== '' && this.#text === undefined) {
      if (isJsonScalar(this.#scalar.slice(0, this.#scalarLength))) this.#settleScalar();
      else this.#becomeText('', 0);
    }
    this.#text?.end();
    this.#flush();
    this.#isDead = true;
  }

  /** Takes a unit outside of strings, or stops being JSON before it. */
  #outside(piece: string, i: number): number {
    const character = piece.charAt(i);
    const isSpace = character === ' ' || character === '\n' || character === '\t' || character === '\r';
    if (this.#scalar !== '') {
      const isOver = this.#scalar.length > this.#scalarLength;
      if (isSpace || (!isOver && /[-+.0-9A-Za-z]/.test(character))) {
        if (this.#scalar.length >= MAX_SCALAR) return this.#becomeText(piece, i);
        this.#scalar += character;
        if (!isSpace) this.#scalarLength++;
        return i + 1;
      }
      const stands = isJsonScalar(this.#scalar.slice(0, this.#scalarLength)) && ',]}'.includes(character);
      if (!stands) return this.#becomeText(piece, i);
      this.#settleScalar();
      if (this.#isDead) return i;
    }
    if (isSpace) {
      this.#kept++;
      return i + 1;
    }
    if (character === '"') return this.#openString(piece, i);
    if (/[-0-9tfn]/.test(character)) {
      if (!this.#grammar.value()) return this.#becomeText(piece, i);
      this.#scalar = character;
      this.#scalarLength = 1;
      return i + 1;
    }
    if (!this.#grammar.structural(character)) return this.#becomeText(piece, i);
    const {depth} = this.#grammar;
    if (character === '}') this.#keys.closeObject(depth + 1);
    // The items of a list are what its key names.
    if (character === '{') this.#leads[depth] = '';
    if (character === '[') this.#leads[depth] = this.#leads[depth - 1] ?? '';
    this.#kept++;
    return i + 1;
  }

  #openString(piece: string, i: number): number {
    const role = this.#grammar.string();
    if (role === undefined) return this.#becomeText(piece, i);
    this.#kept++;
    const decoder = new JsonStringDecoder();
    const key = role === 'key' ? this.#keys.begin(this.#grammar.depth) : undefined;
    const sink: LaneSink = {
      keep: (count) => {
        key?.keep(count);
        this.#kept += decoder.rawLength(count);
      },
      replace: (count, token) => {
        key?.replace(count, token);
        this.#replace(decoder.rawLength(count), jsonEscape(token));
      },
      block: (finding) => {
        this.#block(finding);
      },
    };
    const lead = key === undefined ? leadOf(this.#leads[this.#grammar.depth] ?? '', 'string') : undefined;
    const matcher = matcherBehind(this.#options.matcher, lead);
    this.#string = {decoder, masker: createLaneMasker({...this.#options, matcher, sink}), key, name: ''};
    return i + 1;
  }

  #inside(piece: string, i: number, string: OpenString): number {
    const {decoder, masker, key} = string;
    const {text, next, isClosed} = decoder.decode(piece, i);
    key?.push(text);
    if (key !== undefined && string.name.length <= MAX_NAME) string.name += text;
    masker.push(text);
    if (!isClosed || this.#isDead) return next;
    masker.end();
    this.#string = undefined;
    if (key !== undefined) this.#leads[this.#grammar.depth] = string.name;
    const suffix = key?.end() ?? '';
    if (suffix === '') this.#kept++;
    else this.#replace(1, `${jsonEscape(suffix)}"`);
    return next + 1;
  }

  #settleScalar(): void {
    const {matcher, finders, treatmentOf, onFinding} = this.#options;
    const scalar = this.#scalar.slice(0, this.#scalarLength);
    const space = this.#scalar.length - this.#scalarLength;
    this.#scalar = '';
    const isLong = scalar.length >= MIN_DIGITS && scalar.replaceAll(/[^0-9]/g, '').length >= MIN_DIGITS;
    const lead = leadOf(this.#leads[this.#grammar.depth] ?? '', 'number');
    const findings = isLong ? matcherBehind(matcher, lead).find(scalar, finders) : [];
    const blocking = findings.find(({finder}) => treatmentOf(finder).action === 'block');
    for (const finding of findings) {
      if (finding !== blocking) onFinding(finding);
      else {
        onFinding(finding);
        this.#block(finding);
        return;
      }
    }
    const edits = maskClusters(scalar, findings, treatmentOf);
    if (edits.length === 0) this.#kept += scalar.length;
    else this.#replace(scalar.length, JSON.stringify(applyEdits(scalar, edits)));
    this.#kept += space;
  }

  /** Goes on as text from the scalar that is held, or else from the unit at `i`. */
  #becomeText(piece: string, i: number): number {
    this.#flush();
    const before = this.#recent + piece.slice(0, i);
    const start = before.length - this.#scalar.length;
    const context = Math.min(start, CONTEXT);
    this.#scalar = '';
    // What the context turns into is out already: only what goes beyond it is passed on.
    let skipped = context;
    const pass = (count: number): number => {
      const skip = Math.min(skipped, count);
      skipped -= skip;
      return count - skip;
    };
    let due = '';
    const sink: LaneSink = {
      keep: (count) => {
        due = '';
        this.#kept += pass(count);
        this.#flush();
      },
      replace: (count, token) => {
        if (token !== '') due = token;
        const rest = pass(count);
        if (rest === 0) return;
        this.#replace(rest, due);
        due = '';
      },
      block: (finding) => {
        this.#block(finding);
      },
    };
    const onFinding = (finding: Finding): void => {
      if (finding.end > context) this.#options.onFinding(finding);
    };
    this.#text = createLaneMasker({...this.#options, sink, onFinding});
    this.#text.push(before.slice(start - context));
    return i;
  }

  #replace(count: number, token: string): void {
    if (this.#isDead) return;
    this.#flush();
    this.#released += count;
    this.#options.sink.replace(count, token);
  }

  #block(finding: Finding): void {
    this.#flush();
    this.#isDead = true;
    this.#options.sink.block(finding);
  }

  #flush(): void {
    if (this.#kept === 0) return;
    this.#released += this.#kept;
    const count = this.#kept;
    this.#kept = 0;
    this.#options.sink.keep(count);
  }
}
