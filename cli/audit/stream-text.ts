/** What a reader of the answer saw appear with a chunk; a chunk may stop anywhere. */
export type StreamText = (chunk: Uint8Array) => string;

/**
 * Reads the text out of a response as it was written: of server-sent events the texts that each adds, of anything else
 * all of it. An event of unknown shape adds nothing.
 */
export function createStreamText(): StreamText {
  const decoder = new TextDecoder();
  let kind = kindOf('');
  let rest = '';
  return (chunk) => {
    rest += decoder.decode(chunk, {stream: true});
    if (kind === 'unknown') kind = kindOf(rest);
    if (kind === 'unknown') return '';
    if (kind === 'whole') {
      const text = rest;
      rest = '';
      return text;
    }
    const lines = rest.split(/\r\n|\n|\r/);
    rest = lines.pop() ?? '';
    return lines.map(lineText).join('');
  };
}

const EVENT_STARTS = ['event:', 'data:', 'id:', 'retry:', ':'];

function kindOf(start: string): 'unknown' | 'events' | 'whole' {
  if (EVENT_STARTS.some((one) => start.startsWith(one))) return 'events';
  return EVENT_STARTS.some((one) => one.startsWith(start)) ? 'unknown' : 'whole';
}

function lineText(line: string): string {
  if (!line.startsWith('data:')) return '';
  try {
    return eventTexts(JSON.parse(line.slice(5))).join('');
  } catch {
    return '';
  }
}

/** Texts of an OpenAI chunk (choices, with their deltas) or an Anthropic event (one delta). */
function eventTexts(event: unknown): string[] {
  const choices = listOf(fieldOf(event, 'choices'));
  const deltas = choices.length > 0 ? choices.map((choice) => fieldOf(choice, 'delta')) : [fieldOf(event, 'delta')];
  return deltas.flatMap((delta) => {
    const calls = listOf(fieldOf(delta, 'tool_calls')).map((call) => fieldOf(call, 'function'));
    const parts = [
      ...['content', 'refusal', 'text', 'thinking', 'partial_json'].map((name) => fieldOf(delta, name)),
      ...calls.flatMap((call) => [fieldOf(call, 'name'), fieldOf(call, 'arguments')]),
    ];
    return parts.filter((part) => typeof part === 'string');
  });
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
