import {randomBytes} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {Outcome} from '../../../proto/gen/weir/record/v1/record.ts';
import {createLogLines} from '../../support/log-lines.ts';
import {type ForgetfulFiles, forgetfulFiles} from './forgetful-files.ts';
import {
  drain,
  ended,
  exchangeId,
  openTestRecorder,
  type ReadRecord,
  recordKeys,
  SPOOL_DIR,
  started,
} from './records.ts';

/** `started 7`, `ended 7 CUT` … */
function nameOf({body}: ReadRecord): string {
  const id = body.$case === 'gap' ? '' : String(Number.parseInt(body.value.exchangeId.slice(-12), 16));
  return body.$case === 'ended' && body.value.outcome === Outcome.CUT ? `cut ${id}` : `${body.$case} ${id}`;
}

/** Each epoch's numbers follow each other from where the epoch first appears. */
function isContiguous(records: readonly ReadRecord[]): boolean {
  return records.every((record, index) => {
    const before = records[index - 1];
    return before === undefined || before.epoch < record.epoch || before.seq + 1 === record.seq;
  });
}

test('what was acknowledged survives a power cut at any moment, once and in order', async (t) => {
  const keys = recordKeys();
  const property = fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({dieAfter: fc.integer({min: 0, max: 60}), keep: fc.double({min: 0, max: 1, noNaN: true})}), {
        minLength: 1,
        maxLength: 5,
      }),
      async (lives) => {
        let files = forgetfulFiles();
        let next = 0;
        const acknowledged = new Set<string>();
        for (const {dieAfter, keep} of lives) {
          await liveOnce(files, keys, {dieAfter, firstNumber: next, acknowledged});
          next += 8;
          files = files.reboot(keep);
        }
        const recorder = await openTestRecorder(files, keys);
        await recorder.close();
        const records = await drain(recorder.spool, files, keys);
        const names = records.map(nameOf);
        const missing = [...acknowledged].filter((name) => !names.includes(name));
        if (missing.length > 0) throw new Error(`lost: ${missing.join(', ')}`);
        if (new Set(names).size !== names.length) throw new Error(`doubled: ${names.join(', ')}`);
        if (!isContiguous(records)) throw new Error('numbers do not follow each other');
        for (const name of names) {
          const number = /^started (\d+)$/.exec(name)?.[1];
          if (number === undefined) continue;
          if (names.includes(`ended ${number}`) === names.includes(`cut ${number}`)) {
            throw new Error(`exchange ${number} has no end, or two`);
          }
        }
      },
    ),
    {numRuns: 150},
  );
  await t.notThrowsAsync(property);
});

/** Runs eight exchanges at once over a disk that dies; resolves when nothing happens any more. */
async function liveOnce(
  files: ForgetfulFiles,
  keys: ReturnType<typeof recordKeys>,
  {dieAfter, firstNumber, acknowledged}: {dieAfter: number; firstNumber: number; acknowledged: Set<string>},
): Promise<void> {
  files.dieAfter(dieAfter);
  const life = (async () => {
    const recorder = await openTestRecorder(files, keys, {limits: {segmentBytes: 1_500, maxBytes: 2 ** 30}});
    await Promise.all(
      Array.from({length: 8}, async (_, index) => {
        const number = firstNumber + index;
        for (let pause = 0; pause < index * 3; pause++) await Promise.resolve();
        await recorder.started(started(number));
        acknowledged.add(`started ${number}`);
        for (let pause = 0; pause < index * 5; pause++) await Promise.resolve();
        if (index % 4 === 3) return;
        await recorder.ended(ended(number));
        acknowledged.add(`ended ${number}`);
      }),
    );
    await recorder.close();
  })();
  // A dead process never answers: give it all the turns it could use.
  const patience = (async () => {
    for (let turns = 0; turns < 4_000 && !files.isDead(); turns++) await Promise.resolve();
    for (let turns = 0; turns < 50; turns++) await Promise.resolve();
  })();
  await Promise.race([life, patience]);
}

for (const fault of ['didNotWrite', 'didWrite'] as const) {
  test(`a failed sync that ${fault} costs no record and doubles none`, async (t) => {
    const keys = recordKeys();
    const files = forgetfulFiles();
    const recorder = await openTestRecorder(files, keys);
    await recorder.started(started(1));
    files.failNextSync(fault);
    await Promise.all([recorder.ended(ended(1)), recorder.started(started(2))]);
    await recorder.ended(ended(2));
    t.is(files.paths().length, 2, 'the segment was abandoned');

    const afterCut = files.reboot(1);
    const again = await openTestRecorder(afterCut, keys);
    const records = await drain(again.spool, afterCut, keys);
    t.deepEqual(records.map(nameOf), ['started 1', 'ended 1', 'started 2', 'ended 2']);
    t.true(isContiguous(records));
    t.is(new Set(records.map(({epoch}) => epoch)).size, 1);
  });
}

