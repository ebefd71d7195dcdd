import {detectorSchema} from './detector.ts';
import {policySchema} from './policy.ts';
import {policyTestSchema} from './policy-test.ts';
import {agentGroupSchema, apiKeySchema, identityProviderSchema, providerSchema} from './traffic.ts';

/** Every kind of document, with the one schema that its types, its checks and its JSON Schema come from. */
export const KINDS = {
  AgentGroup: agentGroupSchema,
  ApiKey: apiKeySchema,
  Detector: detectorSchema,
  IdentityProvider: identityProviderSchema,
  Policy: policySchema,
  PolicyTest: policyTestSchema,
  Provider: providerSchema,
} as const;

export type Kind = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as Kind[]; // `as`: Object.keys forgets the literal types.

export function isKind(kind: string): kind is Kind {
  return Object.hasOwn(KINDS, kind);
}
