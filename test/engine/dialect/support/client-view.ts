/** What a client makes of a stream: written apart from the code under test, with JSON.parse and string splitting. */
export interface ClientView {
  /** Concatenated text by lane. */
  texts: Record<string, string>;
  events: unknown[];
  isDone: boolean;
}

interface OpenAiChunk {
  choices?: {
    index: number;
    delta?: Record<string, unknown> & {
      tool_calls?: {index?: number; id?: string; function?: {arguments?: string}}[];
    };
  }[];
}

/** Data of the events in a whole stream. */
export function dataOf(stream: string): string[] {
  return stream
    .replaceAll(/\r\n|\r/g, '\n')
    .split('\n\n')
    .map((event) =>
      event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).replace(/^ /, ''))
        .join('\n'),
    )
    .filter((data) => data !== '');
}

export function openAiView(stream: string): ClientView {
  const view: ClientView = {texts: {}, events: [], isDone: false};
  const ids: Record<string, string> = {};
  for (const data of dataOf(stream)) {
    if (data === '[DONE]') {
      view.isDone = true;
      continue;
    }
    const chunk = JSON.parse(data) as OpenAiChunk;
    view.events.push(chunk);
    for (const {index, delta = {}} of chunk.choices ?? []) {
      for (const field of ['content', 'refusal', 'reasoning_content']) {
        const text = delta[field];
        if (typeof text === 'string') append(view, `${index}/${field}`, text);
      }
      for (const call of delta.tool_calls ?? []) {
        const slot = `${index}/${call.index ?? 0}`;
        if (call.id) ids[slot] = call.id;
        append(view, `${slot}/${ids[slot] ?? ''}`, call.function?.arguments ?? '');
      }
    }
  }
  return view;
}

export function anthropicView(stream: string): ClientView {
  const view: ClientView = {texts: {}, events: [], isDone: false};
  for (const data of dataOf(stream)) {
    const event = JSON.parse(data) as {
      type: string;
      index: number;
      content_block?: {text?: string; thinking?: string};
      delta?: {text?: string; thinking?: string; partial_json?: string; signature?: string};
    };
    view.events.push(event);
    if (event.type === 'message_stop') view.isDone = true;
    const {content_block: block = {}, delta = {}} = event;
    append(view, `${event.index}/text`, (block.text ?? '') + (delta.text ?? ''));
    append(view, `${event.index}/thinking`, (block.thinking ?? '') + (delta.thinking ?? ''));
    append(view, `${event.index}/input`, delta.partial_json ?? '');
    append(view, `${event.index}/signature`, delta.signature ?? '');
  }
  return view;
}

function append(view: ClientView, lane: string, text: string): void {
  if (text !== '') view.texts[lane] = (view.texts[lane] ?? '') + text;
}
