/** What a request asks for, whatever the wire format: Anthropic messages and OpenAI chat completions are both `chat`. */
export type Operation = 'chat' | 'embeddings' | 'models';

export type DialectName = 'openai' | 'anthropic';

/** Where a text stands in an exchange; what `find.in` of a rule selects on. */
export type Place =
  | 'system'
  | 'prompt'
  | 'assistant'
  | 'toolCall'
  | 'toolResult'
  | 'toolDefinition'
  | 'metadata'
  | 'response'
  | 'other';

/**
 * One JSON token that holds text.
 *
 * `start` and `end` are UTF-16 offsets into the body's text and include the quotes of a string.
 * A number is text too: a card number may be sent without quotes. `value` is decoded.
 */
export interface TextPiece {
  form: 'string' | 'key' | 'number';
  start: number;
  end: number;
  value: string;
  /**
   * Set where the text is wrapped once more inside a string of the body: `json` is a token of JSON written as a
   * string (tool arguments), quotes included; `base64` is the payload of a data URL, without any quotes.
   */
  layer?: 'json' | 'base64';
  /** Of a key: all keys of its object, so that masked keys can be kept apart. */
  siblings?: readonly {value: string}[];
}

/** Text that its reader takes as one: usually a single piece; adjacent content parts are several. */
export interface TextRun {
  place: Place;
  /** Index of the conversation's message; -1 outside of it. */
  message: number;
  /** Of arguments of a tool call: the tool's name; `''` where there is none. */
  tool?: string | undefined;
  pieces: readonly TextPiece[];
  /** The pieces' values, joined. */
  text: string;
  /** Of a value in JSON: what its key puts around it. */
  lead?: {before: string; after: string} | undefined;
  /** Of a single piece: whether its text is a JSON document with escapes, whose leaves are runs of their own. */
  isJson?: boolean | undefined;
}

/** Content no rule can look into. */
export interface Uninspectable {
  category:
    | 'image'
    | 'audio'
    | 'encryptedReasoning'
    | 'tokenIds'
    | 'remoteUrl'
    | 'hostedTool'
    | 'storedObject'
    | 'file';
  /** JSON pointer into the body. */
  pointer: string;
}

/** Who sends the request, as the agent established it. */
export interface CallerFacts {
  subject: string;
  groups: readonly string[];
  kind: 'apiKey' | 'oidc';
  /** Name of the ApiKey or IdentityProvider document that vouches for the caller. */
  authority: string;
  /** Data sets that the key or token carries. */
  datasets: readonly string[];
}

/** Where the request came in. Labels come from the agent's join token. */
export interface AgentFacts {
  labels: Readonly<Record<string, string>>;
}

/** What a dialect read from a request, plus what the agent knows of it. The only input of a decision beside caller and agent. */
export interface RequestFacts {
  provider: string;
  dialect: DialectName;
  operation: Operation;
  /** Empty where the operation names none. */
  model: string;
  stream: boolean;
  sizeBytes: number;
  /** The data set that the caller named itself; it may only narrow what the key carries. */
  statedDataset: string | undefined;
  /** Names of the tools offered to the model. */
  tools: readonly string[];
  runs: readonly TextRun[];
  uninspectable: readonly Uninspectable[];
}
