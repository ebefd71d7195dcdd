import type {ExternalAnalyzer} from '../../engine/detect/external/external-finder.ts';
import type {BundleSource} from '../../engine/load-bundle.ts';
import {WeirError} from '../../lib/errors.ts';
import {isLoopback} from '../../lib/host-port.ts';
import {type BoundHost, isSameHost, parseBoundHost} from '../credentials/binding.ts';
import type {LoadBundle} from '../sync/active-policy.ts';

/**
 * Reads a host that texts may be sent to: `presidio.example.com`, `host:8443` or `http://host:3000`.
 *
 * @throws WeirError USAGE with the form to write.
 */
export function parseAnalyzerHost(text: string): BoundHost {
  const host = parseBoundHost(text);
  if (host !== undefined) return host;
  throw new WeirError('USAGE', `"${text}" is no host of an external detector; write HOST[:PORT] or http://HOST[:PORT]`);
}

/** Says why texts may not be sent to an analyzer; undefined where they may. */
export function analyzerHostProblem({url}: ExternalAnalyzer, hosts: readonly BoundHost[]): string | undefined {
  const origin = new URL(url);
  const bound = hosts.filter((host) => isSameHost(host, origin));
  const isPlain = origin.protocol === 'http:';
  const flag = `--external-detector ${isPlain ? origin.origin : origin.host}`;
  if (bound.length === 0) return `this agent may not send texts to ${origin.host}; start it with ${flag} to let it`;
  if (!isPlain || isLoopback(origin.hostname.replace(/^\[|\]$/g, '')) || bound.some((host) => host.isPlain)) {
    return undefined;
  }
  return `${origin.host} is reached without TLS; use an https URL, or start the agent with ${flag}`;
}

/**
 * Loads bundles, but none that would have texts sent to a host that the agent's own configuration does not name:
 * what arrives in a bundle opens no way out of the network.
 */
export function bindAnalyzers(load: LoadBundle, hosts: readonly BoundHost[]): LoadBundle {
  return async (source) => {
    const loaded = await load(source);
    if (!loaded.ok) return loaded;
    const problems = [...loaded.bundle.policies.analyzers.values()].flatMap((analyzer) => {
      const problem = analyzerHostProblem(analyzer, hosts);
      return problem === undefined ? [] : [problemOf(source, analyzer, problem)];
    });
    return problems.length === 0 ? loaded : {ok: false, problems};
  };
}

function problemOf({documents}: BundleSource, {detector}: ExternalAnalyzer, problem: string) {
  const document = documents.find(({kind, name}) => kind === 'Detector' && name === detector);
  const message = `Detector "${detector}": ${problem}`;
  return {file: document?.file ?? '', line: document?.line ?? 0, column: 0, code: 'external_host_refused', message};
}
