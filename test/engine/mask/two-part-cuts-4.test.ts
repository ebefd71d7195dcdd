import test from 'ava';
import {twoPartViolations} from './two-part-cuts.ts';

test('every two-part cutting of every example is masked like the whole: fourth quarter of the detectors', (t) => {
  t.deepEqual(twoPartViolations(3), []);
});
