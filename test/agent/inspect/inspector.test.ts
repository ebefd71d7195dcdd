import {once} from 'node:events';
import type {ServerResponse} from 'node:http';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import type {ExternalAnswer} from '../../../engine/detect/external/external-facts.ts';
import {
  type AnalyzeRequest,
  type FakeAnalyzer,
  found,
  type Known,
  sendJson,
  startAnalyzer,
} from '../../support/fake-analyzer.ts';
import {selfSigned} from '../../support/self-signed.ts';
import {waitFor} from '../../support/wait.ts';
import {analyzerAt, startInspection} from './inspection.ts';

const FAILED: ExternalAnswer = {kind: 'failed'};
const KNOWN: Known = {'Ada Example': 'PERSON', Oslo: 'LOCATION', '4711': 'PIN'};

async function analyzer(t: ExecutionContext, known = KNOWN): Promise<FakeAnalyzer> {
  const running = await startAnalyzer(known);
  t.teardown(running.stop);
  return running;
}

/** What the places say. */
function words(text: string, answer: ExternalAnswer | undefined): string[] {
  return answer?.kind === 'found' ? answer.spans.map(({start, end}) => text.slice(start, end)) : ['failed'];
}

test('an analyzer is asked as Presidio documents it, and its places are those of the text', async (t) => {
  const {url, asked} = await analyzer(t);
  const text = 'Ada Example lives in Oslo';
  const [answer] = await startInspection(t).ask(analyzerAt(url), [text]);
  t.deepEqual(asked, [{text, language: 'en', entities: ['LOCATION', 'PERSON'], score_threshold: 0.5}]);
  t.deepEqual(answer, {
    kind: 'found',
    spans: [
      {entity: 'PERSON', start: 0, end: 11, score: 0.85},
      {entity: 'LOCATION', start: 21, end: 25, score: 0.85},
    ],
  });
});

test('offsets count code points: characters beyond the first plane shift nothing', async (t) => {
  const {url} = await analyzer(t, {'𝒜da Example': 'PERSON', Oslo: 'LOCATION'});
  const text = '🎉🎉 𝒜da Example 👩‍👩‍👧 in Oslo';
  const [answer] = await startInspection(t).ask(analyzerAt(url), [text]);
  t.deepEqual(words(text, answer), ['𝒜da Example', 'Oslo']);
});

test('half a surrogate pair is sent as a character that stands for nothing and shifts nothing', async (t) => {
  const {url, asked} = await analyzer(t);
  const text = '\ud83c Ada Example \udf89 Oslo';
  const [answer] = await startInspection(t).ask(analyzerAt(url), [text]);
  t.is(asked[0]?.text, '\ufffd Ada Example \ufffd Oslo');
  t.deepEqual(words(text, answer), ['Ada Example', 'Oslo']);
});

test('findings of other types and of too low a score are left out', async (t) => {
  const running = await analyzer(t);
  running.answer = (_request, response) => {
    sendJson(response, [
      {entity_type: 'PERSON', start: 0, end: 3, score: 0.49},
      {entity_type: 'PIN', start: 0, end: 3, score: 1},
      {entity_type: 'PERSON', start: 4, end: 7, score: 0.5},
    ]);
  };
  const [answer] = await startInspection(t).ask(analyzerAt(running.url), ['Ada Bea']);
  t.deepEqual(words('Ada Bea', answer), ['Bea']);
});

type Answering = (request: AnalyzeRequest, response: ServerResponse) => void;
const one =
  (place: object): Answering =>
  (_request, response) => {
    sendJson(response, [{entity_type: 'PERSON', start: 0, end: 3, score: 0.9, ...place}]);
  };

const BROKEN: Readonly<Record<string, Answering>> = {
  'a place beyond the text': one({end: 9}),
  'a place that counts UTF-16 where the text has fewer code points': one({start: 5, end: 8}),
  'a place before the text': one({start: -1}),
  'an empty place': one({end: 0}),
  'a place that ends before it starts': one({start: 2, end: 1}),
  'an offset that is no whole number': one({start: 0.5}),
  'an offset that is text': one({start: '0'}),
  'a score above 1': one({score: 1.5}),
  'no score': one({score: undefined}),
  'no entity type': one({entity_type: undefined}),
  'an object instead of a list': (_request, response) => {
    sendJson(response, {entities: []});
  },
  'a list of lists, as for several texts': (request, response) => {
    sendJson(response, [found(request, KNOWN)]);
  },
  'JSON that is cut short': (_request, response) => {
    response.writeHead(200, {'content-type': 'application/json'}).end('[{"entity_type":"PERSON","start":0,');
  },
  'an empty body': (_request, response) => {
    response.writeHead(200).end();
  },
  'a page of HTML': (_request, response) => {
    response.writeHead(200, {'content-type': 'text/html'}).end('<html>login</html>');
  },
  'status 500': (_request, response) => {
    response.writeHead(500).end('{"error":"no model"}');
  },
  'a redirect': (_request, response) => {
    response.writeHead(307, {location: 'http://127.0.0.1:1/analyze'}).end();
  },
  'an error with status 201': (_request, response) => {
    response.writeHead(201).end('[]');
  },
  'a compressed body': (_request, response) => {
    response.writeHead(200, {'content-encoding': 'gzip'}).end('[]');
  },
  'a connection that breaks off': (_request, response) => {
    response.writeHead(200, {'content-length': '100'}).write('[]');
    response.destroy();
  },
};

