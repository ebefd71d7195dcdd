import type {CompiledDocument} from '../bundle.ts';
import {createDetectorTable} from '../decide/detector-table.ts';
import {canonicalJson} from './canonical.ts';
import {createExpressionCompiler} from './cel.ts';
import {checkThresholds} from './check-finds.ts';
import {checkPatterns} from './check-patterns.ts';
import {checkPolicy} from './check-policy.ts';
import {checkConflicts, checkReferences} from './check-references.ts';
import {type Draft, duplicateProblems, isPolicyFile, readDrafts, type SourceFile} from './draft.ts';
import {compareText, type Problem, sortProblems} from './problem.ts';
import type {DetectorDocument} from './schema/detector.ts';
import type {Kind} from './schema/index.ts';
import type {PolicyDocument} from './schema/policy.ts';
import type {PolicyTestCase, PolicyTestDocument} from './schema/policy-test.ts';
import {offsetAt} from './yaml-node.ts';

/** A case of a PolicyTest, and where it stands. */
export interface PlacedTestCase {
  /** Name of the PolicyTest document. */
  test: string;
  file: string;
  line: number;
  case: PolicyTestCase;
}

export type Compilation =
  | {ok: true; documents: CompiledDocument[]; tests: PlacedTestCase[]}
  | {ok: false; problems: Problem[]};

/**
 * Compiles the files of a policy repository.
 *
 * The result does not depend on the order of the files: documents are sorted by kind and name, and test documents
 * are kept apart, since no agent needs them. If anything is wrong, all problems come back, sorted by place.
 */
export function compileRepository(files: readonly SourceFile[]): Compilation {
  const policyFiles = files
    .filter((file) => isPolicyFile(file.path))
    .toSorted((a, b) => compareText(a.path, b.path) || compareText(a.text, b.text));
  const {drafts, problems} = readDrafts(policyFiles);
  const compileExpression = createExpressionCompiler();
  problems.push(
    ...duplicateProblems(drafts),
    ...drafts.flatMap((draft) => (draft.kind === 'Policy' ? checkPolicy(draft, compileExpression) : [])),
    ...checkReferences(drafts),
    ...checkConflicts(drafts),
    ...checkPatterns(drafts),
  );
  if (problems.length === 0 && drafts.every((draft) => draft.kind === 'PolicyTest')) {
    const message = 'no policy document found; an empty repository would stop all traffic, so it is not taken';
    problems.push({file: '', line: 0, column: 0, code: 'empty_repository', message});
  }
  // What a detector can find is known only where every document is right.
  if (problems.length === 0) problems.push(...thresholdProblems(drafts));
  if (problems.length > 0) return {ok: false, problems: sortProblems(problems)};
  return {
    ok: true,
    documents: drafts
      .filter((draft) => draft.kind !== 'PolicyTest')
      .map(compiledDocument)
      .toSorted((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name)),
    tests: drafts.flatMap((draft) => (draft.kind === 'PolicyTest' ? testCases(draft) : [])),
  };
}

/** The drafts' values have passed the schemas of their kinds. */
function thresholdProblems(drafts: readonly Draft[]): Problem[] {
  const valuesOf = (kind: Kind) => drafts.filter((draft) => draft.kind === kind).map(({value}) => value);
  const table = createDetectorTable(valuesOf('Detector') as DetectorDocument[]);
  return drafts.flatMap((draft) =>
    draft.kind === 'Policy' ? checkThresholds(draft, (draft.value as PolicyDocument).spec.rules, table) : [],
  );
}

function compiledDocument(draft: Draft): CompiledDocument {
  const {source, root, kind, name, value} = draft;
  return {kind, name, file: source.file, line: source.line(root.start), json: canonicalJson(value)};
}

function testCases(draft: Draft): PlacedTestCase[] {
  const {spec} = draft.value as PolicyTestDocument; // the draft's value has passed the schema of its kind
  return spec.cases.map((testCase, index) => ({
    test: draft.name,
    file: draft.source.file,
    line: draft.source.line(offsetAt(draft.root, ['spec', 'cases', index])),
    case: testCase,
  }));
}
