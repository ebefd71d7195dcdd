import type {Detector} from '../detector.ts';
import {ASSIGNED_DETECTORS} from './secret-assigned.ts';
import {CONNECTION_DETECTORS} from './secret-connection.ts';
import {KEY_DETECTORS} from './secret-keys.ts';

/** Credentials that no single issuer names. */
export const CREDENTIAL_DETECTORS: readonly Detector[] = [
  ...ASSIGNED_DETECTORS,
  ...CONNECTION_DETECTORS,
  ...KEY_DETECTORS,
];
