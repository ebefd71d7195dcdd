import {FINANCIAL_VALIDATORS} from './financial.ts';
import {NETWORK_VALIDATORS} from './network.ts';
import {PERSONAL_VALIDATORS} from './personal.ts';
import {SECRET_VALIDATORS} from './secret.ts';

/** Checks that a regular expression cannot make; each is given the finding's text. */
export const VALIDATORS: Readonly<Record<string, (text: string) => boolean>> = {
  ...FINANCIAL_VALIDATORS,
  ...NETWORK_VALIDATORS,
  ...PERSONAL_VALIDATORS,
  ...SECRET_VALIDATORS,
};
