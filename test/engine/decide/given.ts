import type {DecisionInput} from '../../../engine/decide/decide-request.ts';
import type {CallerFacts, Place, RequestFacts, TextRun} from '../../../engine/exchange.ts';

/** The provider that all decisions are tried with. */
export const PROVIDER = `
apiVersion: weir/v1
kind: Provider
metadata: { name: openai }
spec: { dialect: openai, baseUrl: "https://api.example.com/v1" }
`;

/** A policy that applies to everything, with these rules. */
export function policy(name: string, rules: string, more = ''): string {
  return `
apiVersion: weir/v1
kind: Policy
metadata: { name: ${name} }
spec:
  ${more}
  rules: [${rules}]
`;
}

export interface Given {
  request?: Partial<RequestFacts>;
  caller?: Partial<CallerFacts>;
  labels?: Record<string, string>;
  /** Prompts, one a message. */
  prompts?: readonly string[];
}

/** An ordinary chat request, but for what is named. */
export function given({request, caller, labels, prompts = ['hello']}: Given = {}): DecisionInput {
  return {
    request: {
      provider: 'openai',
      dialect: 'openai',
      operation: 'chat',
      model: 'gpt-4o',
      stream: false,
      sizeBytes: 100,
      statedDataset: undefined,
      tools: [],
      runs: prompts.map((text, message) => run(text, 'prompt', message)),
      uninspectable: [],
      ...request,
    },
    caller: {
      subject: 'svc:test',
      groups: ['engineering'],
      kind: 'apiKey',
      authority: 'test',
      datasets: [],
      ...caller,
    },
    agent: {labels: labels ?? {}},
  };
}

export function run(text: string, place: Place, message = 0): TextRun {
  return {place, message, pieces: [{form: 'string', start: 0, end: text.length + 2, value: text}], text};
}
