import test from 'ava';
import fc from 'fast-check';
import {KnownValues} from '../../../engine/mask/known-values.ts';
import {createPseudonyms, groupKey, type PseudonymScope} from '../../../engine/mask/pseudonyms.ts';
import {RestoreTable} from '../../../engine/mask/restore-table.ts';

const masking = Buffer.alloc(32, 7);
const ann = {kind: 'apiKey', authority: 'billing', subject: 'ann'};
const scope: PseudonymScope = {key: groupKey(masking, 'prod'), caller: ann, conversation: 'one'};
const ADDRESS = 'joe@example.com';

test('a placeholder depends on group, caller, conversation and value, and on nothing else', (t) => {
  const name = (change: Partial<PseudonymScope>) =>
    createPseudonyms({...scope, ...change}).placeholderOf('email', ADDRESS);
  const own = name({});
  t.regex(own, /^\[email-[a-z2-7]{16}\]$/);
  t.is(name({key: groupKey(Buffer.alloc(32, 7), 'prod'), caller: {...ann}}), own);
  const others = [
    name({key: groupKey(masking, 'test')}),
    name({caller: {...ann, subject: 'bob'}}),
    name({caller: {...ann, authority: 'corp'}}),
    name({caller: {...ann, kind: 'oidc'}}),
    name({conversation: 'two'}),
    // No text can move from one part of the scope into the next.
    name({caller: {...ann, subject: 'anno'}, conversation: 'ne'}),
    createPseudonyms(scope).placeholderOf('email', 'ann@example.com'),
  ];
  t.is(new Set([own, ...others]).size, 8);
});

test('a hash is the same for a value in every conversation of the group, and in no other group', (t) => {
  const hash = (change: Partial<PseudonymScope>) => createPseudonyms({...scope, ...change}).hashOf('email', ADDRESS);
  t.regex(hash({}), /^\[email#[a-z2-7]{12}\]$/);
  t.is(hash({conversation: 'two', caller: {...ann, subject: 'bob'}}), hash({}));
  t.not(hash({key: groupKey(masking, 'test')}), hash({}));
});

test('no placeholder is the beginning or a part of another, whatever the labels', (t) => {
  const label = fc.string({maxLength: 60});
  t.notThrows(() => {
    fc.assert(
      fc.property(label, label, fc.string(), fc.string(), (one, two, first, second) => {
        const names = createPseudonyms(scope);
        const [a, b] = [names.placeholderOf(one, first), names.placeholderOf(two, second)];
        return a === b || !(a.includes(b) || b.includes(a));
      }),
    );
  });
});

test('a placeholder stands for one value, for tools that every rule allows', (t) => {
  const table = new RestoreTable();
  t.true(table.add('[a-aaaaaaaaaaaaaaaa]', {value: 'x', tools: [['crm*']]}));
  t.false(table.add('[a-aaaaaaaaaaaaaaaa]', {value: 'y', tools: [['*']]}));
  t.true(table.add('[a-aaaaaaaaaaaaaaaa]', {value: 'x', tools: [['*']]}));
  t.deepEqual(table.get('[a-aaaaaaaaaaaaaaaa]'), {value: 'x', tools: [['crm*'], ['*']]});
});

test('the beginning of a placeholder is told from other text', (t) => {
  const table = new RestoreTable();
  for (const body of ['b', 'd', 'f']) table.add(`[x-${body.repeat(16)}]`, {value: body, tools: []});
  t.true(table.isBeginning('['));
  t.true(table.isBeginning('[x-dddd'));
  t.false(table.isBeginning('[x-c'));
  t.false(table.isBeginning('[y'));
  t.true(table.isPlaceholder(' "[x-dddddddddddddddd]", '));
  t.true(table.isPlaceholder('dddddddddddddddd'));
  t.false(table.isPlaceholder('[x-cccccccccccccccc]'));
  t.false(table.isPlaceholder('s3cret [x-dddddddddddddddd]'));
  t.false(table.isPlaceholder('x'));
});

test('known values are found where they stand as words, like by looking for each of them', (t) => {
  const word = fc.string({unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 12});
  t.notThrows(() => {
    fc.assert(
      fc.property(
        fc.array(word, {maxLength: 6}),
        fc.array(fc.oneof(word, fc.constant(' ')), {maxLength: 20}),
        (values, parts) => {
          const text = parts.join('');
          const found = new KnownValues(values).find(text).map(({start, value}) => `${start} ${value}`);
          const plain: string[] = [];
          for (let at = 0; at < text.length; at++) {
            const isCut = (place: number) => /^\w\w$/.test(text.charAt(place - 1) + text.charAt(place));
            const [best] = values
              .filter((value) => value.length >= 6 && text.startsWith(value, at))
              .filter((value) => !isCut(at) && !isCut(at + value.length))
              .sort((a, b) => b.length - a.length);
            if (best === undefined) continue;
            plain.push(`${at} ${best}`);
            at += best.length - 1;
          }
          return found.join() === plain.join();
        },
      ),
      {numRuns: 2000},
    );
  });
});
