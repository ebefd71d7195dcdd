import test from 'ava';
import fc from 'fast-check';
import {parseSseEvent, SseSplitter} from '../../../engine/dialect/sse.ts';
import {errorCode} from '../../../lib/errors.ts';
import {cutAt, cuttings} from './support/cuttings.ts';

interface Seen {
  name: string;
  data: string | undefined;
}

/** Events as the splitter and parser see them; also checks that no byte is lost. */
function eventsOf(chunks: readonly Buffer[]): {events: Seen[]; bytes: Buffer; rest: Buffer} {
  const splitter = new SseSplitter(1e6);
  const events: Seen[] = [];
  const bytes: Buffer[] = [];
  for (const chunk of chunks) {
    splitter.push(chunk, (buffer, start, end) => {
      const raw = Buffer.from(buffer.subarray(start, end));
      bytes.push(raw);
      const {name, data} = parseSseEvent(raw);
      if (data !== undefined) events.push({name, data});
    });
  }
  const rest = splitter.rest();
  // Only the LF of the last CRLF is missing.
  const {name, data} = parseSseEvent(rest.toString().endsWith('\r\n\r') ? rest : Buffer.alloc(0));
  if (data !== undefined) events.push({name, data});
  return {events, bytes: Buffer.concat(bytes), rest};
}

/** The event stream algorithm of the HTML standard, for whole texts: an independent reading. */
function standardEvents(text: string): Seen[] {
  const events: Seen[] = [];
  let name = '';
  let data: string[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  lines.pop(); // A line without its end is not a line yet.
  for (const line of lines) {
    if (line === '') {
      if (data.length > 0) events.push({name, data: data.join('\n')});
      name = '';
      data = [];
      continue;
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? [];
    if (field === 'data') data.push(value);
    if (field === 'event') name = value;
  }
  return events;
}

const eol = fc.constantFrom('\n', '\r\n', '\r');
const line = fc.oneof(
  fc
    .string({unit: fc.constantFrom('a', ' ', 'é', '😀', '\u2028', '\u0085', ':'), maxLength: 6})
    .map((s) => `data:${s}`),
  fc.constantFrom('data', 'data: x', 'event: ping', ': comment', 'id: 1', 'foo', 'retry:5', ''),
);
const stream = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(line, eol), {maxLength: 20}))
  .map(([bom, lines]) => (bom ? '\ufeff' : '') + lines.map(([text, end]) => text + end).join(''));

test('any mixture of line ends, cut anywhere, gives the events that the standard says', (t) => {
  fc.assert(
    fc.property(stream, fc.array(fc.integer({min: 1, max: 7}), {minLength: 1, maxLength: 20}), (text, sizes) => {
      const bytes = Buffer.from(text);
      t.deepEqual(eventsOf(cutAt(bytes, sizes)).events, standardEvents(text));
    }),
    {numRuns: 1000},
  );
});

test('every byte belongs to exactly one event', (t) => {
  fc.assert(
    fc.property(stream, fc.array(fc.integer({min: 1, max: 7}), {minLength: 1, maxLength: 20}), (text, sizes) => {
      const source = Buffer.from(text);
      const {bytes, rest} = eventsOf(cutAt(source, sizes));
      t.deepEqual(Buffer.concat([bytes, rest]), source);
    }),
  );
});

test('a CRLF cut in two is one line end', (t) => {
  const text = 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n';
  for (const chunks of cuttings(Buffer.from(text))) {
    t.deepEqual(eventsOf(chunks).events, [
      {name: '', data: 'a\nb'},
      {name: '', data: 'c'},
    ]);
  }
});

test('an event is over with the LF of its last CRLF, wherever it is cut', (t) => {
  const event = 'data: a\r\n\r\n';
  for (const chunks of cuttings(Buffer.from(event + event))) {
    const splitter = new SseSplitter(1e6);
    const seen: string[] = [];
    for (const chunk of chunks) {
      splitter.push(chunk, (buffer, start, end) => {
        seen.push(buffer.toString('utf8', start, end));
      });
    }
    t.deepEqual(seen, [event, event]);
  }
});

test('where lines end with CR an event is not held for what follows', (t) => {
  const splitter = new SseSplitter(1e6);
  let events = 0;
  splitter.push(Buffer.from('data: a\r\r'), () => {
    events++;
  });
  t.is(events, 1);
});

test('an event longer than the limit is refused', (t) => {
  const splitter = new SseSplitter(100);
  const error = t.throws(() => {
    for (let i = 0; i < 20; i++) splitter.push(Buffer.from('data: xxxx'), () => undefined);
  });
  t.is(errorCode(error), 'UPSTREAM_INVALID');
});

test('an event that is not UTF-8 is refused', (t) => {
  const error = t.throws(() => parseSseEvent(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a])));
  t.is(errorCode(error), 'UPSTREAM_INVALID');
});
