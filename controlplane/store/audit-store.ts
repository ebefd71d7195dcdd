import {type Expression, type ExpressionBuilder, type ReferenceExpression, type SqlBool, sql} from 'kysely';
import type {Condition, ExchangeField, Operator, SessionField} from './condition.ts';
import type {Store} from './database.ts';
import type {SessionModel, StoredExchange, StoredSession} from './record-store.ts';
import type {Schema} from './schema.ts';

/** A page of a list, newest first. `after` is the last row of the page before. */
interface PageOf<Field extends string, Row> {
  where: Condition<Field> | undefined;
  after: Row | undefined;
  limit: number;
}

type ExchangePosition = Pick<StoredExchange, 'started_at_ms' | 'exchange_id'>;
type SessionPosition = Pick<StoredSession, 'started_at_ms' | 'session_id' | 'caller_subject'>;

/** What auditors read. */
export interface AuditStore {
  readonly exchanges: (page: PageOf<ExchangeField, ExchangePosition>) => Promise<StoredExchange[]>;
  readonly exchange: (exchangeId: string) => Promise<StoredExchange | undefined>;
  /** weir.record.v1.RecordBody of every record of an exchange, in the order they were written. */
  readonly bodies: (exchange: Pick<StoredExchange, 'exchange_id' | 'agent_uid'>) => Promise<Buffer[]>;
  readonly sessions: (page: PageOf<SessionField, SessionPosition>) => Promise<StoredSession[]>;
  readonly models: (sessions: readonly SessionPosition[]) => Promise<SessionModel[]>;
}

export function createAuditStore({db}: Store): AuditStore {
  return {
    exchanges: async ({where, after, limit}) => {
      let query = db.selectFrom('exchanges').selectAll();
      if (where !== undefined) query = query.where((eb) => exchangeCondition(eb, where));
      if (after !== undefined) {
        query = query.where((eb) =>
          eb.or([
            eb('started_at_ms', '<', after.started_at_ms),
            eb.and([eb('started_at_ms', '=', after.started_at_ms), eb('exchange_id', '<', after.exchange_id)]),
          ]),
        );
      }
      return query.orderBy('started_at_ms', 'desc').orderBy('exchange_id', 'desc').limit(limit).execute();
    },
    exchange: async (exchangeId) =>
      db.selectFrom('exchanges').selectAll().where('exchange_id', '=', exchangeId).executeTakeFirst(),
    bodies: async ({exchange_id, agent_uid}) => {
      const rows = await db
        .selectFrom('records')
        .select('body')
        .where('exchange_id', '=', exchange_id)
        .where('agent_uid', '=', agent_uid)
        .orderBy('epoch')
        .orderBy('seq')
        .execute();
      return rows.flatMap(({body}) => body ?? []);
    },
    sessions: async ({where, after, limit}) => {
      let query = db.selectFrom('sessions').selectAll();
      if (where !== undefined) query = query.where((eb) => sessionCondition(eb, where));
      if (after !== undefined) {
        const {started_at_ms, session_id, caller_subject} = after;
        query = query.where((eb) =>
          eb.or([
            eb('started_at_ms', '<', started_at_ms),
            eb.and([eb('started_at_ms', '=', started_at_ms), eb('session_id', '<', session_id)]),
            eb.and([
              eb('started_at_ms', '=', started_at_ms),
              eb('session_id', '=', session_id),
              eb('caller_subject', '<', caller_subject),
            ]),
          ]),
        );
      }
      return query
        .orderBy('started_at_ms', 'desc')
        .orderBy('session_id', 'desc')
        .orderBy('caller_subject', 'desc')
        .limit(limit)
        .execute();
    },
    models: async (sessions) => {
      if (sessions.length === 0) return [];
      const ids = sessions.map(({session_id}) => session_id);
      return db.selectFrom('session_models').selectAll().where('session_id', 'in', ids).execute();
    },
  };
}

const EXCHANGE_COLUMNS = {
  exchange_id: 'exchange_id',
  session_id: 'session_id',
  'caller.subject': 'caller_subject',
  agent: 'agent_uid',
  provider: 'provider',
  model: 'model',
  operation: 'operation',
  verdict: 'verdict',
  outcome: 'outcome',
  commit: 'commit_id',
  status: 'status',
  started_at: 'started_at_ms',
  input_tokens: 'input_tokens',
  output_tokens: 'output_tokens',
} as const;

type Exchanges = ExpressionBuilder<Schema, 'exchanges'>;

