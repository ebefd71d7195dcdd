/** A string token; offsets include the quotes, `value` is decoded. */
export interface JsonString {
  kind: 'string';
  start: number;
  end: number;
  value: string;
}

/** A number token; its spelling is the text between its offsets. */
export interface JsonNumber {
  kind: 'number';
  start: number;
  end: number;
}

interface JsonLiteral {
  kind: 'literal';
  start: number;
  end: number;
  value: boolean | null;
}

export interface JsonArray {
  kind: 'array';
  start: number;
  end: number;
  items: readonly JsonNode[];
}

/** `keys[i]` names `values[i]`. */
export interface JsonObject {
  kind: 'object';
  start: number;
  end: number;
  keys: readonly JsonString[];
  values: readonly JsonNode[];
}

/** A JSON value with its place in the text: UTF-16 offsets, end exclusive. */
export type JsonNode = JsonString | JsonNumber | JsonLiteral | JsonArray | JsonObject;

/** The value of a key; undefined where the node is not an object or has no such key. */
export function member(node: JsonNode | undefined, key: string): JsonNode | undefined {
  if (node?.kind !== 'object') return undefined;
  const {keys} = node;
  for (let i = 0; i < keys.length; i++) if (keys[i]?.value === key) return node.values[i];
  return undefined;
}

/** Keys and values of an object; none for anything else. */
export function membersOf(node: JsonNode | undefined): [key: string, value: JsonNode][] {
  if (node?.kind !== 'object') return [];
  const {keys, values} = node;
  return keys.flatMap(({value: key}, i): [string, JsonNode][] => {
    const value = values[i];
    return value === undefined ? [] : [[key, value]];
  });
}

/** The decoded string of a key; undefined where it is not a string. */
export function stringMember(node: JsonNode | undefined, key: string): string | undefined {
  const value = member(node, key);
  return value?.kind === 'string' ? value.value : undefined;
}

/** The items of an array; none for anything else. */
export function itemsOf(node: JsonNode | undefined): readonly JsonNode[] {
  return node?.kind === 'array' ? node.items : [];
}

/** The integer at a key; undefined where it is not a number that counts something. */
export function countMember(text: string, node: JsonNode | undefined, key: string): bigint | undefined {
  const value = member(node, key);
  if (value?.kind !== 'number') return undefined;
  const spelling = text.slice(value.start, value.end);
  return /^\d{1,18}$/.test(spelling) ? BigInt(spelling) : undefined;
}

/** The JSON pointer (RFC 6901) of a node below a root that holds it. */
export function pointerTo(root: JsonNode, target: JsonNode): string {
  let pointer = '';
  let node = root;
  while (node !== target && (node.kind === 'array' || node.kind === 'object')) {
    const children = node.kind === 'array' ? node.items : node.values;
    const index = lastStartingBy(children, target.start);
    const child = children[index];
    if (child === undefined || target.end > child.end) break;
    const name = node.kind === 'array' ? String(index) : (node.keys[index]?.value ?? '');
    pointer += `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    node = child;
  }
  return pointer;
}

/** Index of the last of these nodes, which stand in order, that starts at or before a place; -1 for none. */
function lastStartingBy(nodes: readonly JsonNode[], place: number): number {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((nodes[middle]?.start ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
