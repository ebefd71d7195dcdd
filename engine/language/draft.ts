import {checkShape, type Placed} from './check.ts';
import {didYouMean} from './nearest.ts';
import type {Problem} from './problem.ts';
import {isKind, KIND_NAMES, KINDS, type Kind} from './schema/index.ts';
import {createSource, type Source} from './source.ts';
import {parseYaml} from './yaml.ts';
import {keyOffsetAt, nodeAt, offsetAt, type YamlNode} from './yaml-node.ts';

const MAX_FILE_BYTES = 262_144;

export interface SourceFile {
  /** Relative to the policy folder, with `/`. */
  path: string;
  text: string;
}

/** A document on its way: its place is known, its value only if its shape is right. */
export interface Draft extends Placed {
  kind: Kind;
  /** Empty where the document has none that can be read. */
  name: string;
  value: unknown;
}

/** Whether a file of the repository holds policy: YAML, and not under a folder or name that begins with a dot. */
export function isPolicyFile(path: string): boolean {
  return /\.ya?ml$/.test(path) && !path.split('/').some((part) => part.startsWith('.'));
}

/** Reads the documents of all files. */
export function readDrafts(files: readonly SourceFile[]): {drafts: Draft[]; problems: Problem[]} {
  const drafts: Draft[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const source = createSource(file.path, file.text);
    const sizeBytes = Buffer.byteLength(file.text);
    if (sizeBytes > MAX_FILE_BYTES) {
      const message = `${sizeBytes} bytes are too many for one file; split it into files of at most ${MAX_FILE_BYTES}`;
      problems.push(source.problem(0, 'file_too_large', message));
      continue;
    }
    const parsed = parseYaml(source);
    problems.push(...parsed.problems);
    for (const root of parsed.documents) {
      const draft = readDraft(source, root, problems);
      if (draft !== undefined) drafts.push(draft);
    }
  }
  return {drafts, problems};
}

function readDraft(source: Source, root: YamlNode, problems: Problem[]): Draft | undefined {
  if (root.kind !== 'mapping') {
    const message = 'a document must be a mapping with apiVersion, kind, metadata and spec';
    problems.push(source.problem(root.start, 'wrong_type', message));
    return undefined;
  }
  const kind = textAt(root, ['kind']);
  if (kind === undefined) {
    problems.push(source.problem(offsetAt(root, ['kind']), 'missing_field', `"kind" is missing; ${kindList()}`));
    return undefined;
  }
  if (!isKind(kind)) {
    const message = `unknown kind "${kind}"${didYouMean(kind, KIND_NAMES) || `; ${kindList()}`}`;
    problems.push(source.problem(offsetAt(root, ['kind']), 'unknown_kind', message));
    return undefined;
  }
  const shape = checkShape({source, root}, KINDS[kind]);
  problems.push(...shape.problems);
  return {source, root, kind, name: textAt(root, ['metadata', 'name']) ?? '', value: shape.value};
}

/** Two documents of one kind must not share a name. */
export function duplicateProblems(drafts: readonly Draft[]): Problem[] {
  const seen = new Map<string, Draft>();
  return drafts.flatMap((draft) => {
    const first = seen.get(`${draft.kind}/${draft.name}`);
    if (draft.name === '') return [];
    if (first === undefined) {
      seen.set(`${draft.kind}/${draft.name}`, draft);
      return [];
    }
    const where = `${first.source.file}:${first.source.line(first.root.start)}`;
    const message = `${draft.kind} "${draft.name}" stands at ${where} already; give one of them another name`;
    return [draft.source.problem(offsetAt(draft.root, ['metadata', 'name']), 'duplicate_name', message)];
  });
}

/** The text at a path; undefined where there is none. */
export function textAt(root: YamlNode, path: readonly PropertyKey[]): string | undefined {
  const node = nodeAt(root, path);
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** A problem at the key of a path. */
export function problemAtKey(draft: Placed, path: readonly PropertyKey[], message: string): Problem {
  return draft.source.problem(keyOffsetAt(draft.root, path), 'invalid_rule', message);
}

function kindList(): string {
  return `the kinds are ${KIND_NAMES.join(', ')}`;
}
