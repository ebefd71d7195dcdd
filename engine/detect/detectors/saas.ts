import type {Detector} from '../detector.ts';
import {MESSAGING_DETECTORS} from './saas-messaging.ts';
import {MONEY_DETECTORS} from './saas-money.ts';
import {OPERATION_DETECTORS} from './saas-operation.ts';
import {WORK_DETECTORS} from './saas-work.ts';

/** Credentials of services that companies rent. */
export const SAAS_DETECTORS: readonly Detector[] = [
  ...MESSAGING_DETECTORS,
  ...MONEY_DETECTORS,
  ...OPERATION_DETECTORS,
  ...WORK_DETECTORS,
];
