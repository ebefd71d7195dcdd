import {type Detector, pattern} from '../detector.ts';

const FAKE = 'Fake0Example'.repeat(10);

/** Keys of providers of models. */
export const AI_DETECTORS: readonly Detector[] = [
  {
    name: 'anthropic-key',
    description: 'Anthropic API or admin key',
    groups: ['secrets'],
    finders: [pattern('\\bsk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{20,}')],
    examples: [`ANTHROPIC=sk-ant-api03-${FAKE.slice(0, 93)}AA`, `"sk-ant-admin01-${FAKE.slice(0, 40)}"`],
    nearMisses: ['sk-ant-api03-short', 'the prefix sk-ant- starts a key'],
  },
  {
    name: 'openai-key',
    description: 'OpenAI API key: project, service account, admin or older form',
    groups: ['secrets'],
    finders: [
      pattern('\\bsk-(?:proj|svcacct|service|admin|None)-[A-Za-z0-9_-]{20,}'),
      pattern('\\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\\b'),
      pattern('\\bsk-[A-Za-z0-9]{48}\\b', {minEntropy: 3}),
    ],
    examples: [
      `key sk-proj-${FAKE.slice(0, 48)}.`,
      `sk-${FAKE.slice(0, 20)}T3BlbkFJ${FAKE.slice(0, 20)}`,
      `sk-${FAKE.slice(0, 48)}`,
    ],
    nearMisses: ['sk-proj-short', `task-${FAKE.slice(0, 48)}x`, `sk-${'a'.repeat(48)}`],
  },
  {
    name: 'huggingface-token',
    description: 'Hugging Face user or organisation token',
    groups: ['secrets'],
    finders: [pattern('\\b(?:hf_|api_org_)[A-Za-z]{34}\\b', {minEntropy: 2})],
    examples: [`hf_${'FakeExample'.repeat(4).slice(0, 34)}`],
    nearMisses: ['hf_transfer', `hf_${'a'.repeat(34)}`],
  },
  {
    name: 'model-provider-key',
    description: 'API key of Groq, OpenRouter, Perplexity, Replicate or xAI',
    groups: ['secrets'],
    finders: [
      pattern('\\bgsk_[A-Za-z0-9]{52}\\b'),
      pattern('\\bsk-or-v1-[a-f0-9]{64}\\b'),
      pattern('\\bpplx-[A-Za-z0-9]{48}\\b'),
      pattern('\\br8_[A-Za-z0-9]{37}\\b'),
      pattern('\\bxai-[A-Za-z0-9]{70,90}\\b'),
    ],
    examples: [
      `gsk_${FAKE.slice(0, 52)}`,
      `sk-or-v1-${'0fa4e'.repeat(13).slice(0, 64)}`,
      `pplx-${FAKE.slice(0, 48)}`,
      `r8_${FAKE.slice(0, 37)}`,
      `xai-${FAKE.slice(0, 80)}`,
    ],
    nearMisses: ['gsk_short', 'sk-or-v1-model', 'pplx-7b-online', 'r8_kernel'],
  },
];
