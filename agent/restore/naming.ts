import type {Bundle} from '../../engine/bundle.ts';
import {conversationOf} from '../../engine/decide/conversation.ts';
import type {DecisionInput} from '../../engine/decide/decide-request.ts';
import type {RequestDecision} from '../../engine/decide/decision.ts';
import type {CallerFacts, RequestFacts} from '../../engine/exchange.ts';
import {createPseudonyms, groupKey} from '../../engine/mask/pseudonyms.ts';
import {createConversationTables} from './conversation-tables.ts';

/** Whose values are to be named, and under which policy. */
export interface NamedExchange {
  bundle: Bundle;
  /** Name of the agent's group. */
  group: string;
  caller: CallerFacts;
  request: RequestFacts;
  /** What the client calls the conversation; undefined where it says nothing. */
  conversation: string | undefined;
}

/** Names the values of exchanges under the agent group's key, and remembers what the names stand for. */
export interface Naming {
  /** What deciding needs for it; nothing where no rule of the bundle names values, or there is no key yet. */
  inputOf: (exchange: NamedExchange) => Pick<DecisionInput, 'pseudonyms' | 'remembered'>;
  /**
   * Keeps what a decision made restorable, for the exchanges that follow in the conversation. Only where the client says
   * what its conversations are: two that merely begin alike may be two people's.
   */
  keep: (exchange: NamedExchange, decision: RequestDecision) => void;
  clear: () => void;
}

/** @param maskingKey the control plane's; asked for at every exchange, as it comes with the first enrolment. */
export function createNaming(maskingKey: () => Buffer | undefined): Naming {
  const tables = createConversationTables();
  const keys = new Map<string, Buffer>();
  const naming = new WeakMap<Bundle, boolean>();
  let keysOf: Buffer | undefined;

  const keyOf = (group: string): Buffer | undefined => {
    const current = maskingKey();
    if (current === undefined) return undefined;
    if (keysOf?.equals(current) !== true) keys.clear();
    keysOf = current;
    let key = keys.get(group);
    if (key === undefined) keys.set(group, (key = groupKey(current, group)));
    return key;
  };
  const namesValues = (bundle: Bundle): boolean => {
    let names = naming.get(bundle);
    if (names === undefined) {
      names = bundle.policies.rules.some(
        (rule) => rule.action === 'mask' && (rule.replacement.kind === 'hash' || rule.replacement.kind === 'restore'),
      );
      naming.set(bundle, names);
    }
    return names;
  };
  return {
    inputOf: ({bundle, group, caller, request, conversation: stated}) => {
      const key = namesValues(bundle) ? keyOf(group) : undefined;
      if (key === undefined) return {};
      const pseudonyms = createPseudonyms({key, caller, conversation: conversationOf(stated, request.runs)});
      if (stated === undefined) return {pseudonyms};
      return {pseudonyms, remembered: tables.recall(tableKey(group, caller, stated), bundle.digest)};
    },
    keep: ({bundle, group, caller, conversation: stated}, {restore}) => {
      if (restore.size === 0 || stated === undefined) return;
      tables.keep(tableKey(group, caller, stated), bundle.digest, restore);
    },
    clear: () => {
      tables.clear();
      keys.clear();
    },
  };
}

function tableKey(group: string, {kind, authority, subject}: CallerFacts, conversation: string): string {
  return JSON.stringify([group, kind, authority, subject, conversation]);
}
