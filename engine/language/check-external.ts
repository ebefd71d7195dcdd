import {type Draft, textAt} from './draft.ts';
import type {Problem} from './problem.ts';
import {isLoopbackUrl} from './schema/traffic.ts';
import {nodesAt, offsetAt} from './yaml-node.ts';

const EXTERNAL = ['spec', 'external'] as const;

/** What the shape of an external detector does not say. */
export function checkExternal(draft: Draft): Problem[] {
  return [...checkTransport(draft), ...checkEntities(draft)];
}

function checkTransport({source, root}: Draft): Problem[] {
  const url = textAt(root, [...EXTERNAL, 'url']);
  const credential = textAt(root, [...EXTERNAL, 'credential']);
  if (credential === undefined || url?.startsWith('http:') !== true || isLoopbackUrl(url)) return [];
  const message = 'an analyzer with a credential needs https; without it the credential would travel in the clear';
  return [source.problem(offsetAt(root, [...EXTERNAL, 'url']), 'conflict', message)];
}

function checkEntities({source, root}: Draft): Problem[] {
  const seen = new Set<unknown>();
  return nodesAt(root, [...EXTERNAL, 'entities', '*']).flatMap(({node}) => {
    if (node.kind !== 'scalar' || !seen.has(node.value)) {
      if (node.kind === 'scalar') seen.add(node.value);
      return [];
    }
    return [source.problem(node.start, 'conflict', `"${String(node.value)}" stands here already; name it once`)];
  });
}
