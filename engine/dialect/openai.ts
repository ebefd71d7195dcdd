import type {Dialect, RefusalAnswer, Route} from './dialect.ts';
import {COMMON_HEADERS, callerToken} from './headers.ts';
import {readChatRequest, readEmbeddingsRequest} from './openai-request.ts';
import {readChatResponse, readEmbeddingsResponse} from './openai-response.ts';
import {ChatStreamReader} from './openai-stream.ts';
import {emptyReading} from './request.ts';
import {readModelList} from './response.ts';
import {unversionedPath} from './upstream-url.ts';

const ROUTES: readonly Route[] = [
  {operation: 'chat', method: 'POST', upstreamPath: '/chat/completions'},
  {operation: 'embeddings', method: 'POST', upstreamPath: '/embeddings'},
  {operation: 'models', method: 'GET', upstreamPath: '/models'},
];

/** The wire format of OpenAI and of the many servers that speak it. */
export const openai: Dialect = {
  name: 'openai',
  route: (method, path) => {
    const own = unversionedPath(path);
    return ROUTES.find((route) => route.method === method && route.upstreamPath === own);
  },
  readRequest: ({operation}, body) => {
    switch (operation) {
      case 'chat':
        return readChatRequest(body);
      case 'embeddings':
        return readEmbeddingsRequest(body);
      case 'models':
        return emptyReading();
    }
  },
  readResponse: ({operation}, body) => {
    switch (operation) {
      case 'chat':
        return readChatResponse(body);
      case 'embeddings':
        return readEmbeddingsResponse(body);
      case 'models':
        return readModelList(body);
    }
  },
  openStream: () => new ChatStreamReader(),
  refusalBody,
  streamError: (refusal) => `data: ${refusalBody(refusal)}\n\n`,
  callerToken,
  credentialHeaders: (credential) => ({authorization: `Bearer ${credential}`}),
  requestHeaders: new Set([...COMMON_HEADERS, 'openai-beta']),
  queryParameters: new Set(),
};

function refusalBody({status, code, message}: RefusalAnswer): string {
  return JSON.stringify({error: {message, type: errorType(status), param: null, code}});
}

function errorType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
