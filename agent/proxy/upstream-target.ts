import type {Provider} from '../../engine/bundle.ts';
import type {Route} from '../../engine/dialect/dialect.ts';
import {upstreamUrl} from '../../engine/dialect/upstream-url.ts';

/** Where a provider is reached. */
export interface UpstreamTarget {
  /** Of the base URL. */
  url: URL;
  /** `https://api.example.com`. */
  origin: string;
  port: number;
  /** Path of a route, without query. */
  pathOf: (route: Route) => string;
}

/** Reads base URLs, each provider's once. */
export function createTargets(): (provider: Provider) => UpstreamTarget {
  const targets = new WeakMap<Provider, UpstreamTarget>();
  return (provider) => {
    let target = targets.get(provider);
    if (target === undefined) {
      target = readTarget(provider);
      targets.set(provider, target);
    }
    return target;
  };
}

function readTarget({baseUrl}: Provider): UpstreamTarget {
  const url = new URL(baseUrl);
  const paths = new Map<Route, string>();
  const defaultPort = url.protocol === 'http:' ? 80 : 443;
  return {
    url,
    origin: url.origin,
    port: url.port === '' ? defaultPort : Number(url.port),
    pathOf: (route) => {
      let path = paths.get(route);
      if (path === undefined) {
        path = new URL(upstreamUrl(baseUrl, route)).pathname;
        paths.set(route, path);
      }
      return path;
    },
  };
}
