import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {EXAMPLE_POLICIES} from '../../cli/dev/providers.ts';
import type {Bundle} from '../../engine/bundle.ts';
import type {Dialect, Route} from '../../engine/dialect/dialect.ts';
import {DIALECTS} from '../../engine/dialect/index.ts';
import type {AgentFacts, CallerFacts, RequestFacts} from '../../engine/exchange.ts';
import {compileRepository} from '../../engine/language/compile.ts';
import {loadBundle} from '../../engine/load-bundle.ts';
import {EVENTS_PER_WRITE, requestBody, responseBodies} from '../proxy/workload.ts';

/** A chat completion under the example policies, and the answer to it. */
interface ExampleExchange {
  bundle: Bundle;
  /** Makes the bundle anew. */
  load: () => Bundle;
  dialect: Dialect;
  route: Route;
  requestBody: string;
  request: RequestFacts;
  caller: CallerFacts;
  agent: AgentFacts;
  responseBody: string;
  /** The answer as a stream. */
  chunks: readonly Buffer[];
}

/** The same traffic as the proxy benchmark's. */
export async function exampleExchange(): Promise<ExampleExchange> {
  const compiled = compileRepository(await policyFiles());
  if (!compiled.ok) throw new Error('the example policies do not compile');
  const {documents} = compiled;
  const load = () => {
    const loaded = loadBundle({generation: 1n, digest: 'bench', commit: 'bench', documents});
    if (!loaded.ok) throw new Error('the example policies cannot be loaded');
    return loaded.bundle;
  };
  const dialect = DIALECTS.openai;
  const route = dialect.route('POST', '/v1/chat/completions');
  if (route === undefined) throw new Error('there is no route for chat completions');
  const body = requestBody(false);
  const {model, stream, dataset, tools, runs, uninspectable} = dialect.readRequest(route, body);
  const {json, events} = responseBodies();
  return {
    bundle: load(),
    load,
    dialect,
    route,
    requestBody: body,
    request: {
      ...{provider: 'openai', dialect: 'openai', operation: route.operation, model, stream},
      ...{sizeBytes: body.length, statedDataset: dataset, tools, runs, uninspectable},
    },
    caller: {subject: 'svc:bench', groups: ['engineering'], datasets: [], kind: 'apiKey', authority: 'bench'},
    agent: {labels: {env: 'bench'}},
    responseBody: json,
    chunks: Array.from({length: Math.ceil(events.length / EVENTS_PER_WRITE)}, (_, index) =>
      Buffer.from(events.slice(index * EVENTS_PER_WRITE, (index + 1) * EVENTS_PER_WRITE).join('')),
    ),
  };
}

async function policyFiles(): Promise<{path: string; text: string}[]> {
  const paths = (await readdir(EXAMPLE_POLICIES, {recursive: true})).filter((path) => path.endsWith('.yaml'));
  return Promise.all(paths.map(async (path) => ({path, text: await readFile(join(EXAMPLE_POLICIES, path), 'utf8')})));
}
