// Runs one hostile case in a process of its own, so that its memory is its own: first Weir, then V8, a message each.
import {compileMatcher} from '../../engine/detect/matcher.ts';
import type {HostileJob, HostileReport, WeirFigures} from './hostile.ts';
import {finderOf, HOSTILE_CASES} from './hostile-cases.ts';
import {v8Pattern} from './maskers.ts';
import {catalogueProduct} from './product.ts';
import {streamMasker} from './streams.ts';

const PIECE = 1024;
/** What V8 is given; some of it would take it years. */
const V8_CHARACTERS = 65_536;

process.once('message', ({index, characters, milliseconds}: HostileJob) => {
  const hostile = HOSTILE_CASES[index];
  if (hostile === undefined) throw new RangeError(`there is no case ${index}`);
  const text = hostile.text(characters).slice(0, characters);
  const engine = hostile.pattern === undefined ? catalogueEngine() : patternEngine(hostile.pattern());
  if ('refused' in engine) {
    report({kind: 'refused', reason: engine.refused});
    return;
  }
  report({kind: 'weir', figures: weirFigures(engine, text, milliseconds)});
  report({kind: 'v8', megabytesPerSecond: v8Speed(engine.patterns, text.slice(0, V8_CHARACTERS))});
});

function report(message: HostileReport): void {
  process.send?.(message);
}

type Engine = ReturnType<typeof catalogueEngine>;

function weirFigures({matcher, finders, treatmentOf}: Engine, text: string, milliseconds: number): WeirFigures {
  const bytes = Buffer.byteLength(text);
  const before = process.memoryUsage.rss();
  const whole = fastest(() => matcher.find(text, finders), milliseconds);
  const stream = streamMasker('weir', matcher, {finders, treatmentOf});
  let held = 0;
  const pieces = fastest(() => {
    const lane = stream.open();
    for (let at = 0; at < text.length; at += PIECE) {
      lane.push(text.slice(at, at + PIECE));
      held = Math.max(held, lane.held);
    }
    lane.end();
  }, milliseconds);
  return {
    wholeMegabytesPerSecond: bytes / whole,
    streamMegabytesPerSecond: bytes / pieces,
    memoryMegabytes: Math.max(0, process.resourceUsage().maxRSS * 1024 - before) / 1e6,
    held,
  };
}

function catalogueEngine() {
  const {bundle, plan, finders} = catalogueProduct();
  const patterns = finders.flatMap((finder) => v8Pattern(finder) ?? []);
  return {matcher: bundle.matcher, finders: plan.finders, treatmentOf: plan.treatmentOf, patterns};
}

function patternEngine(pattern: string): Engine | {refused: string} {
  const finder = finderOf(pattern);
  const compiled = compileMatcher([finder]);
  if (!compiled.ok) return {refused: compiled.problems[0]?.message ?? ''};
  const treatment = {action: 'mask', token: '[REDACTED]', priority: 0} as const;
  const patterns = [v8Pattern(finder) ?? []].flat();
  return {matcher: compiled.matcher, finders: new Uint8Array([1]), treatmentOf: () => treatment, patterns};
}

/** Microseconds of this thread's CPU that the fastest run took. */
function fastest(step: () => unknown, milliseconds: number): number {
  const until = performance.now() + milliseconds;
  let best = Infinity;
  do {
    const before = process.threadCpuUsage();
    step();
    const {user, system} = process.threadCpuUsage(before);
    best = Math.min(best, user + system);
  } while (performance.now() < until);
  return best;
}

function v8Speed(patterns: readonly RegExp[], text: string): number {
  const micros = fastest(() => {
    for (const pattern of patterns) Array.from(text.matchAll(pattern));
  }, 0);
  return Buffer.byteLength(text) / micros;
}
