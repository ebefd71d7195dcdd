import type {Usage} from '../../proto/gen/weir/record/v1/record.ts';
import type {DialectName, Operation, TextPiece, TextRun, Uninspectable} from '../exchange.ts';

/** A request path that a dialect knows, rebuilt from its parsed parts. */
export interface Route {
  operation: Operation;
  method: 'GET' | 'POST';
  /**
   * Path as the dialect's own SDK appends it to its base URL: `/chat/completions` for OpenAI (whose base URL ends
   * with `/v1`), `/v1/messages` for Anthropic (whose base URL does not). `upstreamUrl` joins both styles.
   */
  upstreamPath: string;
}

/** What stands in a request body. */
export interface RequestReading {
  model: string;
  stream: boolean;
  runs: readonly TextRun[];
  tools: readonly string[];
  uninspectable: readonly Uninspectable[];
  /** `metadata.dataset`, where the wire format has metadata. */
  dataset: string | undefined;
  /** What the client calls the conversation, where the body says so. */
  conversation: string | undefined;
  /** Where each conversation message stands in the body's text, in order. */
  messages: readonly {start: number; end: number}[];
}

/** What stands in a whole (not streamed) JSON response. */
export interface ResponseReading {
  runs: readonly TextRun[];
  usage: Usage | undefined;
  finishReasons: readonly string[];
  model: string;
  id: string;
  /** Set where the provider reports a failure inside a 200. */
  error: string | undefined;
  /** Sound, images and files, which no text rule can look into. */
  uninspectable: readonly Uninspectable[];
  /** JSON tokens that repeat the text of runs (logprobs): replaced by `null` where anything is masked. */
  stale: readonly {start: number; end: number}[];
}

/** Text of one lane in one stream event. */
export interface LanePiece {
  /** Key of the lane: texts of one key are concatenated by the reader. */
  lane: string;
  /** `json`: fragments of a JSON document (tool-call arguments), masked as decoded strings and re-escaped. */
  content: 'text' | 'json';
  /** Of arguments of a tool call: the tool's name, as far as it is known; `''` while it is not. */
  tool?: string;
  /**
   * Of a text that its reader may join with others: the lane that this one goes on from, which has paused; `''` where
   * it is the first.
   */
  joins?: string;
  piece: TextPiece;
}

/** Id and model of a response as the client may see them. */
export interface ResponseIdentity {
  id: string;
  model: string;
}

/** What stands in one stream event. */
export interface EventReading {
  pieces: readonly LanePiece[];
  /** Lanes that are complete once this event's own pieces are taken; `all` at the end of the stream. */
  ends: readonly string[] | 'all';
  /** Lanes that are complete, but that the next one may go on from. */
  pauses?: readonly string[];
  /** Other texts of the event, whole in themselves (names, error messages, copies): masked at once. */
  runs: readonly TextRun[];
  /** Sound, images and files, which no text rule can look into. */
  uninspectable: readonly Uninspectable[];
  /** JSON tokens that repeat lane text and go stale when it is masked (logprobs): replaced by `null` where their lane is guarded. */
  stale: readonly {start: number; end: number}[];
  usage: Usage | undefined;
  finishReasons: readonly string[];
  model: string;
  id: string;
  error: string | undefined;
  /** True for the event that ends a complete stream (`[DONE]`, `message_stop`). */
  last: boolean;
}

/** Reads the events of one response stream; holds what has to be remembered between them. */
export interface StreamReader {
  /** @param data the event's data lines, joined. @throws WeirError BODY_UNREADABLE where it is not what the dialect sends. */
  read: (event: string, data: string) => EventReading;
  /** An event that carries only this text for a lane that was read before; ends with a blank line (LF). */
  laneEvent: (lane: string, text: string, identity: ResponseIdentity) => string;
  /** The dialect's own clean refusal, then its own end, after the events before the one read last. */
  refusal: (identity: ResponseIdentity) => string;
}

/** A refusal in Weir's own terms. */
export interface RefusalAnswer {
  status: number;
  /** Lower-case, e.g. `no_policy`, or a rule's own code. */
  code: string;
  message: string;
  /** Seconds; set only where trying again can help. */
  retryAfterSeconds: number | undefined;
}

/** Headers that go to the provider, and where the caller's key was. */
export interface Dialect {
  name: DialectName;
  /** The route for a method and a path without query; undefined for anything the dialect does not govern. */
  route: (method: string, path: string) => Route | undefined;
  /** @throws WeirError BODY_UNREADABLE with what is wrong and where (never the text). */
  readRequest: (route: Route, body: string) => RequestReading;
  /** @throws WeirError UPSTREAM_INVALID where the body is not JSON. */
  readResponse: (route: Route, body: string) => ResponseReading;
  openStream: (route: Route) => StreamReader;
  /** The provider's own error JSON. */
  refusalBody: (refusal: RefusalAnswer) => string;
  /** The dialect's own error event: ends a stream that cannot be read on. */
  streamError: (refusal: RefusalAnswer) => string;
  /** The caller's key, wherever its SDK puts it; undefined where there is none. Header names are lower-case. */
  callerToken: (headers: Readonly<Record<string, string | string[] | undefined>>) => string | undefined;
  /** The provider's credential as headers. */
  credentialHeaders: (credential: string) => Readonly<Record<string, string>>;
  /** Lower-case names of the request headers that are passed upstream. */
  requestHeaders: ReadonlySet<string>;
  /** Names of the query parameters that are passed upstream. */
  queryParameters: ReadonlySet<string>;
}
