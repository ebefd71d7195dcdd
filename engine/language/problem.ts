import type {Problem} from '../../proto/gen/weir/agent/v1/policy_sync.ts';

export type {Problem} from '../../proto/gen/weir/agent/v1/policy_sync.ts';

/** What is wrong, for scripts; permanent. */
export type ProblemCode =
  | 'empty_repository'
  | 'file_too_large'
  | 'yaml_syntax'
  | 'yaml_unsupported'
  | 'duplicate_field'
  | 'unknown_kind'
  | 'unknown_field'
  | 'missing_field'
  | 'wrong_type'
  | 'invalid_value'
  | 'invalid_pattern'
  | 'invalid_expression'
  | 'invalid_rule'
  | 'unknown_reference'
  | 'duplicate_name'
  | 'conflict'
  | 'bundle_unreadable';

/** Compares strings by UTF-16 unit: the same everywhere, whatever the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Problems in the order a reader meets them, each once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const sorted = problems.toSorted(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.code, b.code) ||
      compareText(a.message, b.message),
  );
  return sorted.filter((problem, index) => {
    const before = sorted[index - 1];
    return (
      before?.file !== problem.file ||
      before.line !== problem.line ||
      before.column !== problem.column ||
      before.message !== problem.message
    );
  });
}
