import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

/** A request as Presidio's analyzer documents it. */
export interface AnalyzeRequest {
  text: string;
  language: string;
  entities: string[];
  score_threshold: number;
}

export interface FakeAnalyzer {
  readonly url: string;
  readonly host: string;
  /** What was asked, in order. */
  readonly asked: AnalyzeRequest[];
  readonly headers: IncomingHttpHeaders[];
  /** The largest number of calls that were open at a time. */
  readonly mostOpen: () => number;
  /** Calls whose connection was closed before they were answered. */
  readonly givenUp: () => number;
  /** How calls are answered from now on; undefined for the documented way. */
  answer: ((request: AnalyzeRequest, response: ServerResponse) => void) | undefined;
  readonly stop: () => Promise<void>;
}

/** What the analyzer knows: each of these texts, wherever it stands, is of that type. */
export type Known = Readonly<Record<string, string>>;

/** An analyzer with Presidio's HTTP API, which knows a list of names instead of having a model. */
export async function startAnalyzer(known: Known, score = 0.85): Promise<FakeAnalyzer> {
  const asked: AnalyzeRequest[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let open = 0;
  let most = 0;
  let givenUp = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    open += 1;
    most = Math.max(most, open);
    response.on('close', () => {
      open -= 1;
      if (!response.writableFinished) givenUp += 1;
    });
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method !== 'POST' || request.url !== '/analyze') {
        response.writeHead(404).end('{"error":"not found"}');
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as AnalyzeRequest; // a client of ours wrote it
      asked.push(body);
      headers.push(request.headers);
      if (analyzer.answer === undefined) sendJson(response, found(body, known, score));
      else analyzer.answer(body, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo; // it listens on TCP
  const analyzer: FakeAnalyzer = {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    asked,
    headers,
    mostOpen: () => most,
    givenUp: () => givenUp,
    answer: undefined,
    stop: async () => {
      server.closeAllConnections();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
  return analyzer;
}

/** Findings as Presidio writes them: offsets count code points, as Python's strings do. */
export function found({text, entities}: AnalyzeRequest, known: Known, score = 0.85): object[] {
  const points = Array.from(text);
  return Object.entries(known)
    .filter(([, entity]) => entities.includes(entity))
    .flatMap(([name, entity]) => {
      const wanted = Array.from(name);
      return points.flatMap((_, start) => {
        const end = start + wanted.length;
        if (!wanted.every((point, index) => points[start + index] === point)) return [];
        return [{entity_type: entity, start, end, score, analysis_explanation: null}];
      });
    });
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(value));
}
