import {AuditServiceClient, ListSessionsResponse} from '../../proto/gen/weir/audit/v1/audit.ts';
import {defineCommand} from '../command.ts';
import {CONNECTION_FLAGS, withControlPlane} from '../connect.ts';
import {fitTable, OUTPUT_FLAG, print, timeText} from '../output.ts';
import {filterOf, LIMIT_FLAG, SESSION_FILTER_FLAGS} from './filter-flags.ts';
import {readPages} from './read-pages.ts';
import {actionWord, tokenText} from './words.ts';

export const sessionsCommand = defineCommand({
  name: 'weir audit sessions',
  summary: 'lists conversations and runs',
  flags: {...CONNECTION_FLAGS, ...SESSION_FILTER_FLAGS, ...LIMIT_FLAG, ...OUTPUT_FLAG},
  examples: ['weir audit sessions --since 24h', 'weir audit sessions --caller svc:billing --output json'],
  run: async (values, io) =>
    withControlPlane(values, async ({client, call}) => {
      const audit = client(AuditServiceClient);
      const filter = filterOf(values, Date.now());
      const {rows, nextPageToken} = await readPages(values.limit, async (page) => {
        const answer = await call(audit.listSessions.bind(audit), {...page, filter}, io.signal);
        return {rows: answer.sessions, nextPageToken: answer.nextPageToken};
      });
      print(io.stdout, values.output, ListSessionsResponse.toJSON({sessions: rows, nextPageToken}), () => {
        if (rows.length === 0) return 'no sessions\n';
        return fitTable(
          ['STARTED', 'LAST', 'SESSION', 'CALLER', 'EXCHANGES', 'TOKENS', 'VERDICT', 'MODELS'],
          rows.map((row) => [
            timeText(row.startedAt),
            timeText(row.lastAt),
            row.sessionId,
            row.callerSubject,
            String(row.exchanges),
            tokenText(row.usage),
            actionWord(row.verdict),
            row.models.join(' '),
          ]),
          io.isTTY ? io.columns : undefined,
        );
      });
      return 0;
    }),
});
