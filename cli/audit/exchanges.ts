import {AuditServiceClient, ListExchangesResponse} from '../../proto/gen/weir/audit/v1/audit.ts';
import {defineCommand} from '../command.ts';
import {CONNECTION_FLAGS, withControlPlane} from '../connect.ts';
import {fitTable, OUTPUT_FLAG, print, timeText} from '../output.ts';
import {EXCHANGE_FILTER_FLAGS, filterOf, LIMIT_FLAG} from './filter-flags.ts';
import {readPages} from './read-pages.ts';
import {actionWord, durationText, outcomeWord, ruleNames, strictestAction, tokenText} from './words.ts';

const HEADS = ['STARTED', 'EXCHANGE', 'CALLER', 'MODEL', 'VERDICT', 'OUTCOME', 'TOKENS', 'TOOK', 'RULES'];

/** Characters of an id that a table shows: its time and what tells it from others of that millisecond. */
const SHORT_ID = 18;

export const exchangesCommand = defineCommand({
  name: 'weir audit exchanges',
  summary: 'lists exchanges: who sent what to which model, and what the policy did',
  flags: {...CONNECTION_FLAGS, ...EXCHANGE_FILTER_FLAGS, ...LIMIT_FLAG, ...OUTPUT_FLAG},
  examples: [
    'weir audit exchanges --since 1h --verdict block',
    'weir audit exchanges --caller svc:billing --rule keep-secrets-in/api-keys',
    `weir audit exchanges --filter 'status >= 500 OR outcome = CUT' --output json`,
  ],
  run: async (values, io) =>
    withControlPlane(values, async ({client, call}) => {
      const audit = client(AuditServiceClient);
      const filter = filterOf(values, Date.now());
      const {rows, nextPageToken} = await readPages(values.limit, async (page) => {
        const answer = await call(audit.listExchanges.bind(audit), {...page, filter}, io.signal);
        return {rows: answer.exchanges, nextPageToken: answer.nextPageToken};
      });
      const json = ListExchangesResponse.toJSON({exchanges: rows, nextPageToken});
      print(io.stdout, values.output, json, () => {
        if (rows.length === 0) return 'no exchanges\n';
        return fitTable(
          HEADS,
          rows.map((row) => [
            timeText(row.startedAt),
            row.exchangeId.slice(0, SHORT_ID),
            row.caller?.subject ?? '',
            row.model === '' ? row.provider : `${row.provider}/${row.model}`,
            actionWord(strictestAction(row)),
            row.status === 0 ? outcomeWord(row.outcome) : `${outcomeWord(row.outcome)} ${row.status}`,
            tokenText(row.usage),
            durationText(row.duration),
            ruleNames(row.verdict, row.heldVerdict, row.responseVerdict).join(' '),
          ]),
          io.isTTY ? io.columns : undefined,
        );
      });
      return 0;
    }),
});
