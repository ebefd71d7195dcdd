import {AuditServiceClient, ReplayExchangeResponse} from '../../proto/gen/weir/audit/v1/audit.ts';
import {defineCommand, type Output} from '../command.ts';
import {CONNECTION_FLAGS, withControlPlane} from '../connect.ts';
import {visible} from '../output.ts';
import {exchangeIdOf} from './exchange-id.ts';
import {indentedJson} from './indented-json.ts';
import {createStreamText, type StreamText} from './stream-text.ts';
import {actionWord, durationText, outcomeWord, ruleLines} from './words.ts';

export const replayCommand = defineCommand({
  name: 'weir audit replay',
  summary: 'plays an exchange back at its own pace',
  flags: {
    ...CONNECTION_FLAGS,
    speed: {type: 'number', default: 1, min: 0, placeholder: 'N', help: '10 is ten times faster, 0 without pauses'},
    raw: {type: 'boolean', help: 'the bytes of the response as they were written, not only its text'},
    output: {
      type: 'string',
      choices: ['table', 'json'],
      default: 'table',
      help: 'table plays for people; json prints every event on a line',
    },
  },
  positionals: [{name: 'EXCHANGE', help: 'id of the exchange, or a leading part of it', required: true}],
  examples: ['weir audit replay 01981c2e-7d4f-7a31-9c0b-3f1f6a2f9d10 --speed 4'],
  run: async (values, io, [given = '']) =>
    withControlPlane(values, async (connection) => {
      const audit = connection.client(AuditServiceClient);
      const exchangeId = await exchangeIdOf(given, connection, audit, io.signal);
      const stream = audit.replayExchange({exchangeId, speed: values.speed}, connection.metadata);
      const stop = () => {
        stream.cancel();
      };
      io.signal.addEventListener('abort', stop, {once: true});
      const player = createPlayer(io.stdout, values.raw ? rawText() : createStreamText());
      try {
        for await (const event of connection.read<ReplayExchangeResponse>(stream)) {
          if (values.output === 'json') io.stdout.write(`${JSON.stringify(ReplayExchangeResponse.toJSON(event))}\n`);
          else player(event);
        }
      } catch (error) {
        if (!io.signal.aborted) throw error;
        return 1;
      } finally {
        io.signal.removeEventListener('abort', stop);
      }
      return 0;
    }),
});

/** Prints each event as it comes; what is not text of the exchange stands on lines that start with `──`. */
function createPlayer(stdout: Output, text: StreamText): (message: ReplayExchangeResponse) => void {
  let isLineStart = true;
  let request: Buffer[] = [];
  const write = (chunk: string) => {
    if (chunk === '') return;
    stdout.write(chunk);
    isLineStart = chunk.endsWith('\n');
  };
  const note = (line: string) => {
    write(`${isLineStart ? '' : '\n'}── ${visible(line)}\n`);
  };
  const showRequest = () => {
    if (request.length === 0) return;
    note('request');
    write(`${visible(indentedJson(Buffer.concat(request).toString('utf8')))}\n`);
    request = [];
  };
  return ({at, event}) => {
    if (event?.$case !== 'request') showRequest();
    switch (event?.$case) {
      case 'request':
        request.push(event.value);
        break;
      case 'decision': {
        const {verdict, holdId, reviewers} = event.value;
        const hold = holdId === '' ? '' : `, hold ${holdId}`;
        const by = reviewers.length === 0 ? '' : `, reviewed by ${reviewers.join(' ')}`;
        if (verdict === undefined) break;
        note(`${durationText(at) || '0 µs'}  verdict ${actionWord(verdict.action)}${hold}${by}`);
        for (const line of ruleLines(verdict)) note(`  ${line}`);
        break;
      }
      case 'chunk':
        write(visible(text(event.value)));
        break;
      case 'ended':
        note(`${durationText(at)}  ${outcomeWord(event.value)}`);
        break;
      case undefined:
        break;
    }
  };
}

function rawText(): StreamText {
  const decoder = new TextDecoder();
  return (chunk) => decoder.decode(chunk, {stream: true});
}
