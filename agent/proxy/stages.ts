import {decideAgainStage} from './decide-again-stage.ts';
import {decideStage} from './decide-stage.ts';
import {finishStage} from './finish-stage.ts';
import {forwardStage} from './forward-stage.ts';
import {guardStage} from './guard-stage.ts';
import {holdStage} from './hold-stage.ts';
import {identifyStage} from './identify-stage.ts';
import {maskStage} from './mask-stage.ts';
import {readStage} from './read-stage.ts';
import {recordStage} from './record-stage.ts';
import {restoreStage} from './restore-stage.ts';
import type {Stage} from './stage.ts';

/** Everything that happens to an exchange, in this order. */
export const STAGES: readonly Stage[] = [
  identifyStage,
  readStage,
  decideStage,
  maskStage,
  recordStage,
  holdStage,
  decideAgainStage,
  forwardStage,
  restoreStage,
  guardStage,
  finishStage,
];