test('a full disk refuses records, and takes them again once it has room', async (t) => {
  const keys = recordKeys();
  const files = forgetfulFiles();
  const recorder = await openTestRecorder(files, keys);
  await recorder.started(started(1));
  files.setFull(true);
  await t.throwsAsync(recorder.started(started(2)), {code: 'RECORD_NOT_DURABLE'});
  await t.throwsAsync(recorder.ended(ended(1)), {code: 'RECORD_NOT_DURABLE'});
  recorder.endedLate(ended(1, {outcome: Outcome.CUT}));
  files.setFull(false);
  await recorder.started(started(3));
  await recorder.close();

  const names = (await drain(recorder.spool, files, keys)).map(nameOf);
  t.deepEqual(names, ['started 1', 'started 3', 'cut 1'], 'the end that was owed came late, not never');
});

test('a full spool refuses new exchanges and still takes the ends of running ones', async (t) => {
  const keys = recordKeys();
  const files = forgetfulFiles();
  const recorder = await openTestRecorder(files, keys, {limits: {segmentBytes: 32_768, maxBytes: 200_000}});
  let open = 0;
  const full = await t.throwsAsync(async () => {
    for (;;) await recorder.started(started(open + 1)).then(() => open++);
  });
  t.like(full, {code: 'SPOOL_FULL'});
  for (let number = 1; number <= open; number++) {
    const response = {...ended(number).response, inline: randomBytes(60_000), sizeBytes: 60_000n};
    await recorder.ended(
      ended(number, {response: {...response, mediaType: '', sha256: Buffer.alloc(32), parts: 0, truncated: false}}),
    );
  }
  t.is(recorder.spool.openExchanges.size, 0);
  t.true(recorder.spool.status.sizeBytes <= 200_000);
  const ends = (await drain(recorder.spool, files, keys)).filter(({body}) => body.$case === 'ended');
  t.is(ends.length, open);
  t.true(ends.some(({body}) => body.$case === 'ended' && body.value.response?.truncated === true));
});

test('a full spool takes no end of an exchange whose start it refused: it stays within its bound', async (t) => {
  const keys = recordKeys();
  const files = forgetfulFiles();
  const recorder = await openTestRecorder(files, keys, {limits: {segmentBytes: 32_768, maxBytes: 50_000}});
  await t.throwsAsync(
    async () => {
      for (let number = 1; ; number++) await recorder.started(started(number));
    },
    {code: 'SPOOL_FULL'},
  );
  const {sizeBytes} = recorder.spool.status;
  for (let number = 1_000; number < 1_100; number++) {
    await t.throwsAsync(recorder.started(started(number)), {code: 'SPOOL_FULL'});
    await t.throwsAsync(recorder.ended(ended(number)), {code: 'RECORD_NOT_DURABLE'});
  }
  t.is(recorder.spool.status.sizeBytes, sizeBytes);
});

test('only the torn end of the last segment is cut off', async (t) => {
  const keys = recordKeys();
  const files = forgetfulFiles();
  const recorder = await openTestRecorder(files, keys, {limits: {segmentBytes: 2 ** 20, maxBytes: 2 ** 30}});
  for (let number = 1; number <= 4; number++) await recorder.started(started(number));
  const [path = ''] = files.paths();
  const whole = files.bytes(path).length;
  files.corrupt(path, (bytes) => Buffer.concat([bytes, randomBytes(300)]));
  const {epoch} = recorder.spool.status;

  const lines = createLogLines();
  const again = await openTestRecorder(files, keys, {log: lines.log});
  t.true(lines.has('torn end of the spool cut off'));
  t.is(files.bytes(path).length, whole);
  await again.close();
  t.true(again.spool.status.epoch > epoch, 'a process numbers its records in an epoch of its own');
  const names = (await drain(again.spool, files, keys)).map(nameOf);
  t.deepEqual(names, ['started 1', 'started 2', 'started 3', 'started 4', 'cut 1', 'cut 2', 'cut 3', 'cut 4']);
});

test('damage anywhere else raises the epoch, keeps what verifies and the file for a person', async (t) => {
  const keys = recordKeys();
  for (const where of [0.3, 0.6]) {
    const files = forgetfulFiles();
    const recorder = await openTestRecorder(files, keys, {limits: {segmentBytes: 2 ** 20, maxBytes: 2 ** 30}});
    for (let number = 1; number <= 10; number++) await recorder.started(started(number));
    const {epoch} = recorder.spool.status;
    const [path = ''] = files.paths();
    files.corrupt(path, (bytes) => {
      const at = Math.floor(bytes.length * where);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x40, at);
      return bytes;
    });
    const lines = createLogLines();
    const again = await openTestRecorder(files, keys, {log: lines.log});
    await again.started(started(99));
    t.true(lines.has('spool segment damaged'));
    t.true(again.spool.status.epoch > epoch);
    const records = await drain(again.spool, files, keys);
    t.deepEqual(records.slice(0, 1).map(nameOf), ['started 1']);
    t.true(records.some((record) => nameOf(record) === 'started 99' && record.epoch > epoch));
    t.true(isContiguous(records));
    t.true(files.paths().includes(`${SPOOL_DIR}/aside/${path.split('/').at(-1) ?? ''}`));
  }
});

