import type {Route} from './dialect.ts';

/**
 * The address of a route under a provider's base URL.
 *
 * Base URLs are written as the SDKs take them: OpenAI's with `/v1`, Anthropic's without. The other style works too:
 * `/v1` is never doubled, and a base that is a bare host gets it. Any other path of the base is kept as it is.
 *
 * @param baseUrl absolute; a trailing slash does not matter.
 */
export function upstreamUrl(baseUrl: string, {upstreamPath}: Route): string {
  const base = baseUrl.replace(/\/+$/, '');
  const versioned = upstreamPath.startsWith('/v1/');
  if (versioned && base.endsWith('/v1')) return base + upstreamPath.slice('/v1'.length);
  if (!versioned && /^[a-z]+:\/\/[^/]+$/i.test(base)) return `${base}/v1${upstreamPath}`;
  return base + upstreamPath;
}

/** A path as routes are written: one leading slash, without the version that some base URLs hold. */
export function unversionedPath(path: string): string {
  const normal = path.replace(/^\/+/, '/');
  return normal.startsWith('/v1/') ? normal.slice('/v1'.length) : normal;
}
