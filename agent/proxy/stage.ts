import type {Exchange} from './exchange.ts';
import type {ProxyParts} from './parts.ts';

/** One step of an exchange. Whatever it throws ends the exchange with a refusal: no stage lets a request through by failing. */
export type Stage = (exchange: Exchange, parts: ProxyParts) => void | Promise<void>;
