export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** Which rows a list call asks for. Names are those of the API's filter; values are checked against the field's type. */
export type Condition<Field extends string> =
  | {kind: 'and' | 'or'; of: readonly Condition<Field>[]}
  | {kind: 'not'; of: Condition<Field>}
  | {kind: 'test'; field: Field; operator: Operator; value: string | number}
  /** A text that starts with `prefix`. */
  | {kind: 'prefix'; field: Field; prefix: string};

export type ExchangeField =
  | 'exchange_id'
  | 'session_id'
  | 'caller.subject'
  | 'caller.group'
  | 'agent'
  | 'provider'
  | 'model'
  | 'operation'
  | 'verdict'
  | 'outcome'
  | 'rule'
  | 'commit'
  | 'status'
  | 'started_at'
  | 'input_tokens'
  | 'output_tokens';

export type SessionField = 'session_id' | 'caller.subject' | 'agent' | 'provider' | 'model' | 'started_at';
