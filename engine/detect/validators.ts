export {VALIDATORS} from './validators/index.ts';
