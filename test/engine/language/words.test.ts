import test from 'ava';
import fc from 'fast-check';
import {parseDurationMs} from '../../../engine/language/duration.ts';
import {matchesGlob} from '../../../engine/language/glob.ts';
import {didYouMean} from '../../../engine/language/nearest.ts';
import {parseExpiry} from '../../../engine/language/schema/traffic.ts';

test('a glob matches as the regular expression that it stands for', (t) => {
  const text = fc.string({unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8});
  fc.assert(
    fc.property(text, text, (glob, subject) => {
      const source = glob.split('*').map((part) => part.replaceAll('.', '\\.'));
      t.is(matchesGlob(glob, subject), new RegExp(`^${source.join('.*')}$`).test(subject));
    }),
    {numRuns: 2000},
  );
});

test('durations are counted in milliseconds', (t) => {
  t.is(parseDurationMs('500ms'), 500);
  t.is(parseDurationMs('15m'), 900_000);
  t.is(parseDurationMs('1h30m'), 5_400_000);
  t.is(parseDurationMs('30d'), 2_592_000_000);
  for (const wrong of ['', '15', 'm', '1.5h', '-1s', '15 m', '1w']) t.is(parseDurationMs(wrong), undefined);
});

test('a date expires with its first instant, UTC', (t) => {
  t.is(parseExpiry('2027-06-30'), Date.UTC(2027, 5, 30));
  t.is(parseExpiry('2027-06-30T18:00:00+02:00'), Date.UTC(2027, 5, 30, 16));
  for (const wrong of ['', '2027-13-01', '2027-02-30', '30.06.2027', '2027-06-30 18:00'])
    t.is(parseExpiry(wrong), undefined);
});

test('a suggestion is only made where it is near', (t) => {
  const known = ['models', 'mode', 'rules'];
  t.is(didYouMean('modles', known), '; did you mean "models"?');
  t.is(didYouMean('Rules', known), '; did you mean "rules"?');
  t.is(didYouMean('providers', known), '');
});
