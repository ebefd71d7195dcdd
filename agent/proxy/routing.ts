import type {Bundle} from '../../engine/bundle.ts';
import type {Dialect} from '../../engine/dialect/dialect.ts';
import {DIALECTS} from '../../engine/dialect/index.ts';
import {WeirError} from '../../lib/errors.ts';
import type {InboundRequest} from '../listen/listener.ts';
import type {Destination} from './exchange.ts';

/** Where a path leads. The dialect is known, or guessed, also where nothing is governed: a refusal needs a shape. */
export type Routing = {dialect: Dialect; destination: Destination} | {dialect: Dialect; error: WeirError};

/** Finds the provider and the operation that a request is for. Everything else is refused, never passed unread. */
export function routeRequest(bundle: Bundle, request: InboundRequest): Routing {
  const {method, path} = request;
  const slash = path.indexOf('/', 1);
  const provider = bundle.providers.get(path.slice(1, slash === -1 ? undefined : slash));
  if (provider !== undefined) {
    const dialect = DIALECTS[provider.dialect];
    const route = slash === -1 ? undefined : dialect.route(method, path.slice(slash));
    if (route === undefined) return {dialect, error: unknownOperation(`nothing of provider ${provider.name}`)};
    return {dialect, destination: {provider, dialect, route}};
  }
  return routeBarePath(bundle, request);
}

/** The wire format a request seems to be written in, for answers that come before any routing. */
export function guessDialect({headers, path}: InboundRequest): Dialect {
  const isAnthropic =
    headers['anthropic-version'] !== undefined || headers['x-api-key'] !== undefined || path.startsWith('/v1/messages');
  return isAnthropic ? DIALECTS.anthropic : DIALECTS.openai;
}

function routeBarePath(bundle: Bundle, request: InboundRequest): Routing {
  const guess = guessDialect(request);
  // A path that two dialects share goes to the one whose client seems to call.
  const inOrder = [guess, ...Object.values(DIALECTS).filter((dialect) => dialect !== guess)];
  let unserved: Dialect | undefined;
  for (const dialect of inOrder) {
    const route = dialect.route(request.method, request.path);
    if (route === undefined) continue;
    const provider = bundle.defaultProvider(dialect.name);
    if (provider !== undefined) return {dialect, destination: {provider, dialect, route}};
    unserved ??= dialect;
  }
  if (unserved === undefined)
    return {dialect: guess, error: unknownOperation('no provider of that name, and no default provider,')};
  const message = `no provider is the default for ${unserved.name}; put a provider's name in front of the path`;
  return {dialect: unserved, error: new WeirError('UNKNOWN_PROVIDER', message)};
}

function unknownOperation(where: string): WeirError {
  const message = `${where} governs this method and path, so it is not passed on; check the base URL (served: chat/completions, embeddings, messages, models)`;
  return new WeirError('UNKNOWN_OPERATION', message);
}
