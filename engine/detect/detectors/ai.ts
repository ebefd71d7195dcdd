import {type Detector, pattern} from '../detector.ts';
import {named, secrets, token} from './secret-kinds.ts';

const FAKE = 'Fake0Example'.repeat(10);
const UUID = '{h8}-{h4}-{h4}-{h4}-{h12}';

/** Keys of providers of models, and of what is built around models. */
export const AI_DETECTORS: readonly Detector[] = secrets('ai', [
  {
    name: 'anthropic-key',
    description: 'Anthropic API or admin key, or OAuth token: calls models, or runs the organisation',
    finders: [
      pattern('\\bsk-ant-(?:api|admin)[0-9]{2}-[A-Za-z0-9_-]{80,110}AA(?:[^A-Za-z0-9_-]|$)', {validator: 'tokenValue'}),
      pattern('\\bsk-ant-(?:oat|ort|sid|usr)[0-9]{2}-[A-Za-z0-9_-]{40,}', {validator: 'tokenValue'}),
      pattern('\\bsk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{20,}', {
        validator: 'tokenValue',
        minEntropy: 2.5,
        confidence: 0.4,
        context: {raise: ['anthropic', 'claude', 'key', 'api key', 'token', 'secret', 'bearer'], within: 48},
      }),
    ],
    examples: [
      `sk-ant-api03-${FAKE.slice(0, 93)}AA`,
      `ANTHROPIC=sk-ant-api03-${FAKE.slice(0, 93)}AA`,
      `"sk-ant-oat01-${FAKE.slice(0, 80)}"`,
      `ANTHROPIC_API_KEY=sk-ant-api03-${FAKE.slice(0, 40)}`,
    ],
    nearMisses: ['sk-ant-api03-short', 'the prefix sk-ant- starts a key', `key sk-ant-api03-${'x'.repeat(95)}`],
  },
  {
    name: 'openai-key',
    description:
      'OpenAI API key (project, service account, admin, or the older form): calls models, or runs the account',
    finders: [
      pattern('\\bsk-(?:proj|svcacct|service|admin|None)-[A-Za-z0-9_-]{20,}', {minEntropy: 2.5}),
      pattern('\\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\\b'),
      pattern('\\bsk-[A-Za-z0-9]{48}\\b', {minEntropy: 3}),
    ],
    examples: [
      `key sk-proj-${FAKE.slice(0, 48)}.`,
      `sk-${FAKE.slice(0, 20)}T3BlbkFJ${FAKE.slice(0, 20)}`,
      `sk-${FAKE.slice(0, 48)}`,
    ],
    nearMisses: ['sk-proj-short', `sk-proj-${'x'.repeat(48)}`, `task-${FAKE.slice(0, 48)}x`, `sk-${'a'.repeat(48)}`],
  },
  {
    name: 'huggingface-token',
    description: 'Hugging Face user or organisation token: reads and writes models and data sets',
    finders: [pattern('\\b(?:hf_|api_org_)[A-Za-z0-9]{34}\\b', {minEntropy: 2.2})],
    examples: [`hf_${'FakeExample'.repeat(4).slice(0, 34)}`, `HF_TOKEN=api_org_${FAKE.slice(0, 34)}`],
    nearMisses: ['hf_transfer', `hf_${'a'.repeat(34)}`, 'hf_requiredCharacteristicTypesForDisplayMetadata'],
  },
  {
    name: 'model-provider-key',
    description: 'A key that is named as one of a provider of models, of whatever form',
    finders: [
      pattern(
        '(?i)(?:openai|anthropic|claude|gemini|mistral|groq|cohere|deepseek|perplexity|openrouter|replicate|together' +
          '|fireworks|bedrock|vertex|llm|moonshot|qwen|dashscope|zhipu|glm|minimax|nebius|novita|hyperbolic|sambanova)' +
          '[ a-z0-9_.-]{0,12}(?:key|token|secret)["\'`]?[ \\t]{0,4}(?:=>|:=|=|:)[ \\t]{0,4}["\'`]?' +
          '(?P<mask>[a-z0-9_.-]{20,})',
        {validator: 'secretValue', minEntropy: 3, confidence: 0.8},
      ),
    ],
    examples: [`MOONSHOT_API_KEY=${FAKE.slice(0, 30)}`, `"llmApiKey": "${FAKE.slice(0, 24)}"`],
    nearMisses: [
      'openai_api_key = settings.openai_api_key_v2_default',
      'GROQ_API_KEY=<your key>',
      'llm token count: 4096',
    ],
  },
  token('ai-gateway-key', 'sk-helicone-{a7}-{a7}-{a7}-{a7}', 'Helicone key: reads logged prompts'),
  token('anyscale-key', 'esecret_{a26}', 'Anyscale key: calls models'),
  token('brave-search-key', 'BSA{u28}', 'Brave Search API key'),
  token('braintrust-key', 'bt-st-{w48}', 'Braintrust service token: reads experiments'),
  token('cartesia-key', 'sk_car_{w20,48}', 'Cartesia key: makes speech'),
  token('cerebras-key', 'csk-{a48}', 'Cerebras key: calls models'),
  token('e2b-key', 'e2b_{h40}', 'E2B key: runs sandboxes'),
  token('fal-key', `${UUID}:{h32}`, 'fal.ai key: runs image and video models'),
  token('firecrawl-key', 'fc-{h32}', 'Firecrawl key: crawls sites'),
  token('fireworks-key', ['fw_{w22}', 'fw_{w24}'], 'Fireworks AI key: calls models'),
  token('friendli-token', 'flp_{w46}', 'Friendli token: calls models'),
  token('groq-key', 'gsk_{w52}', 'Groq key: calls models'),
  token(
    'hex-key-model-provider',
    'sk-{h32}',
    'Key of DeepSeek, DashScope and others that issue `sk-` and 32 hex digits',
  ),
  token('jina-key', 'jina_{w32}{u28}', 'Jina AI key: embeds and reads pages'),
  token('langfuse-key', `sk-lf-${UUID}`, 'Langfuse secret key: reads traces'),
  token('langsmith-key', ['lsv2_(pt|sk)_{h32}_{h10}', 'ls__{h32}'], 'LangSmith personal or service key: reads traces'),
  token('letta-key', 'sk-let-{e40,}', 'Letta key: runs agents'),
  token('llama-cloud-key', 'llx-{w48}', 'LlamaCloud key: parses and indexes documents'),
  token('luma-key', `luma-${UUID}-{h8}-{h4}`, 'Luma AI key: makes videos'),
  token('mem0-key', 'm0-{w40}', 'Mem0 key: reads memories'),
  token('modal-token', ['as-{w22}', 'ak-{w22}'], 'Modal token id or secret: runs functions'),
  token('nvidia-key', 'nvapi-{u60,72}', 'NVIDIA API key: calls models and pulls containers'),
  token('openrouter-key', 'sk-or-v1-{h64}', 'OpenRouter key: calls models of many providers'),
  token('perplexity-key', 'pplx-{w48}', 'Perplexity key: calls models'),
  token('pinecone-key', ['pcsk_{v60,80}'], 'Pinecone key: reads and writes vectors'),
  token('promptlayer-key', 'pl_{h32}', 'PromptLayer key: reads prompts'),
  token('replicate-token', 'r8_{w37}', 'Replicate token: runs models'),
  token('retell-key', 'key_{h28}', 'Retell AI key: makes calls'),
  token('runpod-key', 'rpa_{A40,48}', 'RunPod key: runs machines'),
  token('tavily-key', ['tvly-{w32}', 'tvly-(dev|prod)-{w32}'], 'Tavily key: searches the web'),
  token('together-token', 'tgp_v1_{u43}', 'Together AI key: calls models'),
  token('upstage-key', 'up_{w29}', 'Upstage key: calls models'),
  token('voice-key', 'sk_{h48}', 'ElevenLabs key: makes speech, also with cloned voices'),
  token('voyage-key', 'pa-{u43}', 'Voyage AI key: embeds texts'),
  token('wandb-key-v1', 'wandb_v1_{v60,90}', 'Weights & Biases key: reads and writes runs'),
  token('xai-key', 'xai-{w70,90}', 'xAI key: calls models'),
  token('zhipu-key', '{h32}.{w16}', 'Zhipu (GLM) key: calls models'),
  named('ai21-key', ['ai21'], '{w32}', 'AI21 key: calls models'),
  named('assemblyai-key', ['assemblyai', 'assembly ai'], '{h32}', 'AssemblyAI key: transcribes speech'),
  named('azure-openai-key', ['azure openai', 'azure_oai', 'aoai'], '{w32,84}', 'Azure OpenAI key: calls models'),
  named('baseten-key', ['baseten'], '{w8}.{w32}', 'Baseten key: runs models'),
  named('clarifai-key', ['clarifai'], '{h32}', 'Clarifai key or personal access token: runs models'),
  named('cohere-key', ['cohere'], '{w40}', 'Cohere key: calls models'),
  named('comet-key', ['comet'], '{w25,}', 'Comet key: reads and writes experiments'),
  named('deepgram-key', ['deepgram'], '{h40}', 'Deepgram key: transcribes speech'),
  named('deepinfra-key', ['deepinfra', 'deep infra'], '{w32}', 'DeepInfra key: calls models'),
  named(
    'elevenlabs-key',
    ['elevenlabs', 'eleven labs', 'xi'],
    '{h32}',
    'ElevenLabs key of the older form: makes speech',
  ),
  named('lambda-key', ['lambda cloud', 'lambdalabs', 'lambda labs'], '{p32,}', 'Lambda Cloud key: runs machines'),
  named('mistral-key', ['mistral'], '{w32}', 'Mistral key: calls models'),
  named('private-ai-key', ['privateai', 'private ai'], '{a32}', 'Private AI key: redacts text'),
  named('qdrant-key', ['qdrant'], '{p40,}', 'Qdrant key: reads and writes vectors'),
  named('roboflow-key', ['roboflow'], '{w20}', 'Roboflow key: reads data sets, runs models'),
  named('serpapi-key', ['serpapi', 'serp api'], '{h64}', 'SerpApi key: searches the web'),
  named('serper-key', ['serper'], '{h40}', 'Serper key: searches the web'),
  named('stability-key', ['stability', 'dreamstudio'], 'sk-{w48}', 'Stability AI key: makes images'),
  named('together-key', ['together'], '{h64}', 'Together AI key of the older form: calls models'),
  named('wandb-key', ['wandb', 'weights and biases'], '{h40}', 'Weights & Biases key: reads and writes runs'),
  named('weaviate-key', ['weaviate', 'wcd', 'wcs'], '{e36,}', 'Weaviate key: reads and writes vectors'),
  {
    name: 'cohere-variable',
    description: 'Cohere key in the variable that its client reads: calls models',
    finders: [
      pattern('\\bCO_API_KEY["\']?[ \\t]{0,3}[:=][ \\t]{0,3}["\']?(?P<mask>[A-Za-z0-9]{40})(?:[^A-Za-z0-9]|$)', {
        validator: 'tokenValue',
        minEntropy: 2.5,
      }),
    ],
    examples: [`CO_API_KEY=${FAKE.slice(0, 40)}`, `export CO_API_KEY="${FAKE.slice(0, 40)}"`],
    nearMisses: [`CO_API_KEY=${'x'.repeat(40)}`, 'CO_API_KEY=$COHERE_KEY'],
  },
]);
