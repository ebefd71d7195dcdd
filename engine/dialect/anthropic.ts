import {readMessagesRequest} from './anthropic-request.ts';
import {readMessagesResponse} from './anthropic-response.ts';
import {MessageStreamReader} from './anthropic-stream.ts';
import type {Dialect, RefusalAnswer, Route} from './dialect.ts';
import {COMMON_HEADERS, callerToken} from './headers.ts';
import {emptyReading} from './request.ts';
import {readModelList} from './response.ts';
import {unversionedPath} from './upstream-url.ts';

const ROUTES: readonly (Route & {path: string})[] = [
  {operation: 'chat', method: 'POST', path: '/messages', upstreamPath: '/v1/messages'},
  {operation: 'models', method: 'GET', path: '/models', upstreamPath: '/v1/models'},
];

/** The wire format of Anthropic's messages. */
export const anthropic: Dialect = {
  name: 'anthropic',
  route: (method, path) => {
    const own = unversionedPath(path);
    return ROUTES.find((route) => route.method === method && route.path === own);
  },
  readRequest: ({operation}, body) => (operation === 'models' ? emptyReading() : readMessagesRequest(body)),
  readResponse: ({operation}, body) => (operation === 'models' ? readModelList(body) : readMessagesResponse(body)),
  openStream: () => new MessageStreamReader(),
  refusalBody,
  streamError: (refusal) => `event: error\ndata: ${refusalBody(refusal)}\n\n`,
  callerToken,
  credentialHeaders: (credential) => ({'x-api-key': credential}),
  requestHeaders: new Set([...COMMON_HEADERS, 'anthropic-version', 'anthropic-beta']),
  queryParameters: new Set(['beta', 'after_id', 'before_id', 'limit']),
};

/** The format has no field for a code, so the message begins with it. */
function refusalBody({status, code, message}: RefusalAnswer): string {
  const error = {type: ERROR_TYPES.get(status) ?? otherType(status), message: `${code}: ${message}`};
  return JSON.stringify({type: 'error', error, request_id: null});
}

const ERROR_TYPES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

function otherType(status: number): string {
  return status >= 500 ? 'api_error' : 'invalid_request_error';
}
