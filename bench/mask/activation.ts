import {createHash} from 'node:crypto';
import {createActivePolicy} from '../../agent/sync/active-policy.ts';
import type {BundleShelf, ShelvedBundle} from '../../agent/sync/bundle-shelf.ts';
import type {CompiledDocument} from '../../engine/bundle.ts';
import {DETECTORS} from '../../engine/detect/catalogue.ts';
import {loadBundle} from '../../engine/load-bundle.ts';
import {SYSTEM_CLOCK} from '../../lib/clock.ts';
import {createLogger} from '../../lib/log.ts';
import {policyDocuments, productOf} from './product.ts';
import {median} from './rounds.ts';
import {corpus} from './texts/index.ts';
import {createRandom, LETTERS} from './texts/random.ts';

/** What it takes to make a bundle of many rules the active one; medians in milliseconds, but for the worst stall. */
export interface ActivationCost {
  rules: number;
  finders: number;
  /** From the files of a repository to documents, as the control plane does it. */
  compileMs: number;
  /** From documents to what an agent decides with. */
  loadMs: number;
  /** Longest time during an activation in which the agent's event loop did nothing else. */
  worstStallMs: number;
  /** The first prompt of 1 KB that is searched afterwards. */
  firstPromptMs: number;
}

const RUNS = 5;

/** A bundle of that many rules: every detector of the catalogue, and patterns of the rules' own. */
export async function measureActivation(rules: number): Promise<ActivationCost> {
  const compiles: number[] = [];
  const loads: number[] = [];
  const stalls: number[] = [];
  const firsts: number[] = [];
  const [prompt = ''] = corpus('prose', {count: 1, length: 1024}).documents;
  let finders = 0;
  for (let run = 0; run <= RUNS; run++) {
    const [compileMs, documents] = timed(() => manyRules(rules, run));
    const [loadMs, product] = timed(() => productOf(documents));
    finders = product.finders.length;
    const stallMs = await stallWhileActivating(documents);
    const [firstMs] = timed(() => product.bundle.matcher.find(prompt, product.plan.finders));
    if (run === 0) continue; // what is compiled while it runs is slow at first
    compiles.push(compileMs);
    loads.push(loadMs);
    stalls.push(stallMs);
    firsts.push(firstMs);
  }
  return {
    ...{rules, finders, compileMs: median(compiles), loadMs: median(loads)},
    ...{worstStallMs: Math.max(...stalls), firstPromptMs: median(firsts)},
  };
}

function manyRules(count: number, seed: number): CompiledDocument[] {
  const {characters, integer} = createRandom(seed);
  const rules = Array.from({length: count}, (_, index) => {
    const word = characters(LETTERS, 7);
    const detector = DETECTORS[index % DETECTORS.length]?.name ?? '';
    const patterns = [`(?i)\\b${word}[-_ ]?(?P<mask>[a-z0-9]{${6 + integer(6)},${20 + integer(20)}})\\b`];
    const find = index % 2 === 0 ? {detectors: [detector], patterns} : {patterns};
    return {name: `rule-${index}`, find, action: 'mask' as const};
  });
  return policyDocuments('many', [
    {name: 'all', find: {detectors: ['secrets', 'pii']}, action: 'mask'},
    ...rules.slice(1),
  ]);
}

function timed<T>(step: () => T): [milliseconds: number, result: T] {
  const start = performance.now();
  const result = step();
  return [performance.now() - start, result];
}

/** Swaps a bundle in as the agent does, but for the disk, and watches the event loop meanwhile. */
async function stallWhileActivating(documents: readonly CompiledDocument[]): Promise<number> {
  const shelf: BundleShelf = {
    put: () => Promise.resolve(),
    newest: () => Promise.resolve(undefined),
    putLease: () => Promise.resolve(),
    lease: () => Promise.resolve(undefined),
  };
  const policy = createActivePolicy({
    ...{shelf, loadBundle, clock: SYSTEM_CLOCK, labels: () => ({}), onSwap: () => undefined},
    log: createLogger({level: 'error', write: (line) => process.stderr.write(line)}),
  });
  const isDone = {value: false};
  const watching = longestGap(isDone);
  const outcome = await policy.activate(shelvedBundle(documents));
  await new Promise(setImmediate);
  isDone.value = true;
  if (!outcome.ok) throw new Error(outcome.problems[0]?.message ?? 'the bundle is refused');
  return watching;
}

async function longestGap(isDone: {value: boolean}): Promise<number> {
  let longest = 0;
  let last = performance.now();
  while (!isDone.value) {
    await new Promise(setImmediate);
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  return longest;
}

function shelvedBundle(documents: readonly CompiledDocument[]): ShelvedBundle {
  const entries = documents.map((document) => {
    const bytes = Buffer.from(document.json);
    return {document, bytes, sha256: createHash('sha256').update(bytes).digest()};
  });
  const manifest = {
    ...{schemaVersion: 1, generation: 1n, commit: 'bench', tree: '', ref: '', compiledAt: undefined},
    documents: entries.map(({document: {kind, name, file, line}, bytes, sha256}) => ({
      ...{kind, name, file, line, sha256, sizeBytes: bytes.length},
    })),
  };
  return {
    verified: {manifest, digest: 'bench', bytes: Buffer.alloc(0), signature: Buffer.alloc(0)},
    blobs: new Map(entries.map(({bytes, sha256}) => [sha256.toString('hex'), bytes])),
  };
}
