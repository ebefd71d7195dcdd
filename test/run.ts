import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {stripVTControlCharacters} from 'node:util';

// Runs ava and ends with `N passed, N failed`: ava's own summary leaves out what passed as soon as something fails.
const ava = spawn('ava', process.argv.slice(2), {stdio: ['ignore', 'pipe', 'inherit']});
const closed = once(ava, 'close') as Promise<[code: number | null]>;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ava.kill(signal));

let passed = 0;
let failed = 0;
for await (const line of createInterface({input: ava.stdout})) {
  process.stdout.write(`${line}\n`);
  const text = stripVTControlCharacters(line);
  if (/^ {2}✔ /.test(text)) passed++;
  else if (/^ {2}(✘ \[fail\]:|◌) /.test(text)) failed++;
}
const [code] = await closed;
if (code !== 0) failed = Math.max(failed, 1); // a run that dies outside a test must not read as "0 failed"
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = code ?? 1;
