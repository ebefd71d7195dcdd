import type {Detector} from './detector.ts';
import {AI_DETECTORS} from './detectors/ai.ts';
import {CLOUD_DETECTORS} from './detectors/cloud.ts';
import {CREDENTIAL_DETECTORS} from './detectors/credentials.ts';
import {FINANCIAL_DETECTORS} from './detectors/financial.ts';
import {NATIONAL_DETECTORS} from './detectors/national.ts';
import {NETWORK_DETECTORS} from './detectors/network.ts';
import {PERSONAL_DETECTORS} from './detectors/personal.ts';
import {PHONE_DETECTORS} from './detectors/phone.ts';
import {SAAS_DETECTORS} from './detectors/saas.ts';
import {SOURCE_DETECTORS} from './detectors/source.ts';

/** Every built-in detector; a name is permanent, since policies and records hold it. */
export const DETECTORS: readonly Detector[] = [
  ...AI_DETECTORS,
  ...CLOUD_DETECTORS,
  ...CREDENTIAL_DETECTORS,
  ...FINANCIAL_DETECTORS,
  ...NATIONAL_DETECTORS,
  ...NETWORK_DETECTORS,
  ...PERSONAL_DETECTORS,
  ...PHONE_DETECTORS,
  ...SAAS_DETECTORS,
  ...SOURCE_DETECTORS,
];
