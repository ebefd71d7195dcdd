import {LRUCache} from 'lru-cache';
import type {Restorable, RestoreTable} from '../../engine/mask/restore-table.ts';

/** What the placeholders of recent conversations stand for. In memory only: a request brings most of it anew. */
export interface ConversationTables {
  /** @param digest of the bundle now in force: what an earlier one allowed tools, it may not. */
  recall: (conversation: string, digest: string) => Iterable<[placeholder: string, Restorable]>;
  keep: (conversation: string, digest: string, table: RestoreTable) => void;
  clear: () => void;
}

interface Kept {
  digest: string;
  table: RestoreTable;
}

const MAX_TOTAL_BYTES = 64 * 1024 * 1024;
/** Of one conversation; one with more is restored from its own history alone. */
const MAX_BYTES = 2 * 1024 * 1024;
const IDLE_MS = 60 * 60_000;
/** Of an entry beside its texts. */
const ENTRY_BYTES = 200;
const NO_TOOLS: Restorable['tools'] = [[]];

export function createConversationTables(): ConversationTables {
  const tables = new LRUCache<string, Kept>({
    maxSize: MAX_TOTAL_BYTES,
    maxEntrySize: MAX_BYTES,
    ttl: IDLE_MS,
    updateAgeOnGet: true,
    sizeCalculation: ({table}, key) => sizeOf(table) + 2 * key.length,
  });
  return {
    recall: (conversation, digest) => {
      const kept = tables.get(conversation);
      if (kept === undefined) return [];
      if (kept.digest === digest) return kept.table.entries();
      return Array.from(kept.table.entries(), ([placeholder, {value}]) => [placeholder, {value, tools: NO_TOOLS}]);
    },
    keep: (conversation, digest, table) => {
      tables.set(conversation, {digest, table});
    },
    clear: () => {
      tables.clear();
    },
  };
}

function sizeOf(table: RestoreTable): number {
  let bytes = ENTRY_BYTES;
  for (const [placeholder, {value}] of table.entries()) bytes += ENTRY_BYTES + 2 * (placeholder.length + value.length);
  return bytes;
}
