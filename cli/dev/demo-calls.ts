/** One request that shows what Weir does. */
export interface DemoCall {
  name: 'ordinary' | 'masked' | 'held' | 'blocked';
  title: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: unknown;
  /** The text that matters, as the caller sends it. */
  sent: string;
  /** Part of `sent` that a pasted command replaces by the time of day, so that no earlier approval covers it. */
  variable?: string;
}

const CHAT_MODEL = 'gpt-4o-mini';

/** The calls of the demo; the example policies say what becomes of each. */
export const DEMO_CALLS: readonly DemoCall[] = [
  chat('ordinary', 'An ordinary call passes', 'Say hello to the team.'),
  chat(
    'masked',
    'A secret and an address are masked before the model sees them',
    'Use api_key=abc123-not-a-real-key and write to ana@example.com.',
  ),
  {
    ...chat(
      'held',
      'A financial forecast waits for a reviewer',
      'Summarise the financial forecast for the next quarter.',
    ),
    variable: 'the next quarter',
  },
  {
    name: 'blocked',
    title: 'Embedding the HR records is blocked',
    path: '/v1/embeddings',
    headers: {'x-weir-dataset': 'hr-records'},
    body: {model: 'text-embedding-3-small', input: 'All notes of the last reviews.'},
    sent: 'All notes of the last reviews.',
  },
];

/** The call as a command to paste into a shell. */
export function curlCommand(call: DemoCall, agentUrl: string, key: string): string {
  const body = `'${JSON.stringify(call.body)}'`;
  const headers = {authorization: `Bearer ${key}`, 'content-type': 'application/json', ...call.headers};
  return [
    `curl -s ${agentUrl}${call.path}`,
    ...Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`),
    `-d ${call.variable === undefined ? body : body.replace(call.variable, `'$(date +%T)'`)}`,
  ].join(' \\\n  ');
}

function chat(name: DemoCall['name'], title: string, sent: string): DemoCall {
  const body = {model: CHAT_MODEL, messages: [{role: 'user', content: sent}]};
  return {name, title, path: '/v1/chat/completions', headers: {}, body, sent};
}
