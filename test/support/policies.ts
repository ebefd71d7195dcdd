import {keyHash} from '../../cli/dev/dev-keys.ts';

/** The caller of end-to-end tests. */
export const CALLER_KEY = 'weir_test_not-a-real-key';
/** What the agent sends upstream in place of it. */
export const UPSTREAM_KEY = 'upstream-not-a-real-key';

/** The rules that end-to-end tests work with; `TICKET-…` is masked. */
export const RULES_FILE = 'policies/guard.yaml';

/** A small policy repository: file names and texts. */
export function policyFiles(upstreamUrl: string): Record<string, string> {
  return {
    'providers.yaml': `apiVersion: weir/v1
kind: Provider
metadata: { name: openai }
spec: { dialect: openai, baseUrl: "${upstreamUrl}/v1", credential: upstream-key, default: true }
---
apiVersion: weir/v1
kind: Provider
metadata: { name: anthropic }
spec: { dialect: anthropic, baseUrl: "${upstreamUrl}/v1", credential: upstream-key, default: true }
`,
    'callers.yaml': `apiVersion: weir/v1
kind: ApiKey
metadata: { name: billing-service }
spec: { hash: "${keyHash(CALLER_KEY)}", subject: "svc:billing", groups: [engineering] }
`,
    [RULES_FILE]: guardPolicy('TICKET-[0-9]+'),
  };
}

/** The policy of the tests, with another pattern to mask. */
export function guardPolicy(masked: string): string {
  return `apiVersion: weir/v1
kind: Policy
metadata: { name: guard, owner: security@example.com }
spec:
  mode: enforce
  applies: { operations: [chat, embeddings, models] }
  rules:
    - name: tickets
      on: [request, response]
      find: { patterns: ['${masked}'], views: none }
      action: mask
      mask: { with: "[{finding}]" }
    - name: forecasts
      find: { keywords: ["financial forecast"], in: [prompt] }
      action: approve
      approve: { reviewers: [finance-leads], count: 1, within: 15m, remember: 8h, reason: required }
    - name: nightfall
      find: { keywords: ["project nightfall"], views: none }
      action: block
      block: { status: 400, code: project_prohibited, message: "This project may not be discussed." }
`;
}
