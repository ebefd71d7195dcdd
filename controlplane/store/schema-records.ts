import type {Generated} from 'kysely';

/** What agents shipped and what is read from it; made by migrations/0001-records.ts. */
export interface RecordTables {
  cursors: CursorRow;
  records: RecordRow;
  incidents: IncidentRow;
  gaps: GapRow;
  exchanges: ExchangeRow;
  exchange_rules: {exchange_id: string; policy: string; rule: string};
  exchange_groups: {exchange_id: string; name: string};
  sessions: SessionRow;
  session_models: {session_id: string; caller_subject: string; agent_uid: string; provider: string; model: string};
}

/** How far an epoch of an agent is committed. */
interface CursorRow {
  agent_uid: string;
  epoch: number;
  next_seq: number;
  /** SHA-256 chain over every frame below `next_seq`. */
  chain_head: Buffer;
}

/** A record as shipped: its opened body, or segment header and sealed frame where it could not be opened. */
interface RecordRow {
  agent_uid: string;
  epoch: number;
  seq: number;
  kind: number;
  exchange_id: string;
  /** Chain head after this record. */
  chain: Buffer;
  received_at_ms: number;
  body: Buffer | null;
  sealed: Buffer | null;
}

/** Something a person should look at: two records of one number, a record that cannot be read. */
interface IncidentRow {
  incident_id: string;
  at_ms: number;
  kind: string;
  agent_uid: string;
  epoch: number;
  seq: number;
  detail: string;
}

/** Records that will never come: `from_seq` up to and including `to_seq`. */
interface GapRow {
  agent_uid: string;
  epoch: number;
  from_seq: number;
  to_seq: number;
  at_ms: number;
  reason: string;
}

/** One exchange, merged from its records: columns to search by, and the messages themselves without inline content. */
interface ExchangeRow {
  exchange_id: string;
  agent_uid: string;
  epoch: number;
  /** Of the first record seen; of the one that started it once that is here. */
  seq: number;
  /** JSON object. */
  agent_labels: string;
  session_id: Generated<string>;
  started_at_ms: number;
  caller_subject: Generated<string>;
  provider: Generated<string>;
  model: Generated<string>;
  operation: Generated<string>;
  verdict: Generated<number>;
  commit_id: Generated<string>;
  outcome: Generated<number>;
  status: Generated<number>;
  input_tokens: Generated<number>;
  output_tokens: Generated<number>;
  /** weir.record.v1.ExchangeStarted, ExchangeReleased and ExchangeEnded. */
  started: Buffer | null;
  released: Buffer | null;
  ended: Buffer | null;
}

interface SessionRow {
  session_id: string;
  caller_subject: string;
  started_at_ms: number;
  last_at_ms: number;
  exchanges: number;
  /** The strictest among its exchanges. */
  verdict: number;
  input_tokens: number;
  output_tokens: number;
  cached_input_tokens: number;
  reasoning_tokens: number;
}
