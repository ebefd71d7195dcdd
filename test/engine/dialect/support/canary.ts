import type {MaskEdit} from '../../../../engine/decide/decision.ts';
import {type JsonNode, pointerTo} from '../../../../engine/dialect/json/node.ts';
import {scanJson} from '../../../../engine/dialect/json/scan.ts';
import type {TextRun} from '../../../../engine/exchange.ts';

/** Not a secret. */
export const CANARY = 'CANARY-0f1e2d3c';

/** One document per string leaf and key of the given one, each with the canary there. */
export function withCanaries(
  text: string,
  place: (value: string) => string = () => CANARY,
): {text: string; pointer: string}[] {
  const root = scanJson(text);
  const strings: {node: JsonNode & {kind: 'string'}; pointer: string}[] = [];
  const visit = (node: JsonNode): void => {
    if (node.kind === 'string') strings.push({node, pointer: pointerTo(root, node)});
    if (node.kind === 'array') node.items.forEach(visit);
    if (node.kind !== 'object') return;
    for (const key of node.keys) strings.push({node: key, pointer: `key at ${key.start}`});
    node.values.forEach(visit);
  };
  visit(root);
  return strings.map(({node, pointer}) => ({
    pointer,
    text: text.slice(0, node.start) + JSON.stringify(place(node.value)) + text.slice(node.end),
  }));
}

/** What a rule would edit that masks the canary: found by plain search. */
export function maskCanaries(runs: readonly TextRun[]): MaskEdit[] {
  return runs.flatMap(({text}, run) => {
    const start = text.indexOf(CANARY);
    return start < 0 ? [] : [{run, start, end: start + CANARY.length, token: '[GONE]'}];
  });
}
