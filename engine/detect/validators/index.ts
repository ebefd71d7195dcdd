import {AMERICAS_VALIDATORS} from './americas.ts';
import {ASIA_VALIDATORS} from './asia.ts';
import {VAT_VALIDATORS} from './eu-vat.ts';
import {CENTRAL_VALIDATORS} from './europe-central.ts';
import {EAST_VALIDATORS} from './europe-east.ts';
import {NORTH_VALIDATORS} from './europe-north.ts';
import {SOUTH_VALIDATORS} from './europe-south.ts';
import {WEST_VALIDATORS} from './europe-west.ts';
import {FINANCIAL_VALIDATORS} from './financial.ts';
import {NETWORK_VALIDATORS} from './network.ts';
import {PERSONAL_VALIDATORS} from './personal.ts';
import {SECRET_VALIDATORS} from './secret.ts';
import {SOUTHERN_VALIDATORS} from './southern.ts';

/** Checks that a regular expression cannot make; each is given the finding's text. */
export const VALIDATORS: Readonly<Record<string, (text: string) => boolean>> = {
  ...AMERICAS_VALIDATORS,
  ...ASIA_VALIDATORS,
  ...CENTRAL_VALIDATORS,
  ...EAST_VALIDATORS,
  ...FINANCIAL_VALIDATORS,
  ...NETWORK_VALIDATORS,
  ...NORTH_VALIDATORS,
  ...PERSONAL_VALIDATORS,
  ...SECRET_VALIDATORS,
  ...SOUTH_VALIDATORS,
  ...SOUTHERN_VALIDATORS,
  ...VAT_VALIDATORS,
  ...WEST_VALIDATORS,
};
