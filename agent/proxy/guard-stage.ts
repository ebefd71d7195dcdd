import {WeirError} from '../../lib/errors.ts';
import {type Exchange, established, type GuardedResponse} from './exchange.ts';
import {guardJson, replaceUnreadable} from './guard-json.ts';
import type {ProxyParts} from './parts.ts';
import type {Stage} from './stage.ts';
import {relayStream} from './stream-relay.ts';
import type {UpstreamResponse} from './upstream.ts';
import {relayWholeStream} from './whole-stream.ts';

/** Judges the response as it arrives; all but its last bytes go to the caller from here. */
export const guardStage: Stage = async (exchange, parts) => {
  const upstream = established(exchange.upstream, 'upstream response');
  exchange.guarded = await guardResponseOf(exchange, upstream, parts);
};

async function guardResponseOf(
  exchange: Exchange,
  upstream: UpstreamResponse,
  parts: ProxyParts,
): Promise<GuardedResponse> {
  const {status, headers} = upstream;
  if (status >= 300 && status < 400) {
    throw new WeirError('UPSTREAM_INVALID', `the provider answered with a redirect (${status}), which is not followed`);
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new WeirError('UPSTREAM_INVALID', 'the provider compressed its answer although it was asked not to');
  }
  switch (mediaType(headers['content-type'])) {
    case 'text/event-stream':
      return exchange.decision?.response?.isExternal === true
        ? relayWholeStream(exchange, upstream, parts)
        : relayStream(exchange, upstream);
    case 'application/json':
      return guardJson(exchange, upstream, parts);
    default:
      return replaceUnreadable(exchange, upstream);
  }
}

function mediaType(header: string | undefined): string {
  const type = (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type.endsWith('+json') ? 'application/json' : type;
}
