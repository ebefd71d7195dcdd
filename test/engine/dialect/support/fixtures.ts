import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Dialect, Route} from '../../../../engine/dialect/dialect.ts';
import {DIALECTS} from '../../../../engine/dialect/index.ts';
import {decodeBody} from '../../../../engine/dialect/json/decode-body.ts';
import type {DialectName, Operation} from '../../../../engine/exchange.ts';

const ROOT = join(import.meta.dirname, '../fixtures');

const PATHS: Readonly<Record<string, [method: string, path: string]>> = {
  'openai/chat': ['POST', '/v1/chat/completions'],
  'openai/embeddings': ['POST', '/v1/embeddings'],
  'openai/models': ['GET', '/v1/models'],
  'anthropic/chat': ['POST', '/v1/messages'],
  'anthropic/models': ['GET', '/v1/models'],
};

/** A body as it is sent, from `fixtures/<dialect>/<operation>/<kind>/`. */
export interface Fixture {
  name: string;
  dialect: Dialect;
  operation: Operation;
  route: Route;
  bytes: Buffer;
  text: string;
  /** What `<name>.reading` says should be read; empty where there is none. */
  golden: string;
}

/** Every file of a kind; adding one needs no code. */
export function fixtures(kind: 'requests' | 'responses' | 'streams'): Fixture[] {
  return readdirSync(ROOT, {recursive: true, encoding: 'utf8'})
    .filter((name) => name.includes(`/${kind}/`) && /\.(?:json|sse)$/.test(name))
    .sort()
    .map((name) => {
      const [dialectName = '', operation = ''] = name.split('/');
      // The folders are named after dialects and operations.
      const dialect = DIALECTS[dialectName as DialectName];
      const [method, path] = PATHS[`${dialectName}/${operation}`] ?? ['', ''];
      const route = dialect.route(method, path);
      if (route === undefined) throw new Error(`no route for ${name}`);
      const bytes = readFileSync(join(ROOT, name));
      const text = decodeBody(bytes);
      return {name, dialect, operation: operation as Operation, route, bytes, text, golden: goldenOf(name)};
    });
}

function goldenOf(name: string): string {
  try {
    return readFileSync(join(ROOT, name.replace(/\.\w+$/, '.reading')), 'utf8');
  } catch {
    return '';
  }
}
