import {
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import type {Problem} from './problem.ts';
import type {Source} from './source.ts';
import type {MappingNode, ScalarNode, SequenceNode, YamlNode} from './yaml-node.ts';

const MAX_DEPTH = 32;

/** The documents of a file that hold anything. A syntax error ends the file: nothing of it is used. */
export function parseYaml(source: Source): {documents: YamlNode[]; problems: Problem[]} {
  try {
    return buildNodes(source, parseEvents(source.text, {maxDepth: MAX_DEPTH}));
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const offset = Math.min(error.mark?.position ?? 0, source.text.length);
    const tooDeep = error.reason.startsWith('nesting exceeded');
    const reason = tooDeep ? `nested deeper than ${MAX_DEPTH} levels` : `not valid YAML: ${error.reason}`;
    return {documents: [], problems: [source.problem(offset, 'yaml_syntax', reason)]};
  }
}

interface Frame {
  container: SequenceNode | MappingNode | undefined;
  key: ScalarNode | undefined;
  /** A mapping or sequence where a key should be: its content is read and dropped. */
  dropped: boolean;
}

function buildNodes(source: Source, events: readonly Event[]): {documents: YamlNode[]; problems: Problem[]} {
  const documents: YamlNode[] = [];
  const problems: Problem[] = [];
  const stack: Frame[] = [];
  let previousEnd = 0;

  const place = (node: YamlNode): boolean => {
    const frame = stack.at(-1);
    if (frame?.dropped === true) return false;
    const parent = frame?.container;
    if (frame === undefined || parent === undefined) {
      if (!isNothing(node)) documents.push(node);
    } else if (parent.kind === 'sequence') {
      parent.items.push(node);
    } else if (frame.key === undefined) {
      if (node.kind !== 'scalar') {
        problems.push(source.problem(node.start, 'yaml_unsupported', 'a field name must be plain text'));
        return false;
      }
      frame.key = node;
    } else {
      addEntry(source, problems, parent, frame.key, node);
      frame.key = undefined;
    }
    return true;
  };

  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        stack.push({container: undefined, key: undefined, dropped: false});
        break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        refuseTag(source, problems, event.tagStart);
        const container: SequenceNode | MappingNode =
          event.type === EVENT_ID.SEQUENCE
            ? {kind: 'sequence', start: event.start, items: []}
            : {kind: 'mapping', start: event.start, entries: new Map()};
        const placed = place(container);
        const frame = stack.at(-1);
        // A container in key position stands for the key, so that its value finds one.
        if (!placed && frame?.dropped === false) frame.key = emptyScalar(event.start);
        stack.push({container, key: undefined, dropped: !placed});
        break;
      }
      case EVENT_ID.SCALAR: {
        refuseTag(source, problems, event.tagStart);
        const node = scalarNode(source, problems, event, previousEnd);
        previousEnd = Math.max(previousEnd, event.valueEnd);
        place(node);
        break;
      }
      case EVENT_ID.ALIAS: {
        const message = 'aliases are not supported; write the value out here';
        problems.push(source.problem(event.anchorStart - 1, 'yaml_unsupported', message));
        place(emptyScalar(event.anchorStart - 1));
        break;
      }
      case EVENT_ID.POP:
        stack.pop();
        break;
    }
  }
  return {documents, problems};
}

function addEntry(source: Source, problems: Problem[], parent: MappingNode, key: ScalarNode, value: YamlNode): void {
  const name = String(key.value);
  if (parent.entries.has(name)) {
    problems.push(source.problem(key.start, 'duplicate_field', `"${name}" stands here twice; remove one`));
  } else {
    parent.entries.set(name, {key, value});
  }
}

function refuseTag(source: Source, problems: Problem[], tagStart: number): void {
  if (tagStart < 0) return;
  problems.push(source.problem(tagStart, 'yaml_unsupported', 'tags are not supported; remove the tag'));
}

function scalarNode(source: Source, problems: Problem[], event: ScalarEvent, previousEnd: number): ScalarNode {
  const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  const start =
    event.valueStart < 0 ? previousEnd : event.valueStart - (quoted ? 1 : 0) + Math.max(0, blockIndent(event));
  const text = getScalarValue(source.text, event);
  const value = event.style === SCALAR_STYLE.PLAIN ? resolvePlain(text) : text;
  if (typeof value === 'number' && !Number.isSafeInteger(value) && Number.isInteger(value)) {
    problems.push(source.problem(start, 'invalid_value', `${text} is too large a number; put quotes around it`));
  }
  return {kind: 'scalar', start, value, event};
}

/** How far the content of a block scalar is indented; 0 for other styles. */
function blockIndent(event: ScalarEvent): number {
  const block = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
  return block ? event.indent : 0;
}

/** Null, booleans and decimal numbers of the YAML 1.2 core schema; everything else is text. */
function resolvePlain(text: string): string | number | boolean | null {
  if (/^(~|null|Null|NULL)?$/.test(text)) return null;
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text)) return Number(text);
  return text;
}

function emptyScalar(start: number): ScalarNode {
  const at = {valueStart: -1, valueEnd: -1, anchorStart: -1, anchorEnd: -1, tagStart: -1, tagEnd: -1};
  const event: ScalarEvent = {...at, type: EVENT_ID.SCALAR, style: 1, chomping: 1, indent: -1, fast: false};
  return {kind: 'scalar', start, value: null, event};
}

function isNothing(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}
