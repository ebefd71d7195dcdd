import test from 'ava';
import type {TextScan} from '../../../engine/detect/finder.ts';
import {compileMatcher} from '../../../engine/detect/matcher.ts';
import {finderOf} from './regex/support.ts';

function scanOf(...finders: Parameters<typeof compileMatcher>[0]): TextScan {
  const compiled = compileMatcher(finders);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.matcher.open(new Uint8Array(finders.length).fill(1));
}

function pushAll(scan: TextScan, text: string): number[] {
  return Array.from(text, (character) => {
    scan.push(character);
    return scan.hold;
  });
}

const LONG_LEAD = 'the password of the administrator of this machine is';

for (const lead of ['password is', LONG_LEAD]) {
  test(`what stands before the mask group is released at once, however long it is: ${lead}`, (t) => {
    const scan = scanOf(finderOf(`${lead} (?P<mask>[a-z]{4})!`));
    pushAll(scan, `${lead} `);
    t.is(scan.hold, lead.length + 1);
    t.deepEqual(new Set(pushAll(scan, 'abcd')), new Set([lead.length + 1]));
    scan.push('!');
    t.deepEqual(scan.findings, [{finder: 0, start: lead.length + 1, end: lead.length + 5}]);
    t.is(scan.hold, lead.length + 6);
  });
}

test('a rejected match lets its successors hold what they may still mask', (t) => {
  const scan = scanOf(finderOf('(?:no )*(?P<mask>[0-9]{16}) end', {validator: 'luhn'}));
  pushAll(scan, `no no 4111111111111112 en`);
  t.is(scan.hold, 6);
  scan.push('d');
  t.deepEqual(scan.findings, []);
  t.is(scan.hold, 26);
});
test('a match without the mask group is held from its start', (t) => {
  const scan = scanOf(finderOf('id=(?P<mask>[0-9]{4});|id=[a-z]{4};'));
  pushAll(scan, 'an id=abcd');
  t.is(scan.hold, 3);
});
