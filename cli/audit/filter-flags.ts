/** The flags by which lists of exchanges and sessions are narrowed down; each adds a condition to the API's filter. */
export const EXCHANGE_FILTER_FLAGS = {
  caller: {type: 'string', placeholder: 'SUBJECT', help: 'only of this caller; may end in *'},
  group: {type: 'string', placeholder: 'NAME', help: 'only of callers in this group'},
  session: {type: 'string', placeholder: 'ID', help: 'only of this session'},
  agent: {type: 'string', placeholder: 'UID', help: 'only through this agent'},
  provider: {type: 'string', placeholder: 'NAME', help: 'only to this provider'},
  model: {type: 'string', placeholder: 'NAME', help: 'only to this model; may end in *'},
  verdict: {type: 'string', choices: ['allow', 'mask', 'approve', 'block'], help: 'only with this verdict'},
  outcome: {
    type: 'string',
    choices: ['completed', 'blocked', 'denied', 'held', 'upstream_error', 'client_gone', 'cut', 'refused'],
    help: 'only with this end',
  },
  rule: {type: 'string', placeholder: 'POLICY[/RULE]', help: 'only where this rule, or one of this policy, matched'},
  since: {type: 'duration', placeholder: 'TIME', help: 'only those of the last 30m, 12h, 7d'},
  filter: {type: 'string', placeholder: 'FILTER', help: 'an AIP-160 filter, such as status >= 500 AND rule:secrets'},
} as const;

export const SESSION_FILTER_FLAGS = {
  caller: EXCHANGE_FILTER_FLAGS.caller,
  agent: EXCHANGE_FILTER_FLAGS.agent,
  provider: EXCHANGE_FILTER_FLAGS.provider,
  model: EXCHANGE_FILTER_FLAGS.model,
  since: EXCHANGE_FILTER_FLAGS.since,
  filter: EXCHANGE_FILTER_FLAGS.filter,
} as const;

export const LIMIT_FLAG = {
  limit: {type: 'number', default: 50, min: 1, max: 100_000, placeholder: 'N', help: 'at most so many, newest first'},
} as const;

/** Flags that were given, by name. */
export type FilterValues = Partial<Record<keyof typeof EXCHANGE_FILTER_FLAGS, string | number | undefined>>;

const FIELDS: Readonly<Partial<Record<keyof FilterValues, string>>> = {
  caller: 'caller.subject',
  group: 'caller.group',
  session: 'session_id',
  agent: 'agent',
  provider: 'provider',
  model: 'model',
  verdict: 'verdict',
  outcome: 'outcome',
  rule: 'rule',
};

/** The flags as one AIP-160 filter. */
export function filterOf(values: FilterValues, nowMs: number): string {
  const conditions: string[] = [];
  for (const [name, field] of Object.entries(FIELDS) as [keyof FilterValues, string][]) {
    const value = values[name];
    if (typeof value !== 'string') continue;
    const isPolicy = name === 'rule' && !/[/*]/.test(value);
    conditions.push(`${field} = ${quoted(isPolicy ? `${value}/*` : value)}`);
  }
  if (typeof values.since === 'number') {
    conditions.push(`started_at >= ${quoted(new Date(nowMs - values.since).toISOString())}`);
  }
  const {filter} = values;
  if (typeof filter !== 'string' || filter.trim() === '') return conditions.join(' AND ');
  // Alone it stays as typed, so that the columns of an error are those of what was typed.
  return conditions.length === 0 ? filter : [`(${filter})`, ...conditions].join(' AND ');
}

export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
