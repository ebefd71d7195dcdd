import {setImmediate} from 'node:timers/promises';
import {bundleSteps} from '../../engine/load-bundle.ts';
import type {Clock} from '../../lib/clock.ts';
import type {LoadBundle} from './active-policy.ts';

/** Traffic waits no longer than this, and a step, for a bundle that is being made ready. */
const SLICE_MS = 2;

/** Loads bundles a little at a time, so that live traffic goes on meanwhile. */
export function loadGently({monotonicMs}: Clock): LoadBundle {
  return async (source) => {
    const steps = bundleSteps(source);
    let sliceEndMs = monotonicMs() + SLICE_MS;
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return step.value;
      if (monotonicMs() < sliceEndMs) continue;
      await setImmediate();
      sliceEndMs = monotonicMs() + SLICE_MS;
    }
  };
}