for (const [name, answer] of Object.entries(BROKEN)) {
  test(`${name} is no answer`, async (t) => {
    const running = await analyzer(t);
    running.answer = answer;
    const inspection = startInspection(t);
    t.deepEqual(await inspection.ask(analyzerAt(running.url), ['🎉 Ada a']), [FAILED]);
    t.like(inspection.logs.lines()[0], {level: 'warn', message: 'an external detector failed', detector: 'names'});
    t.notRegex(JSON.stringify(inspection.logs.lines()), /Ada/, 'no text in the log');
  });
}

test('an answer that is larger than any list of findings is no answer', async (t) => {
  const running = await analyzer(t);
  running.answer = (_request, response) => {
    response.writeHead(200).end(' '.repeat(33 * 1024 * 1024));
  };
  t.deepEqual(await startInspection(t).ask(analyzerAt(running.url), ['Ada']), [FAILED]);
});

test('an analyzer that nobody runs is no answer', async (t) => {
  const running = await analyzer(t);
  await running.stop();
  t.deepEqual(await startInspection(t).ask(analyzerAt(running.url), ['Ada']), [FAILED]);
});

test('an analyzer that hangs is given up after its time-out, and nobody else is asked in vain', async (t) => {
  const running = await analyzer(t);
  running.answer = () => undefined;
  const hanging = analyzerAt(running.url, {timeoutMs: 600, maxConcurrent: 2, onFailure: 'ignore'});
  const inspection = startInspection(t);
  t.deepEqual(await inspection.ask(hanging, ['a', 'b', 'c', 'd', 'e']), Array(5).fill(FAILED));
  t.is(running.asked.length, 2);
  t.regex(String(inspection.logs.lines()[0]?.['reason']), /600 ms/);
  await waitFor('the calls to be given up', 2_000, () => (running.givenUp() === 2 ? true : undefined));
});

test('an answer that trickles in is given up after the time-out too', async (t) => {
  const running = await analyzer(t);
  running.answer = (_request, response) => {
    response.writeHead(200).write('[');
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => {
      clearInterval(drip);
    });
  };
  t.deepEqual(await startInspection(t).ask(analyzerAt(running.url, {timeoutMs: 200}), ['Ada']), [FAILED]);
});

test('a detector whose failures are ignored goes on with the next text after a broken answer', async (t) => {
  const running = await analyzer(t);
  running.answer = (request, response) => {
    if (request.text === 'bad') response.writeHead(500).end();
    else sendJson(response, found(request, KNOWN));
  };
  const texts = ['bad', 'in Oslo'];
  const ask = async (onFailure: 'block' | 'ignore') =>
    startInspection(t).ask(analyzerAt(running.url, {maxConcurrent: 1, onFailure}), texts);
  t.deepEqual(
    (await ask('ignore')).map(({kind}) => kind),
    ['failed', 'found'],
  );
  t.deepEqual(
    (await ask('block')).map(({kind}) => kind),
    ['failed', 'failed'],
  );
});

test('no more calls are open at a time than the detector says, however many requests there are', async (t) => {
  const running = await analyzer(t);
  const waiting: (() => void)[] = [];
  running.answer = (_request, response) => {
    waiting.push(() => {
      sendJson(response, []);
    });
  };
  const inspection = startInspection(t);
  const limited = analyzerAt(running.url, {maxConcurrent: 3});
  const texts = (request: number) => Array.from({length: 5}, (_, index) => `text ${index} of ${request}`);
  const all = Promise.all([1, 2, 3].map(async (request) => inspection.ask(limited, texts(request))));
  for (let answered = 0; answered < 15; answered++) {
    const next = await waitFor('a call', 2_000, () => waiting.shift());
    next();
  }
  t.true((await all).flat().every(({kind}) => kind === 'found'));
  t.is(running.mostOpen(), 3);
});

test('who leaves while the analyzer is asked is not kept, and the call is given up', async (t) => {
  const running = await analyzer(t);
  running.answer = () => undefined;
  const caller = new AbortController();
  const asking = startInspection(t).ask(analyzerAt(running.url), ['Ada'], {signal: caller.signal});
  await waitFor('the call', 2_000, () => running.asked[0]);
  caller.abort(new Error('gone'));
  await t.throwsAsync(asking, {message: 'gone'});
  await waitFor('the call to be given up', 2_000, () => (running.givenUp() === 1 ? true : undefined));
});