test('a segment lost from the middle shows as a gap in numbers, and both sides are kept', async (t) => {
  const keys = recordKeys();
  const files = forgetfulFiles();
  const limits = {segmentBytes: 2_000, maxBytes: 2 ** 30};
  const recorder = await openTestRecorder(files, keys, {limits});
  for (let number = 1; number <= 12; number++) await recorder.started(started(number));
  const lost = files.paths()[2] ?? '';
  await files.remove(lost);
  await files.syncDirectory(SPOOL_DIR);

  const again = await openTestRecorder(files, keys, {limits});
  const before = again.spool.oldestRun();
  const names = (await drain(again.spool, files, keys)).map(nameOf);
  t.false(before?.current);
  t.true(names.includes('started 1') && names.includes('started 12'));
  t.true(names.length >= 10);
});

test('a damaged header keeps the segment aside and starts a new epoch', async (t) => {
  const keys = recordKeys();
  const files = forgetfulFiles();
  const recorder = await openTestRecorder(files, keys);
  await recorder.started(started(1));
  const {epoch} = recorder.spool.status;
  const [path = ''] = files.paths();
  files.corrupt(path, (bytes) => {
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    return bytes;
  });
  const again = await openTestRecorder(files, keys);
  t.true(again.spool.status.epoch > epoch);
  t.deepEqual(files.paths(), [`${SPOOL_DIR}/aside/000000000001.seg`]);
});

test('acknowledged segments go, and a restart still knows which exchanges are open and where epochs go on', async (t) => {
  const keys = recordKeys();
  const files = forgetfulFiles();
  const limits = {segmentBytes: 2_000, maxBytes: 2 ** 30};
  const recorder = await openTestRecorder(files, keys, {limits});
  await recorder.started(started(1));
  for (let number = 2; number <= 20; number++) {
    await recorder.started(started(number));
    await recorder.ended(ended(number));
  }
  await drain(recorder.spool, files, keys);
  t.is(files.paths().length, 1);
  t.is(recorder.spool.status.records, 0);
  const {epoch} = recorder.spool.status;

  const after = files.reboot(0);
  const again = await openTestRecorder(after, keys, {limits});
  await again.close();
  const [cut] = (await drain(again.spool, after, keys)).filter((record) => record.epoch > epoch);
  t.is(cut?.seq, 0);
  t.like(cut?.body, {$case: 'ended', value: {exchangeId: exchangeId(1), outcome: Outcome.CUT}});
});

test('appends that wait for the disk share one sync', async (t) => {
  const keys = recordKeys();
  const files = forgetfulFiles();
  let syncs = 0;
  const counting = {
    ...files,
    create: async (path: string) => {
      const file = await files.create(path);
      return {
        ...file,
        sync: async () => {
          syncs++;
          await file.sync();
        },
      };
    },
  };
  const recorder = await openTestRecorder(counting, keys, {limits: {segmentBytes: 2 ** 20, maxBytes: 2 ** 30}});
  await Promise.all(Array.from({length: 64}, async (_, number) => recorder.started(started(number))));
  t.true(syncs <= 3, `${syncs} syncs for 64 records`);
});

test('neither a prompt nor an answer is found in the clear in the spool', async (t) => {
  const keys = recordKeys();
  const files = forgetfulFiles();
  const canary = 'canary-4111-not-a-real-card';
  const recorder = await openTestRecorder(files, keys);
  const content = {mediaType: 'text/plain', sizeBytes: 0n, sha256: Buffer.alloc(32), parts: 0, truncated: false};
  await recorder.started(started(1, {request: {...content, inline: Buffer.from(canary.repeat(5_000))}}));
  await recorder.ended(ended(1, {response: {...content, inline: Buffer.from(canary)}, errorCode: canary}));
  await recorder.close();
  t.true(files.paths().length > 0);
  for (const path of files.paths()) {
    t.false(files.bytes(path).includes(canary));
    t.false(files.bytes(path).includes('svc:billing'));
  }
});

test('large content travels in parts before the record that refers to it', async (t) => {
  const keys = recordKeys();
  const files = forgetfulFiles();
  const recorder = await openTestRecorder(files, keys);
  const inline = randomBytes(700_000);
  const content = {mediaType: 'a/b', sizeBytes: 700_000n, sha256: Buffer.alloc(32), parts: 0, truncated: false};
  await recorder.started(started(1, {request: {...content, inline}}));
  const bodies = (await drain(recorder.spool, files, keys)).map(({body}) => body);
  t.deepEqual(
    bodies.map(({$case}) => $case),
    ['content', 'content', 'content', 'started'],
  );
  t.deepEqual(Buffer.concat(bodies.flatMap((body) => (body.$case === 'content' ? [body.value.bytes] : []))), inline);
  t.like(bodies[3], {$case: 'started', value: {request: {parts: 3, sizeBytes: 700_000n}}});
});
