import {connect} from 'node:net';
import {ResponseReader} from './response-reader.ts';
import {type LoadJob, type LoadResult, requestBytes} from './workload.ts';

// The load generator: a process of its own, so that what it costs is not charged to what it measures.
process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`load: ${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => {
  process.exit(0);
});
process.send?.('ready');

interface Tally {
  latencies: number[];
  firstBytes: number[];
  errors: number;
  firstError: string;
}

async function run({workload, address, seconds}: LoadJob): Promise<LoadResult> {
  const request = requestBytes(workload, address);
  const tally: Tally = {latencies: [], firstBytes: [], errors: 0, firstError: ''};
  const start = performance.now();
  const until = start + seconds * 1000;
  await Promise.all(
    Array.from({length: workload.connections}, async () => keepAsking(address.port, request, until, tally)),
  );
  const elapsed = (performance.now() - start) / 1000;
  tally.latencies.sort((a, b) => a - b);
  tally.firstBytes.sort((a, b) => a - b);
  return {
    requests: tally.latencies.length,
    errors: tally.errors,
    firstError: tally.firstError,
    seconds: elapsed,
    p50Micros: quantile(tally.latencies, 0.5),
    p99Micros: quantile(tally.latencies, 0.99),
    firstByteMicros: quantile(tally.firstBytes, 0.5),
  };
}

/** One connection that sends the next request when the last answer is complete; settles when its time is over. */
async function keepAsking(port: number, request: Buffer, until: number, tally: Tally): Promise<void> {
  while (performance.now() < until) await askOn(port, request, until, tally);
}

async function askOn(port: number, request: Buffer, until: number, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    let sentAt = 0;
    let open = false;
    const socket = connect({port, host: '127.0.0.1', noDelay: true});
    const ask = () => {
      open = true;
      sentAt = performance.now();
      socket.write(request);
    };
    const reader = new ResponseReader({
      body: () => {
        tally.firstBytes.push((performance.now() - sentAt) * 1000);
      },
      end: (status) => {
        open = false;
        const now = performance.now();
        if (status === 200) tally.latencies.push((now - sentAt) * 1000);
        else count(tally, `status ${status}`);
        if (now < until) ask();
        else socket.end();
      },
    });
    socket.on('connect', ask);
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
    });
    socket.on('error', (error) => {
      count(tally, error.message);
      open = false;
    });
    socket.on('close', () => {
      if (open) count(tally, 'closed before its answer');
      resolve();
    });
  });
}

function count(tally: Tally, error: string): void {
  tally.errors++;
  if (tally.firstError === '') tally.firstError = error;
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
}
