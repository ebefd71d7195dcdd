import type {RequestReading, ResponseReading} from '../../../../engine/dialect/dialect.ts';
import type {TextRun} from '../../../../engine/exchange.ts';

/** A reading as lines of text, for golden files. */
export function describeRequest(reading: RequestReading): string {
  const {model, stream, dataset, tools, uninspectable, messages, runs} = reading;
  const facts = {model, stream, dataset: dataset ?? null, tools, messages: messages.length};
  const opaque = uninspectable.map(({category, pointer}) => `uninspectable ${category} ${pointer}`);
  return [JSON.stringify(facts), ...opaque, ...runs.map(describeRun), ''].join('\n');
}

export function describeResponse(reading: ResponseReading): string {
  const {model, id, usage, finishReasons, error, stale, runs} = reading;
  const tokens = usage === undefined ? null : Object.values(usage).map(Number);
  const facts = {model, id, tokens, finishReasons, error: error ?? null, stale: stale.length};
  return [JSON.stringify(facts), ...runs.map(describeRun), ''].join('\n');
}

function describeRun({place, message, pieces}: TextRun): string {
  const forms = pieces.map(({form, layer, value}) => `${form}${layer ? `:${layer}` : ''} ${JSON.stringify(value)}`);
  return `${place} ${message} ${forms.join(' + ')}`;
}
