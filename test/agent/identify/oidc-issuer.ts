import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';
import {Provider} from 'oidc-provider';

/** The audience that a gateway's tokens carry. */
export const AUDIENCE = 'urn:weir:test';

/** A real OIDC provider that gives programs tokens. */
export interface OidcIssuer {
  readonly issuer: string;
  /** A fresh access token for an audience. */
  readonly token: (audience?: string) => Promise<string>;
}

/** Starts an issuer whose client `billing` is in the group engineering. */
export async function startIssuer(t: ExecutionContext, options: {lifetimeSeconds?: number} = {}): Promise<OidcIssuer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'billing',
        client_secret: 'client-not-a-real-secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: {enabled: true},
      devInteractions: {enabled: false},
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, audience) => ({
          scope: '',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: options.lifetimeSeconds ?? 600,
        }),
      },
    },
    extraTokenClaims: () => ({email: 'svc-billing@example.com', groups: ['engineering']}),
  });
  const handle = provider.callback();
  server.on('request', (request, response) => void handle(request, response));
  return {
    issuer,
    token: async (audience = AUDIENCE) => {
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: {authorization: `Basic ${btoa('billing:client-not-a-real-secret')}`},
        body: new URLSearchParams({grant_type: 'client_credentials', resource: audience}),
      });
      const answer = (await response.json()) as {access_token?: string};
      if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`);
      return answer.access_token;
    },
  };
}
