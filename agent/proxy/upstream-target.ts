import type {Provider} from '../../engine/bundle.ts';

/** Where a provider is reached. */
export interface UpstreamTarget {
  url: URL;
  /** `https://api.example.com`. */
  origin: string;
  port: number;
  /** Without trailing slash; empty for none. */
  basePath: string;
}

/** Reads base URLs, each provider's once. */
export function createTargets(): (provider: Provider) => UpstreamTarget {
  const targets = new WeakMap<Provider, UpstreamTarget>();
  return (provider) => {
    const known = targets.get(provider);
    if (known !== undefined) return known;
    const url = new URL(provider.baseUrl);
    const defaultPort = url.protocol === 'http:' ? 80 : 443;
    const port = url.port === '' ? defaultPort : Number(url.port);
    const target = {url, origin: url.origin, port, basePath: url.pathname.replace(/\/+$/, '')};
    targets.set(provider, target);
    return target;
  };
}
