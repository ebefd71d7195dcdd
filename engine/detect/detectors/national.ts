import type {Detector} from '../detector.ts';
import {VAT_DETECTORS} from './eu-vat.ts';
import {AMERICAS_DETECTORS} from './national-americas.ts';
import {CENTRAL_DETECTORS} from './national-central.ts';
import {EAST_DETECTORS} from './national-east.ts';
import {EAST_ASIA_DETECTORS} from './national-east-asia.ts';
import {NORTH_DETECTORS} from './national-north.ts';
import {SOUTH_DETECTORS} from './national-south.ts';
import {SOUTH_ASIA_DETECTORS} from './national-south-asia.ts';
import {SOUTHERN_DETECTORS} from './national-southern.ts';
import {UK_DETECTORS} from './national-uk.ts';
import {US_DETECTORS} from './national-us.ts';
import {WEST_DETECTORS} from './national-west.ts';

/** Numbers that states give to persons, their documents and their businesses. */
export const NATIONAL_DETECTORS: readonly Detector[] = [
  ...AMERICAS_DETECTORS,
  ...CENTRAL_DETECTORS,
  ...EAST_ASIA_DETECTORS,
  ...EAST_DETECTORS,
  ...NORTH_DETECTORS,
  ...SOUTH_ASIA_DETECTORS,
  ...SOUTH_DETECTORS,
  ...SOUTHERN_DETECTORS,
  ...UK_DETECTORS,
  ...US_DETECTORS,
  ...VAT_DETECTORS,
  ...WEST_DETECTORS,
];
