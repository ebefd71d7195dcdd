import test from 'ava';
import fc from 'fast-check';
import {nearSecrets} from './near-secrets.ts';
import {CATALOGUE, cut, cuttings, masked, openLane, ruleSet} from './support.ts';

const catalogue = ruleSet(CATALOGUE);

test('lanes that take turns are masked as if each were alone', (t) => {
  const lanes = fc.array(fc.tuple(nearSecrets, cuttings), {minLength: 2, maxLength: 5});
  t.notThrows(() => {
    fc.assert(
      fc.property(lanes, fc.infiniteStream(fc.nat(4)), (texts, turns) => {
        const open = texts.map(([text, lengths]) => ({lane: openLane(catalogue), pieces: cut(text, lengths)}));
        for (let left = open.flatMap(({pieces}) => pieces).length; left > 0; left--) {
          const waiting = open.filter(({pieces}) => pieces.length > 0);
          const next = waiting[(turns.next().value ?? 0) % waiting.length];
          next?.lane.push(next.pieces.shift() ?? '');
        }
        for (const {lane} of open) lane.masker.end();
        return open.every(({lane}, index) => lane.output === masked(catalogue, texts[index]?.[0] ?? ''));
      }),
      {numRuns: 1500},
    );
  });
});

test('a lane that is given up leaves nothing behind in others', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(nearSecrets, nearSecrets, cuttings, (given, text, lengths) => {
        const abandoned = openLane(catalogue);
        const lane = openLane(catalogue);
        const pieces = cut(text, lengths);
        abandoned.push(given);
        for (const piece of pieces) {
          lane.push(piece);
          abandoned.push(piece);
        }
        lane.masker.end();
        return lane.output === masked(catalogue, text);
      }),
      {numRuns: 1000},
    );
  });
});

test('a text that breaks off is masked like what came of it', (t) => {
  t.notThrows(() => {
    fc.assert(
      fc.property(nearSecrets, cuttings, fc.nat(400), (text, lengths, at) => {
        const came = text.slice(0, at);
        const lane = openLane(catalogue);
        for (const piece of cut(came, lengths)) lane.push(piece);
        const before = lane.output;
        lane.masker.end();
        const whole = masked(catalogue, came);
        return lane.output === whole && whole.startsWith(before);
      }),
      {numRuns: 2000},
    );
  });
});
