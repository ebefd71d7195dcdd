import {fileURLToPath} from 'node:url';
import {type CredentialBinding, parseCredentialBinding} from '../../agent/credentials/binding.ts';

/** A provider of the example policies. */
interface ExampleProvider {
  title: string;
  baseUrl: string;
  /** Name that the example policies give its credential. */
  credential: string;
  /** Where a developer usually has the key. */
  variable: string;
}

/** The example policies: a complete repository to copy. */
export const EXAMPLE_POLICIES = fileURLToPath(new URL('../../policies-example', import.meta.url));

const PROVIDERS: readonly ExampleProvider[] = [
  {title: 'OpenAI', baseUrl: 'https://api.openai.com/v1', credential: 'openai-key', variable: 'OPENAI_API_KEY'},
  {
    title: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    credential: 'anthropic-key',
    variable: 'ANTHROPIC_API_KEY',
  },
];

type Environment = Readonly<Record<string, string | undefined>>;

/** Which providers are reached with a key of the environment, and which the stand-in model plays. */
export interface ProviderPlan {
  /** By real base URL: the stand-in's, or undefined for the real provider. */
  standIns: ReadonlyMap<string, string | undefined>;
  /** What each provider's key is, and where it may go. */
  credentials: readonly CredentialBinding[];
  /** Where `env:` credentials are read from: the environment, and a word for the stand-in where there is no key. */
  environment: Environment;
  /** Titles of the providers that the stand-in plays. */
  played: readonly string[];
}

/** Whether any provider has no key in the environment. */
export function needsStandIn(env: Environment): boolean {
  return PROVIDERS.some(({variable}) => (env[variable] ?? '') === '');
}

/** @param modelUrl of the stand-in model, without path; undefined where none is needed. */
export function planProviders(env: Environment, modelUrl: string | undefined): ProviderPlan {
  const isPlayed = ({variable}: ExampleProvider) => modelUrl !== undefined && (env[variable] ?? '') === '';
  const played = PROVIDERS.filter(isPlayed);
  return {
    standIns: new Map(PROVIDERS.map((one) => [one.baseUrl, isPlayed(one) ? `${String(modelUrl)}/v1` : undefined])),
    credentials: PROVIDERS.map((one) => {
      const {host} = new URL(isPlayed(one) ? String(modelUrl) : one.baseUrl);
      return parseCredentialBinding(`${one.credential}=env:${one.variable}@${host}`);
    }),
    environment: {...env, ...Object.fromEntries(played.map(({variable}) => [variable, 'stand-in']))},
    played: played.map(({title}) => title),
  };
}
