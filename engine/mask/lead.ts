import type {FinderSet, Finding, Matcher, TextScan} from '../detect/finder.ts';

/** Longer keys name nothing. */
const MAX_KEY = 64;
/** Keys that say what a format is made of and nothing of their value. */
const SILENT_KEYS: ReadonlySet<string> = new Set([
  'type',
  'text',
  'content',
  'description',
  'role',
  'input',
  'arguments',
]);

/** What stands around a value for whoever reads its document. */
export interface Lead {
  before: string;
  after: string;
}

/** How a key leads to its value in JSON; undefined where it tells nothing. */
export function leadOf(key: string, kind: 'string' | 'number'): Lead | undefined {
  if (key === '' || key.length > MAX_KEY || SILENT_KEYS.has(key)) return undefined;
  return kind === 'string' ? {before: `"${key}": "`, after: '"'} : {before: `"${key}": `, after: ''};
}

/**
 * A matcher of values: finds what a value holds by itself, and what it holds behind its key. Findings are in the value
 * alone: what a match covers of the key stays.
 */
export function matcherBehind(matcher: Matcher, lead: Lead | undefined): Matcher {
  if (lead === undefined) return matcher;
  const {before, after} = lead;
  const plain = matcher.plain ?? matcher;
  return {
    find: (text, active) => {
      const own = matcher.find(text, active);
      const more = plain.find(before + text + after, active);
      if (more.length === 0) return own;
      const inside = more.map((finding) => inValue(finding, before.length, text.length)).filter(isFinding);
      const all = [...own, ...inside.filter((one) => !own.some((other) => isSame(one, other)))];
      return all.sort((a, b) => a.start - b.start || a.finder - b.finder);
    },
    mayMatch: (text, active) => matcher.mayMatch(text, active) || plain.mayMatch(before + text + after, active),
    open: (active) => new ScanBehind(matcher.open(active), plain, lead, active),
  };
}

/** Both ways of looking, side by side. */
class ScanBehind implements TextScan {
  readonly findings: Finding[] = [];
  readonly #own: TextScan;
  readonly #behind: TextScan;
  readonly #lead: Lead;
  readonly #known = new Set<string>();
  #received = 0;

  constructor(own: TextScan, plain: Matcher, lead: Lead, active: FinderSet) {
    this.#own = own;
    this.#behind = plain.open(active);
    this.#lead = lead;
    this.#behind.push(lead.before);
  }

  get hold(): number {
    return Math.max(0, Math.min(this.#own.hold, this.#behind.hold - this.#lead.before.length));
  }

  get open(): readonly Finding[] {
    const behind = this.#behind.open;
    if (behind.length === 0) return this.#own.open;
    return [...this.#own.open, ...behind.map((finding) => this.#inValue(finding)).filter(isFinding)];
  }

  push(piece: string): void {
    this.#received += piece.length;
    this.#own.push(piece);
    this.#behind.push(piece);
    this.#take();
  }

  end(): void {
    this.#own.end();
    this.#behind.push(this.#lead.after);
    this.#behind.end();
    this.#take();
  }

  #take(): void {
    for (const finding of this.#own.findings.splice(0)) this.#tell(finding);
    for (const finding of this.#behind.findings.splice(0)) {
      const own = this.#inValue(finding);
      if (own !== undefined) this.#tell(own);
    }
  }

  #tell(finding: Finding): void {
    const key = `${finding.finder} ${finding.start} ${finding.end}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.findings.push(finding);
  }

  #inValue(finding: Finding): Finding | undefined {
    return inValue(finding, this.#lead.before.length, this.#received);
  }
}

function inValue({finder, start, end}: Finding, lead: number, length: number): Finding | undefined {
  const from = Math.max(0, start - lead);
  const to = Math.min(length, end - lead);
  return from < to ? {finder, start: from, end: to} : undefined;
}

function isFinding(finding: Finding | undefined): finding is Finding {
  return finding !== undefined;
}

function isSame(a: Finding, b: Finding): boolean {
  return a.finder === b.finder && a.start === b.start && a.end === b.end;
}
