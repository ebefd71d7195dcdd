import type {ApiKey, Bundle} from '../../engine/bundle.ts';
import type {CallerFacts} from '../../engine/exchange.ts';
import {WeirError} from '../../lib/errors.ts';
import {findApiKey} from './api-key.ts';
import {looksLikeJwt, type TokenVerifier} from './token-verifier.ts';

/** Establishes who sends a request. */
export interface Identifier {
  /**
   * The caller that a Weir key or an OIDC token stands for, under this bundle.
   *
   * @param token as the caller presented it; undefined where there was none.
   * @throws WeirError UNAUTHENTICATED with a reason for its owner that tells an attacker nothing.
   */
  identify: (bundle: Bundle, token: string | undefined) => CallerFacts | Promise<CallerFacts>;
}

const MAX_TOKEN_LENGTH = 16 * 1024;

/** @param now milliseconds since the epoch. */
export function createIdentifier(options: {verifier: TokenVerifier; now: () => number}): Identifier {
  const callers = new WeakMap<ApiKey, CallerFacts>();
  return {
    identify: (bundle, token) => {
      if (token === undefined || token === '') {
        throw new WeirError('UNAUTHENTICATED', 'no key; set your company key or token as the API key of your client');
      }
      if (token.length > MAX_TOKEN_LENGTH) throw notAccepted();
      const apiKey = findApiKey(bundle, token, options.now());
      if (apiKey !== undefined) {
        const known = callers.get(apiKey) ?? callerOfKey(apiKey);
        callers.set(apiKey, known);
        return known;
      }
      if (bundle.identityProviders.length > 0 && looksLikeJwt(token)) return options.verifier.verify(bundle, token);
      throw notAccepted();
    },
  };
}

function callerOfKey(apiKey: ApiKey): CallerFacts {
  const {subject, groups, datasets, name} = apiKey;
  return {subject, groups, datasets, kind: 'apiKey', authority: name};
}

function notAccepted(): WeirError {
  return new WeirError('UNAUTHENTICATED', 'this key or token is not accepted here; check that it is the company one');
}
