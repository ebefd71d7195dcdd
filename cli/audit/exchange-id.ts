import {WeirError} from '../../lib/errors.ts';
import type {AuditServiceClient} from '../../proto/gen/weir/audit/v1/audit.ts';
import type {AdminConnection} from '../connect.ts';
import {quoted} from './filter-flags.ts';

const WHOLE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The id of the one exchange that a text names: whole, or a leading part of it.
 *
 * @throws WeirError USAGE where it names none or several.
 */
export async function exchangeIdOf(
  text: string,
  {call}: AdminConnection,
  audit: AuditServiceClient,
  signal: AbortSignal,
): Promise<string> {
  if (WHOLE.test(text)) return text;
  if (!/^[0-9a-f-]{1,36}$/.test(text)) {
    throw new WeirError(
      'USAGE',
      `"${text.slice(0, 40)}" is not the id of an exchange; weir audit exchanges lists them`,
    );
  }
  const list = {pageSize: 2, pageToken: '', filter: `exchange_id = ${quoted(`${text}*`)}`};
  const {exchanges} = await call(audit.listExchanges.bind(audit), list, signal);
  const [only, another] = exchanges;
  if (only === undefined)
    throw new WeirError('NOT_FOUND', `there is no exchange ${text}; weir audit exchanges lists them`);
  if (another !== undefined) throw new WeirError('USAGE', `several exchanges start with ${text}; give more of the id`);
  return only.exchangeId;
}
