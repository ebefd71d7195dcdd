import {AuditServiceClient, type Exchange, GetExchangeResponse} from '../../proto/gen/weir/audit/v1/audit.ts';
import type {Verdict} from '../../proto/gen/weir/record/v1/record.ts';
import {defineCommand} from '../command.ts';
import {CONNECTION_FLAGS, withControlPlane} from '../connect.ts';
import {formatFields, OUTPUT_FLAG, print, timeText, visible} from '../output.ts';
import {exchangeIdOf} from './exchange-id.ts';
import {indentedJson} from './indented-json.ts';
import {actionWord, durationText, outcomeWord, ruleLines, tokenText} from './words.ts';

export const showCommand = defineCommand({
  name: 'weir audit show',
  summary: 'shows one exchange with its request and response',
  flags: {...CONNECTION_FLAGS, ...OUTPUT_FLAG},
  positionals: [{name: 'EXCHANGE', help: 'id of the exchange, or a leading part of it', required: true}],
  examples: ['weir audit show 01981c2e-7d4f-7a31-9c0b-3f1f6a2f9d10'],
  run: async (values, io, [given = '']) =>
    withControlPlane(values, async (connection) => {
      const audit = connection.client(AuditServiceClient);
      const exchangeId = await exchangeIdOf(given, connection, audit, io.signal);
      const answer = await connection.call(audit.getExchange.bind(audit), {exchangeId}, io.signal);
      print(io.stdout, values.output, GetExchangeResponse.toJSON(answer), () => pageOf(answer));
      return 0;
    }),
});

function pageOf({exchange, request, response, ...cut}: GetExchangeResponse): string {
  if (exchange === undefined) return '';
  return [
    formatFields(fieldsOf(exchange)),
    verdictText('Held by', exchange.heldVerdict),
    verdictText('Verdict', exchange.verdict),
    verdictText('Response verdict', exchange.responseVerdict),
    contentText('Request', request, cut.requestTruncated),
    contentText('Response', response, cut.responseTruncated),
  ].join('');
}

function fieldsOf(exchange: Exchange): [string, string | undefined][] {
  const {caller, agentLabels, stream, verdict} = exchange;
  const labels = Object.entries(agentLabels).map(([name, value]) => `${name}=${value}`);
  const upstream = exchange.upstreamStatus === 0 ? '' : ` (upstream ${exchange.upstreamStatus})`;
  return [
    ['Exchange', exchange.exchangeId],
    ['Session', exchange.sessionId],
    ['Trace', exchange.traceId],
    ['Started', timeText(exchange.startedAt)],
    ['Ended', timeText(exchange.endedAt)],
    ['Caller', [caller?.subject, ...(caller?.groups ?? [])].join(' ')],
    ['Known by', caller?.authority],
    ['Agent', [exchange.agentUid, ...labels].join(' ')],
    ['Record', `epoch ${exchange.epoch}, number ${exchange.seq}`],
    ['Request', [exchange.method, exchange.path, stream ? '(streamed)' : ''].join(' ').trim()],
    ['Provider', exchange.provider],
    ['Operation', exchange.operation],
    ['Model', exchange.model],
    ['Data set', exchange.dataset],
    ['Edits', exchange.edits.join(' ')],
    ['Outcome', outcomeWord(exchange.outcome)],
    ['Error', exchange.errorCode],
    ['Status', exchange.status === 0 ? '' : `${exchange.status}${upstream}`],
    ['Tokens', tokenText(exchange.usage)],
    ['Finish', exchange.finishReasons.join(' ')],
    ['Took', durationText(exchange.duration)],
    ['First byte', durationText(exchange.timeToFirstByte)],
    ['Chunks', exchange.chunks.length === 0 ? '' : String(exchange.chunks.length)],
    ['Hold', exchange.holdId],
    ['Reviewers', exchange.reviewers.join(' ')],
    ['Commit', verdict?.commit],
    ['Bundle', verdict === undefined ? '' : `generation ${verdict.generation}, ${verdict.bundleDigest}`],
  ];
}

function verdictText(title: string, verdict: Verdict | undefined): string {
  if (verdict === undefined) return '';
  const code = verdict.code === '' ? '' : ` (${verdict.code})`;
  const lines = ruleLines(verdict).map((line) => `  ${visible(line)}\n`);
  return `\n${title}: ${actionWord(verdict.action)}${visible(code)}\n${lines.join('')}`;
}

function contentText(title: string, bytes: Buffer, isCut: boolean): string {
  if (bytes.length === 0 && !isCut) return '';
  const note = isCut ? ', not all of it' : '';
  const text = indentedJson(bytes.toString('utf8'));
  return `\n${title} (${bytes.length} bytes${note}):\n${visible(text).replace(/\n?$/, '\n')}`;
}
