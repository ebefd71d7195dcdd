import {applyEdits} from '../mask/clusters.ts';
import type {RestoreTable} from '../mask/restore-table.ts';
import type {Dialect, Route} from './dialect.ts';
import {withStale} from './guard-response.ts';
import {GuardedStream} from './guarded-stream.ts';
import {createRestoration} from './restoration.ts';
import {replacementsOf} from './splice.ts';
import type {StreamGuard} from './stream-summary.ts';

/** Restored events may be longer than what came in by as much as their values. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024;

interface Restoring {
  dialect: Dialect;
  route: Route;
  table: RestoreTable;
}

/**
 * A whole JSON response with the values of its placeholders in their place; the body itself where there is none.
 *
 * @throws WeirError UPSTREAM_INVALID where the body cannot be read.
 */
export function restoreResponse({dialect, route, table}: Restoring, body: string): string {
  const {runs, stale} = dialect.readResponse(route, body);
  const edits = createRestoration(table).editsOf(runs);
  if (edits.length === 0) return body;
  return applyEdits(body, withStale(replacementsOf(body, runs, edits), stale));
}

/** Restores a stream of events as it passes: only what may still become a placeholder waits. */
export function createStreamRestorer({dialect, route, table}: Restoring): StreamGuard {
  const {rulesOf, editsOf} = createRestoration(table);
  return new GuardedStream({
    dialect,
    reader: dialect.openStream(route),
    ...rulesOf(undefined),
    maxEventBytes: MAX_EVENT_BYTES,
    texts: {
      editsOf: (data, runs) => {
        const edits = replacementsOf(data, runs, editsOf(runs));
        return {edits, blocking: undefined, isClean: edits.length === 0};
      },
      otherLines: () => [],
      masked: (text) => text,
    },
    laneRules: ({tool, content}) => ({...rulesOf(tool), content: content === 'json' ? 'json' : 'textOrJson'}),
  });
}
