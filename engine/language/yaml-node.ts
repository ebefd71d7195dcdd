import {SCALAR_STYLE, type ScalarEvent} from 'js-yaml';

export interface ScalarNode {
  kind: 'scalar';
  start: number;
  value: string | number | boolean | null;
  event: ScalarEvent;
}

export interface SequenceNode {
  kind: 'sequence';
  start: number;
  items: YamlNode[];
}

export interface MappingNode {
  kind: 'mapping';
  start: number;
  entries: Map<string, {key: ScalarNode; value: YamlNode}>;
}

/** A YAML value that knows where it stands: UTF-16 offsets into its file. */
export type YamlNode = ScalarNode | SequenceNode | MappingNode;

/** The plain value of a node. */
export function plainValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'sequence':
      return node.items.map(plainValue);
    case 'mapping':
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainValue(entry.value)]));
  }
}

/** The node at a path, or undefined. */
export function nodeAt(root: YamlNode, path: readonly PropertyKey[]): YamlNode | undefined {
  let node: YamlNode | undefined = root;
  for (const step of path) {
    if (node?.kind === 'mapping') node = node.entries.get(String(step))?.value;
    else if (node?.kind === 'sequence') node = node.items[Number(step)];
    else return undefined;
  }
  return node;
}

/** Where to point for a path: the value, else the nearest thing around it that exists. */
export function offsetAt(root: YamlNode, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (node !== undefined) return node.start;
  }
  return root.start;
}

/** Where the key of a path's last step stands. */
export function keyOffsetAt(root: YamlNode, path: readonly PropertyKey[]): number {
  const parent = nodeAt(root, path.slice(0, -1));
  const entry = parent?.kind === 'mapping' ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry?.key.start ?? offsetAt(root, path);
}

/** Where unit `index` of a scalar's value stands in the file; the scalar's start where that has no direct answer. */
export function offsetInScalar(text: string, node: ScalarNode, index: number): number {
  const {valueStart, valueEnd, style, indent} = node.event;
  if (valueStart < 0 || typeof node.value !== 'string') return node.start;
  if (text.slice(valueStart, valueEnd) === node.value) return valueStart + index;
  if (style === SCALAR_STYLE.FOLDED_BLOCK) {
    // The first line stands as it is; behind it, folding has moved things.
    const first = text.slice(node.start, valueEnd).split(/\r?\n/, 1)[0] ?? '';
    return index <= first.length && node.value.startsWith(first) ? node.start + index : node.start;
  }
  if (style !== SCALAR_STYLE.LITERAL_BLOCK) return node.start;
  let offset = valueStart;
  let passed = 0;
  for (const line of node.value.split('\n')) {
    const blank = line === '' && /^ *(\r?\n|$)/.test(text.slice(offset, offset + indent + 2));
    const lineStart = blank ? offset : offset + indent;
    if (index <= passed + line.length) return lineStart + index - passed;
    passed += line.length + 1;
    const next = text.indexOf('\n', lineStart);
    if (next < 0) return node.start;
    offset = next + 1;
  }
  return node.start;
}

/** Every node that a path leads to, in which `*` stands for each entry of a list. */
export function nodesAt(
  root: YamlNode,
  path: readonly (string | number)[],
): {path: (string | number)[]; node: YamlNode}[] {
  let found: {path: (string | number)[]; node: YamlNode}[] = [{path: [], node: root}];
  for (const step of path) {
    found = found.flatMap((at) => {
      if (step === '*') {
        const items = at.node.kind === 'sequence' ? at.node.items : [];
        return items.map((node, index) => ({path: [...at.path, index], node}));
      }
      const node = nodeAt(at.node, [step]);
      return node === undefined ? [] : [{path: [...at.path, step], node}];
    });
  }
  return found;
}
