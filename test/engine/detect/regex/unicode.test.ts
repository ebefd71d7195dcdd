import test from 'ava';
import {contains, MAX_CODE_POINT} from '../../../../engine/detect/regex/char-set.ts';
import {ASSIGNED, UnicodeTables} from '../../../../engine/detect/regex/unicode.ts';

test('beyond the planes that are read, this runtime knows no characters', (t) => {
  const nothing = /^[\p{Cn}\p{Co}\p{Cs}]$/u;
  const missed: string[] = [];
  for (let code = 0; code <= MAX_CODE_POINT; code++) {
    if (!contains(ASSIGNED, code) && !nothing.test(String.fromCodePoint(code))) missed.push(code.toString(16));
  }
  t.deepEqual(missed, []);
});

test('sets agree with the runtime, character by character', (t) => {
  const tables = new UnicodeTables();
  for (const name of ['L', 'Lu', 'Nd', 'C', 'Cn', 'Co', 'Cs', 'Greek', 'Han', 'Unknown']) {
    const set = tables.property(name) ?? [];
    const expression = new RegExp(`^\\p{${name.length <= 2 ? 'gc' : 'Script'}=${name}}$`, 'u');
    const wrong: number[] = [];
    for (let code = 0; code <= MAX_CODE_POINT; code += 3) {
      if (expression.test(String.fromCodePoint(code)) !== contains(set, code)) wrong.push(code);
    }
    t.deepEqual(wrong, [], `\\p{${name}}`);
  }
});
