import {type Content, RecordBody} from '../../proto/gen/weir/record/v1/record.ts';

/** Content put together again. */
export interface WholeContent {
  bytes: Buffer;
  /** False where recording stopped early, or parts of it are missing. */
  complete: boolean;
}

/** What an exchange's records hold of its texts. */
export interface ExchangeContent {
  /** The request that went upstream, or would have. */
  request: WholeContent;
  response: WholeContent;
}

const EMPTY = Buffer.alloc(0);

/** @param bodies weir.record.v1.RecordBody of every record of one exchange. */
export function contentOf(bodies: readonly Buffer[]): ExchangeContent {
  const parts = new Map<string, Map<number, Buffer>>();
  const contents = new Map<string, Content>();
  for (const {body} of bodies.map((bytes) => RecordBody.decode(bytes))) {
    switch (body?.$case) {
      case 'content': {
        const {of, index, bytes} = body.value;
        parts.set(of, (parts.get(of) ?? new Map<number, Buffer>()).set(index, bytes));
        break;
      }
      case 'started':
        keep(contents, 'request', body.value.request);
        break;
      case 'released':
        keep(contents, 'released', body.value.request);
        break;
      case 'ended':
        keep(contents, 'response', body.value.response);
        break;
      case 'gap':
      case undefined:
        break;
    }
  }
  const whole = (of: string) => put(contents.get(of), parts.get(of));
  return {request: whole(contents.has('released') ? 'released' : 'request'), response: whole('response')};
}

function keep(contents: Map<string, Content>, of: string, content: Content | undefined): void {
  if (content !== undefined && !contents.has(of)) contents.set(of, content);
}

/** Parts that came before any record refers to them are shown as far as they go: the stream was cut. */
function put(content: Content | undefined, parts: ReadonlyMap<number, Buffer> | undefined): WholeContent {
  if (content?.parts === 0) {
    return {bytes: content.inline, complete: BigInt(content.inline.length) === content.sizeBytes};
  }
  if (parts === undefined) return {bytes: EMPTY, complete: content === undefined};
  const found: Buffer[] = [];
  for (let index = 0; parts.has(index); index++) found.push(parts.get(index) ?? EMPTY);
  const bytes = Buffer.concat(found);
  return {bytes, complete: content?.sizeBytes === BigInt(bytes.length)};
}
