import type {DialectName} from '../exchange.ts';
import {anthropic} from './anthropic.ts';
import type {Dialect} from './dialect.ts';
import {openai} from './openai.ts';

/** Every wire format that Weir speaks. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {openai, anthropic};