function exchangeCondition(eb: Exchanges, condition: Condition<ExchangeField>): Expression<SqlBool> {
  switch (condition.kind) {
    case 'and':
      return eb.and(condition.of.map((one) => exchangeCondition(eb, one)));
    case 'or':
      return eb.or(condition.of.map((one) => exchangeCondition(eb, one)));
    case 'not':
      return eb.not(exchangeCondition(eb, condition.of));
    case 'prefix':
    case 'test': {
      const {field} = condition;
      if (field === 'caller.group') return unlessNegated(eb, condition, hasGroup(eb, condition));
      if (field === 'rule') return unlessNegated(eb, condition, hasRule(eb, condition));
      return columnTest(eb, EXCHANGE_COLUMNS[field], condition);
    }
  }
}

type Leaf<Field extends string> = Extract<Condition<Field>, {kind: 'test' | 'prefix'}>;

/** A column of a list's own table: `=` and the rest, or a prefix as a range, which an index can serve. */
function columnTest<Table extends 'exchanges' | 'sessions' | 'exchange_groups' | 'exchange_rules' | 'session_models'>(
  eb: ExpressionBuilder<Schema, Table>,
  column: ReferenceExpression<Schema, Table>,
  condition: Leaf<string>,
): Expression<SqlBool> {
  const reference = eb.ref(column as never); // kysely cannot see that the column belongs to the generic table
  if (condition.kind === 'prefix') {
    const {prefix} = condition;
    return sql<SqlBool>`(${reference} >= ${prefix} and ${reference} < ${`${prefix}\u{10ffff}`})`;
  }
  return sql<SqlBool>`${reference} ${sql.raw(SQL_OPERATOR[condition.operator])} ${condition.value}`;
}

const SQL_OPERATOR: Record<Operator, string> = {'=': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>='};

/** Of a repeated field `!=` means: none of them is. */
function unlessNegated(eb: Exchanges, condition: Leaf<string>, has: Expression<SqlBool>): Expression<SqlBool> {
  return condition.kind === 'test' && condition.operator === '!=' ? eb.not(has) : has;
}

function hasGroup(eb: Exchanges, condition: Leaf<string>): Expression<SqlBool> {
  return eb.exists(
    eb
      .selectFrom('exchange_groups')
      .select('exchange_groups.name')
      .whereRef('exchange_groups.exchange_id', '=', 'exchanges.exchange_id')
      .where((inner) => columnTest(inner, 'exchange_groups.name', equal(condition))),
  );
}

/** `policy/rule`, or the name of a rule in any policy. */
function hasRule(eb: Exchanges, condition: Leaf<string>): Expression<SqlBool> {
  const text = String(condition.kind === 'prefix' ? condition.prefix : condition.value);
  const slash = text.indexOf('/');
  const rule = equal(condition, text.slice(slash + 1));
  let rules = eb
    .selectFrom('exchange_rules')
    .select('exchange_rules.rule')
    .whereRef('exchange_rules.exchange_id', '=', 'exchanges.exchange_id')
    .where((inner) => columnTest(inner, 'exchange_rules.rule', rule));
  if (slash >= 0) rules = rules.where('exchange_rules.policy', '=', text.slice(0, slash));
  return eb.exists(rules);
}

/** The positive form of a test, of another text where one is given. */
function equal(condition: Leaf<string>, text?: string): Leaf<string> {
  if (condition.kind === 'prefix') return {...condition, prefix: text ?? condition.prefix};
  return {...condition, operator: '=', value: text ?? condition.value};
}

function sessionCondition(
  eb: ExpressionBuilder<Schema, 'sessions'>,
  condition: Condition<SessionField>,
): Expression<SqlBool> {
  switch (condition.kind) {
    case 'and':
      return eb.and(condition.of.map((one) => sessionCondition(eb, one)));
    case 'or':
      return eb.or(condition.of.map((one) => sessionCondition(eb, one)));
    case 'not':
      return eb.not(sessionCondition(eb, condition.of));
    case 'prefix':
    case 'test':
      switch (condition.field) {
        case 'session_id':
          return columnTest(eb, 'session_id', condition);
        case 'caller.subject':
          return columnTest(eb, 'caller_subject', condition);
        case 'started_at':
          return columnTest(eb, 'started_at_ms', condition);
        case 'agent':
          return usesModel(eb, 'session_models.agent_uid', condition);
        case 'provider':
          return usesModel(eb, 'session_models.provider', condition);
        case 'model':
          return usesModel(eb, 'session_models.model', condition);
      }
  }
}

function usesModel(
  eb: ExpressionBuilder<Schema, 'sessions'>,
  column: 'session_models.agent_uid' | 'session_models.provider' | 'session_models.model',
  condition: Leaf<string>,
): Expression<SqlBool> {
  const has = eb.exists(
    eb
      .selectFrom('session_models')
      .select('session_models.model')
      .whereRef('session_models.session_id', '=', 'sessions.session_id')
      .whereRef('session_models.caller_subject', '=', 'sessions.caller_subject')
      .where((inner) => columnTest(inner, column, equal(condition))),
  );
  return condition.kind === 'test' && condition.operator === '!=' ? eb.not(has) : has;
}
