import {Agent, type ClientRequest, request as openRequest} from 'node:http';
import {setTimeout as delay} from 'node:timers/promises';
import {CALLER_KEY} from './policies.ts';

/** Callers that go on asking while servers die under them. */
export interface RestlessCallers {
  /** Models of the requests of which the caller received any byte: each request names a model of its own. */
  readonly answered: ReadonlyMap<string, number>;
  /** How many requests were sent. */
  readonly sent: () => number;
  readonly stop: () => Promise<void>;
}

const PAUSE_AFTER_FAILURE_MS = 20;

/** Starts callers that send one request after another, JSON and streamed by turns, some of them to be refused. */
export function startRestlessCallers(agentUrl: string, count: number): RestlessCallers {
  const answered = new Map<string, number>();
  const stopped = new AbortController();
  const connections = new Agent({keepAlive: true, maxSockets: count});
  let sent = 0;

  const call = async (): Promise<void> => {
    const number = sent++;
    const model = `gpt-call-${number}`;
    const content = number % 7 === 0 ? 'about project nightfall' : `call ${number} about TICKET-${number}`;
    const body = JSON.stringify({model, messages: [{role: 'user', content}], stream: number % 3 === 0});
    await ask(agentUrl, connections, body, (status) => {
      answered.set(model, status);
    });
  };
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        await call();
      } catch {
        await delay(PAUSE_AFTER_FAILURE_MS);
      }
    }
  };
  const loops = Array.from({length: count}, loop);
  return {
    answered,
    sent: () => sent,
    stop: async () => {
      stopped.abort();
      await Promise.all(loops);
      connections.destroy();
    },
  };
}

/** @param onFirstByte told the status with the first byte of the answer. */
async function ask(url: string, agent: Agent, body: string, onFirstByte: (status: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {authorization: `Bearer ${CALLER_KEY}`, 'content-type': 'application/json'};
    const request: ClientRequest = openRequest(
      `${url}/v1/chat/completions`,
      {method: 'POST', agent, headers},
      (response) => {
        onFirstByte(response.statusCode ?? 0);
        response.on('error', reject);
        response.on('end', resolve);
        response.resume();
      },
    );
    request.setTimeout(30_000, () => request.destroy(new Error('no answer within 30 s')));
    request.on('error', reject);
    request.end(body);
  });
}
