import {availableParallelism} from 'node:os';
import {parseArgs} from 'node:util';
import type {Bench} from '../bench.ts';
import {measureActivation} from './activation.ts';
import {measureHostile} from './hostile.ts';
import {createMaskers, MASKER_NAMES} from './maskers.ts';
import {catalogueProduct, rawMatcher} from './product.ts';
import {type MaskReport, reportText} from './report.ts';
import {measureDeltas, measureHoldBack, streamMasker} from './streams.ts';
import {measureThroughput} from './throughput.ts';

const ROUNDS = 3;
const ACTIVATED_RULES = 500;
const HOSTILE_CHARACTERS = 1_048_576;
const PARTS = ['whole', 'deltas', 'hold-back', 'activation', 'hostile'] as const;

/** Masking with all detectors for secrets and personal data, beside other ways of doing it. */
export const MASK_BENCH: Bench = {
  name: 'mask',
  summary: 'masking whole texts, streams and hostile texts with the whole catalogue, beside V8 and npm packages',
  usage: `mask [--seconds 0.45] [--parts ${PARTS.join(',')}] [--only ${MASKER_NAMES.join(',')}] [--output table|json]`,
  run: async (argv, signal) => {
    const {values} = parseArgs({
      args: [...argv],
      options: {
        seconds: {type: 'string', default: '0.45'},
        parts: {type: 'string', default: PARTS.join(',')},
        only: {type: 'string', default: MASKER_NAMES.join(',')},
        output: {type: 'string', default: 'table'},
      },
    });
    const seconds = Number(values.seconds);
    const parts = values.parts.split(',');
    const only = values.only.split(',');
    if (!(seconds > 0)) return refuse('--seconds takes a number above 0: the time of each subject and text');
    const unknown =
      parts.find((part) => !PARTS.some((one) => one === part)) ??
      only.find((name) => !MASKER_NAMES.some((one) => one === name));
    if (unknown !== undefined) return refuse(`there is no "${unknown}"; see npm run bench`);
    const report = await measureParts({seconds, parts, only}, signal);
    process.stdout.write(values.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : `\n${reportText(report)}`);
    return 0;
  },
};

function refuse(problem: string): number {
  say(problem);
  return 2;
}

async function measureParts(
  {seconds, parts, only}: {seconds: number; parts: readonly string[]; only: readonly string[]},
  signal: AbortSignal,
): Promise<MaskReport> {
  const product = catalogueProduct();
  const finders = product.finders.length;
  say(
    `${availableParallelism()} cores, Node ${process.version}; ${finders} patterns of the catalogue; ` +
      `${ROUNDS} rounds, ${seconds} s a subject and text, medians`,
  );
  const budget = {rounds: ROUNDS, milliseconds: (seconds * 1000) / ROUNDS};
  const maskers = await createMaskers(product, only);
  const engines = [
    streamMasker('weir', product.bundle.matcher, product.plan),
    streamMasker('no views', rawMatcher(product), product.plan),
  ].filter(({name}) => only.includes(name));
  const peers = maskers.filter(({name}) => !engines.some((engine) => engine.name === name));
  const report: MaskReport = {finders};
  const measure = async (part: (typeof PARTS)[number], step: () => Promise<Partial<MaskReport>>): Promise<void> => {
    if (!parts.includes(part)) return;
    Object.assign(report, await step());
    say(`measured: ${part}`);
  };
  await measure('whole', async () => ({throughput: await measureThroughput(maskers, budget, signal)}));
  await measure('deltas', async () => ({deltas: await measureDeltas(engines, peers, budget, signal)}));
  await measure('hold-back', async () => Promise.resolve({holdBack: measureHoldBack(engines)}));
  await measure('activation', async () => ({activation: await measureActivation(ACTIVATED_RULES)}));
  await measure('hostile', async () => ({
    hostile: await measureHostile(
      {
        characters: HOSTILE_CHARACTERS,
        milliseconds: budget.milliseconds,
        onCase: (name) => {
          say(`  ${name}`);
        },
      },
      signal,
    ),
  }));
  return report;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
