import type {ASTNode} from '@marcbachmann/cel-js';

/** Why an expression cannot be used; `offset` counts UTF-16 units from its start. */
export interface ExpressionProblem {
  offset: number;
  message: string;
}

type Fields = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Functions that both engines know, and that need neither clock nor unbounded work. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  'size',
  'startsWith',
  'endsWith',
  'contains',
  'matches',
  'lowerAscii',
  'upperAscii',
  'has',
  'exists',
  'exists_one',
  'all',
]);
const LOOPS: ReadonlySet<string> = new Set(['exists', 'exists_one', 'all']);

/** Whether an expression reads `request.dataset`. Exact, because `request` may only stand before a field. */
export function readsDataset(ast: ASTNode): boolean {
  if (ast.op === '.' && ast.args[1] === 'dataset' && isRoot(ast.args[0], 'request')) return true;
  return childrenOf(ast).some(readsDataset);
}

/** What the types allow but this language does not. */
export function expressionProblems(
  ast: ASTNode,
  source: string,
  fields: Fields,
  patternMessage: (literal: string) => string | undefined,
): ExpressionProblem[] {
  const problems: ExpressionProblem[] = [];
  const report = (node: ASTNode, message: string) => {
    problems.push({offset: node.range.start, message});
  };
  const visitCall = (node: ASTNode, name: string, args: readonly ASTNode[], loops: number) => {
    if (!FUNCTIONS.has(name))
      report(node, `function "${name}" is not available; use one of ${[...FUNCTIONS].join(', ')}`);
    if (name === 'has' && !isLabel(args[0])) {
      report(node, 'has() is for agent.labels only; the fields of request and caller are always there');
    }
    if (LOOPS.has(name)) {
      if (loops > 0) report(node, `${name}() inside another loop is not allowed; its cost would grow without bound`);
      const variable = args[0];
      if (variable?.op === 'id' && Object.hasOwn(fields, variable.args)) {
        report(variable, `"${variable.args}" is taken; give the loop variable another name`);
      }
    }
    const pattern = name === 'matches' ? args.at(-1) : undefined;
    if (pattern !== undefined) {
      const literal = pattern.op === 'value' ? source.slice(pattern.range.start, pattern.range.end) : undefined;
      const message = literal === undefined ? 'the pattern of matches() must be a literal' : patternMessage(literal);
      if (message !== undefined) report(pattern, message);
    }
  };
  const visit = (node: ASTNode, loops: number) => {
    let inner = loops;
    if (node.op === 'call') visitCall(node, node.args[0], node.args[1], loops);
    if (node.op === 'rcall') {
      visitCall(node, node.args[0], node.args[2], loops);
      if (LOOPS.has(node.args[0])) inner++;
      if (isTaken(node, fields)) return;
    }
    if (node.op === 'id' && Object.hasOwn(fields, node.args)) {
      report(node, `name a field of "${node.args}": ${Object.keys(fields[node.args] ?? {}).join(', ')}`);
    }
    // Roots are only met here when something other than a field access holds them.
    for (const child of childrenOf(node)) {
      if (node.op === '.' && child.op === 'id' && Object.hasOwn(fields, child.args)) continue;
      visit(child, inner);
    }
  };
  visit(ast, 0);
  return problems;
}

/** A loop whose variable hides one of the roots: what is inside means something else than it seems to. */
function isTaken(node: ASTNode & {op: 'rcall'}, fields: Fields): boolean {
  const variable = LOOPS.has(node.args[0]) ? node.args[2][0] : undefined;
  return variable?.op === 'id' && Object.hasOwn(fields, variable.args);
}

function isRoot(node: ASTNode, name: string): boolean {
  return node.op === 'id' && node.args === name;
}

/** `agent.labels.x` */
function isLabel(node: ASTNode | undefined): boolean {
  if (node?.op !== '.') return false;
  const [map] = node.args;
  return map.op === '.' && map.args[1] === 'labels' && isRoot(map.args[0], 'agent');
}

/** The parts of a node that are expressions themselves. */
function childrenOf(node: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const collect = (part: unknown) => {
    if (Array.isArray(part)) part.forEach(collect);
    else if (typeof part === 'object' && part !== null && 'op' in part) found.push(part as ASTNode); // only nodes have `op`
  };
  collect(node.args);
  return found;
}
