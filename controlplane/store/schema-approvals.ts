/** Holds, reviews and grants; made by migrations/0003-approvals.ts. */
export interface ApprovalTables {
  holds: HoldRow;
  /** Exchanges that waited on a hold, and the agents they waited on. */
  hold_exchanges: {hold_id: string; exchange_id: string; agent_uid: string};
  /** Groups that may review a hold. */
  hold_reviewers: {hold_id: string; name: string};
  reviews: ReviewRow;
  grants: GrantRow;
}

interface HoldRow {
  hold_id: string;
  /** weir.agent.v1.HoldState. */
  state: number;
  opened_at_ms: number;
  expires_at_ms: number;
  decided_at_ms: number | null;
  agent_uid: string;
  caller_subject: string;
  provider: string;
  model: string;
  operation: string;
  /** HoldBinding.scope and .body. */
  scope: Buffer;
  body: Buffer;
  /** SHA-256 over scope, body and requirements: at most one open hold has it. */
  join_key: Buffer;
  /** weir.agent.v1.OpenHoldRequest that opened it: without the masked request, with the requirements it asks for. */
  opening: Buffer;
  masked_request: Buffer;
  masked_request_truncated: number;
  media_type: string;
}

interface ReviewRow {
  hold_id: string;
  reviewer: string;
  /** weir.agent.v1.ReviewDecision. */
  decision: number;
  reason: string;
  at_ms: number;
  /** JSON array of policy/rule. */
  rules: string;
}

/** One requirement of an approved hold, and what later requests it covers. */
interface GrantRow {
  grant_id: string;
  hold_id: string;
  policy: string;
  rule: string;
  rule_digest: Buffer;
  scope: Buffer;
  /** Number of approved messages, and the cumulative digest after the last of them; 0 and empty: the exact body, once. */
  messages: number;
  prefix: Buffer;
  body: Buffer;
  granted_at_ms: number;
  expires_at_ms: number;
  /** The exchange that spent a grant of an exact body. */
  used_by: string | null;
}
