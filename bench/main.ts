import type {Bench} from './bench.ts';
import {MASK_BENCH} from './mask/command.ts';
import {PROXY_BENCH} from './proxy/command.ts';
import {STAGES_BENCH} from './stages/command.ts';

const BENCHES: readonly Bench[] = [MASK_BENCH, PROXY_BENCH, STAGES_BENCH];

const [name, ...argv] = process.argv.slice(2);
const bench = BENCHES.find((one) => one.name === name);
if (bench === undefined) {
  const list = BENCHES.map((one) => `  npm run bench -- ${one.usage}\n      ${one.summary}`).join('\n');
  const unknown = name === undefined ? '' : `there is no benchmark named ${name}\n\n`;
  process.stdout.write(`${unknown}Benchmarks:\n${list}\n`);
  process.exitCode = name === undefined ? 0 : 2;
} else {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      interrupted.abort();
    });
  }
  process.exitCode = await bench.run(argv, interrupted.signal);
}