test('what a caller has sent before is not asked again, but another caller gets no answer from it', async (t) => {
  const running = await analyzer(t);
  const inspection = startInspection(t);
  const names = analyzerAt(running.url);
  const first = await inspection.ask(names, ['in Oslo', 'turn 1']);
  t.deepEqual(await inspection.ask(names, ['in Oslo', 'turn 1', 'turn 2']), [...first, first[1]]);
  t.deepEqual(
    running.asked.map(({text}) => text),
    ['in Oslo', 'turn 1', 'turn 2'],
  );
  await inspection.ask(names, ['in Oslo'], {owner: 'svc:other'});
  await inspection.ask({...names, minScore: 0.9}, ['in Oslo']);
  t.is(running.asked.length, 5);
});

test('a failure is not remembered', async (t) => {
  const running = await analyzer(t);
  const inspection = startInspection(t);
  running.answer = (_request, response) => {
    response.writeHead(500).end();
  };
  await inspection.ask(analyzerAt(running.url), ['in Oslo']);
  running.answer = undefined;
  const [answer] = await inspection.ask(analyzerAt(running.url), ['in Oslo']);
  t.deepEqual(words('in Oslo', answer), ['Oslo']);
});

test('a long text is analyzed in windows, and what stands where they meet is found once', async (t) => {
  const {url, asked} = await analyzer(t);
  const filler = (length: number) => '🎉ab '.repeat(Math.ceil(length / 5)).slice(0, length);
  const text = `${filler(93)}Ada Example ${filler(80)}Oslo${filler(200)}Ada Example`;
  const [answer] = await startInspection(t, {sizes: {limit: 100, overlap: 20}}).ask(analyzerAt(url), [text]);
  t.deepEqual(words(text, answer), ['Ada Example', 'Oslo', 'Ada Example']);
  t.true(asked.length > 4);
  t.true(asked.every((request) => request.text.length <= 100 && request.text.isWellFormed()));
});

test('a credential goes to the analyzer that it is bound to, as a bearer token', async (t) => {
  const running = await analyzer(t);
  const inspection = startInspection(t, {credential: `analyzer-key=env:ANALYZER_KEY@${running.host}`});
  await inspection.ask(analyzerAt(running.url, {credential: 'analyzer-key'}), ['in Oslo']);
  t.is(running.headers[0]?.authorization, 'Bearer analyzer-not-a-real-key');
});

test('a credential that is bound to another host goes nowhere, and no text does', async (t) => {
  const running = await analyzer(t);
  const inspection = startInspection(t, {credential: 'analyzer-key=env:ANALYZER_KEY@analyzer.example.com'});
  t.deepEqual(await inspection.ask(analyzerAt(running.url, {credential: 'analyzer-key'}), ['in Oslo']), [FAILED]);
  t.is(running.asked.length, 0);
});

test('one part of a long text that is not answered for leaves the whole text without an answer', async (t) => {
  const running = await analyzer(t);
  running.answer = (request, response) => {
    if (request.text.includes('Oslo')) response.writeHead(500).end();
    else sendJson(response, found(request, KNOWN));
  };
  const inspection = startInspection(t, {sizes: {limit: 100, overlap: 20}});
  const text = `Ada Example ${'x'.repeat(300)} Oslo ${'x'.repeat(300)}`;
  t.deepEqual(await inspection.ask(analyzerAt(running.url, {onFailure: 'ignore'}), [text]), [FAILED]);
});

test('an exchange of more texts than anybody writes does not keep the analyzer busy', async (t) => {
  const running = await analyzer(t);
  const inspection = startInspection(t);
  const texts = Array.from({length: 5_001}, (_, index) => `text ${index}`);
  const answers = await inspection.ask(analyzerAt(running.url, {onFailure: 'ignore'}), texts);
  t.true(answers.every(({kind}) => kind === 'failed'));
  t.is(running.asked.length, 0);
  t.regex(String(inspection.logs.lines()[0]?.['reason']), /the limit is 5000/);
});

test('an analyzer whose certificate nobody vouches for gets no text', async (t) => {
  const {certificate, key} = selfSigned('localhost', '127.0.0.1');
  let requests = 0;
  const server = createServer({cert: certificate, key}, (_request, response) => {
    requests += 1;
    sendJson(response, []);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const {port} = server.address() as AddressInfo; // it listens on TCP
  const inspection = startInspection(t);
  t.deepEqual(await inspection.ask(analyzerAt(`https://127.0.0.1:${port}`), ['Ada']), [FAILED]);
  t.is(requests, 0);
});
