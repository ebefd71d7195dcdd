import {type Treatment, tokenFor} from '../mask/lane.ts';
import type {Pseudonyms} from '../mask/pseudonyms.ts';
import {type Restorable, RestoreTable} from '../mask/restore-table.ts';
import type {ResponsePlan} from './decision.ts';

/** A treatment of a rule, whoever's exchange it is for. */
export interface PlannedTreatment extends Treatment {
  /** Set where the token names the value; without a key to name it with, the fixed token stands. */
  pseudonym?: {
    label: string /** Globs, for a value that is restored; undefined for a hash. */;
    tools?: readonly string[];
  };
}

/** A response plan that no exchange is bound to yet. */
export interface PlannedResponse extends ResponsePlan {
  treatmentOf: (finder: number) => PlannedTreatment;
  hasPseudonyms: boolean;
}

/** Makes the tokens of one exchange, and remembers which of them are to be restored. */
export class ExchangeTokens {
  readonly table = new RestoreTable();
  readonly #pseudonyms: Pseudonyms | undefined;
  readonly #bound = new Map<PlannedTreatment, Treatment>();

  /** @param pseudonyms undefined where there is no key: every value gets the fixed token of its rule. */
  constructor(pseudonyms: Pseudonyms | undefined) {
    this.#pseudonyms = pseudonyms;
  }

  /** The treatment of a request's findings: what it makes a placeholder for can be restored. */
  bind(planned: PlannedTreatment): Treatment {
    return this.#bind(planned, (placeholder, entry) => this.table.add(placeholder, entry));
  }

  /** Adds what earlier exchanges of the conversation made, where this one did not make it anew. */
  remember(entries: Iterable<[placeholder: string, Restorable]>): void {
    for (const [placeholder, entry] of entries) {
      if (this.table.get(placeholder) === undefined) this.table.add(placeholder, entry);
    }
  }

  /**
   * The plan for this exchange's response: a value that the request did not hold gets a placeholder that stands for
   * nothing, and where a placeholder itself looks like a finding it stays, as it hides nothing and would be lost.
   */
  bindResponse(plan: PlannedResponse): ResponsePlan {
    const {table} = this;
    if (table.size === 0 && !plan.hasPseudonyms) return plan;
    const bound = new Map<number, Treatment>();
    return {
      ...plan,
      needsValues: true,
      treatmentOf: (finder) => {
        let treatment = bound.get(finder);
        if (treatment === undefined) {
          const own = this.#bind(plan.treatmentOf(finder), () => true);
          const tokenOf = (value: string) => (table.isPlaceholder(value) ? value : tokenFor(own, value));
          treatment = own.action === 'mask' ? {...own, tokenOf} : own;
          bound.set(finder, treatment);
        }
        return treatment;
      },
    };
  }

  #bind(planned: PlannedTreatment, take: (placeholder: string, entry: Restorable) => boolean): Treatment {
    const {pseudonym, token} = planned;
    const names = this.#pseudonyms;
    if (pseudonym === undefined || names === undefined) return planned;
    let treatment = this.#bound.get(planned);
    if (treatment === undefined) {
      const {label, tools} = pseudonym;
      const tokenOf = (value: string): string => {
        if (tools === undefined) return names.hashOf(label, value);
        const placeholder = names.placeholderOf(label, value);
        return take(placeholder, {value, tools: [tools]}) ? placeholder : token;
      };
      treatment = {...planned, tokenOf};
      this.#bound.set(planned, treatment);
    }
    return treatment;
  }
}
