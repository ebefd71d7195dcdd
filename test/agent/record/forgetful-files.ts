import {dirname} from 'node:path';
import type {AppendFile, FileLayer} from '../../../lib/file-layer.ts';

interface Content {
  now: Buffer;
  durable: Buffer;
}

/** A disk that keeps, when the power goes, only what was synced: of contents and of names. */
export interface ForgetfulFiles extends FileLayer {
  /** Makes the next sync of a file fail; what was appended is on the disk all the same, or is not. */
  readonly failNextSync: (fault: 'didNotWrite' | 'didWrite') => void;
  /** Every append and every new file fails until it is called again with false. */
  readonly setFull: (isFull: boolean) => void;
  /** From this many operations on, nothing happens any more and nobody is answered. */
  readonly dieAfter: (operations: number) => void;
  readonly isDead: () => boolean;
  /** The disk as the next boot finds it. @param keep share of unsynced bytes that reached it anyway. */
  readonly reboot: (keep: number) => ForgetfulFiles;
  /** Changes what stands in a file, as a failing disk would. */
  readonly corrupt: (path: string, change: (bytes: Buffer) => Buffer) => void;
  readonly paths: () => string[];
  readonly bytes: (path: string) => Buffer;
}

export function forgetfulFiles(
  disk: {names: Map<string, Content>; durableNames: Map<string, Content>} = {names: new Map(), durableNames: new Map()},
): ForgetfulFiles {
  const {names, durableNames} = disk;
  let fault: 'didNotWrite' | 'didWrite' | undefined;
  let isFull = false;
  let left = Number.POSITIVE_INFINITY;
  const never = new Promise<never>(() => undefined);
  /** Every operation is a turn of its own, so that others come between, and the last one may be the process's last. */
  const turn = async <Result>(work: () => Result): Promise<Result> => {
    if (left <= 0) return never;
    await Promise.resolve();
    if (--left < 0) return never;
    return work();
  };
  const contentOf = (path: string): Content => {
    const content = names.get(path);
    if (content === undefined) throw new Error(`ENOENT: ${path}`);
    return content;
  };
  const appendFile = (content: Content): AppendFile => {
    let isBroken = false;
    return {
      append: async (parts) =>
        turn(() => {
          if (isBroken) throw new Error('written after a failed sync');
          if (isFull) throw new Error('ENOSPC');
          content.now = Buffer.concat([content.now, ...parts]);
        }),
      sync: async () =>
        turn(() => {
          if (isBroken) throw new Error('synced after a failed sync');
          if (fault !== undefined) {
            isBroken = true;
            if (fault === 'didWrite') content.durable = content.now;
            else content.now = content.durable;
            fault = undefined;
            throw new Error('EIO');
          }
          content.durable = content.now;
        }),
      close: async () => turn(() => undefined),
    };
  };
  return {
    makeDirectory: async () => turn(() => undefined),
    list: async (path) =>
      turn(() => [...names.keys()].filter((name) => dirname(name) === path).map((name) => name.slice(path.length + 1))),
    sizeOf: async (path) => turn(() => contentOf(path).now.length),
    read: async (path, offset, length) =>
      turn(() => Buffer.from(contentOf(path).now.subarray(offset, offset + length))),
    create: async (path) =>
      turn(() => {
        if (isFull) throw new Error('ENOSPC');
        if (names.has(path)) throw new Error(`EEXIST: ${path}`);
        const content = {now: Buffer.alloc(0), durable: Buffer.alloc(0)};
        names.set(path, content);
        return appendFile(content);
      }),
    truncate: async (path, sizeBytes) =>
      turn(() => {
        const content = contentOf(path);
        content.now = content.now.subarray(0, sizeBytes);
        content.durable = content.now;
      }),
    rename: async (from, to) =>
      turn(() => {
        names.set(to, contentOf(from));
        names.delete(from);
      }),
    remove: async (path) =>
      turn(() => {
        contentOf(path);
        names.delete(path);
      }),
    syncDirectory: async (path) =>
      turn(() => {
        for (const name of durableNames.keys()) if (dirname(name) === path) durableNames.delete(name);
        for (const [name, content] of names) if (dirname(name) === path) durableNames.set(name, content);
      }),
    failNextSync: (how) => {
      fault = how;
    },
    setFull: (full) => {
      isFull = full;
    },
    dieAfter: (operations) => {
      left = operations;
    },
    isDead: () => left <= 0,
    reboot: (keep) => {
      const survivors = new Map<string, Content>();
      for (const [name, {now, durable}] of durableNames) {
        const kept = Math.floor((now.length - durable.length) * keep);
        const bytes = Buffer.from(Buffer.concat([durable, now.subarray(durable.length, durable.length + kept)]));
        survivors.set(name, {now: bytes, durable: bytes});
      }
      return forgetfulFiles({names: survivors, durableNames: new Map(survivors)});
    },
    corrupt: (path, change) => {
      const content = contentOf(path);
      content.now = change(Buffer.from(content.now));
      content.durable = content.now;
    },
    paths: () => [...names.keys()].sort(),
    bytes: (path) => contentOf(path).now,
  };
}
