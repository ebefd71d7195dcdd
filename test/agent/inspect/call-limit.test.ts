import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import {createCallLimit} from '../../../agent/inspect/call-limit.ts';

const NEVER = new AbortController().signal;

/** A call that ends when it is told to. */
function call(): {run: () => Promise<string>; end: (result: string) => void; hasBegun: () => boolean} {
  const {promise, resolve} = Promise.withResolvers<string>();
  let hasBegun = false;
  return {
    run: async () => {
      hasBegun = true;
      return promise;
    },
    end: resolve,
    hasBegun: () => hasBegun,
  };
}

test('calls beyond the limit wait their turn, in order', async (t) => {
  const limit = createCallLimit({concurrent: 1, waiting: 2});
  const [first, second, third] = [call(), call(), call()];
  const all = [first, second, third].map(async ({run}) => limit.run(run, NEVER));
  await turn();
  t.deepEqual(
    [first, second, third].map(({hasBegun}) => hasBegun()),
    [true, false, false],
  );
  first.end('1');
  await turn();
  t.deepEqual(
    [second, third].map(({hasBegun}) => hasBegun()),
    [true, false],
  );
  second.end('2');
  third.end('3');
  t.deepEqual(await Promise.all(all), ['1', '2', '3']);
});

test('where too many wait already a call fails at once', async (t) => {
  const limit = createCallLimit({concurrent: 1, waiting: 1});
  const [running, waiting] = [call(), call()];
  const both = [running, waiting].map(async ({run}) => limit.run(run, NEVER));
  await t.throwsAsync(limit.run(call().run, NEVER), {code: 'EXTERNAL_DETECTOR_FAILED', message: /the limit is 1/});
  running.end('');
  waiting.end('');
  await Promise.all(both);
  t.is(await limit.run(async () => Promise.resolve('free again'), NEVER), 'free again');
});

test('who gives up while waiting leaves the queue, and a call that fails frees its place', async (t) => {
  const limit = createCallLimit({concurrent: 1, waiting: 1});
  const running = call();
  const first = limit.run(running.run, NEVER);
  const caller = new AbortController();
  const left = limit.run(call().run, caller.signal);
  caller.abort(new Error('gone'));
  await t.throwsAsync(left, {message: 'gone'});
  const failing = limit.run(async () => Promise.reject(new Error('broken')), NEVER);
  running.end('done');
  t.is(await first, 'done');
  await t.throwsAsync(failing, {message: 'broken'});
  t.is(await limit.run(async () => Promise.resolve('next'), NEVER), 'next');
});
