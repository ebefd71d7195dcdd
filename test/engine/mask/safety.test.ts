import test from 'ava';
import {finderOf} from '../detect/regex/support.ts';
import {createReference, type Reference} from './reference.ts';
import {openLane, type RuleSet, ruleSet} from './support.ts';

const LETTERS = ['a', 'b', '=', ' '];
/** Longest text that is tried, and longest beginning of one that has come. */
const LONGEST = 9;
const LONGEST_CAME = 5;

/** What every text that begins in some way has in common once it is masked, by its beginning. */
function certainties(mask: Reference): Map<string, string> {
  const certain = new Map<string, string>();
  const visit = (text: string): string => {
    let common = mask(text);
    if (text.length < LONGEST) for (const letter of LETTERS) common = commonPrefix(common, visit(text + letter));
    if (text.length <= LONGEST_CAME) certain.set(text, common);
    return common;
  };
  visit('');
  return certain;
}

function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}

function released(rules: RuleSet, text: string): string {
  const lane = openLane(rules);
  for (const unit of text) lane.push(unit);
  return lane.output;
}

/** Rules whose undecided prefix is bounded, with the share of beginnings for which all that is certain is released. */
const RULE_SETS: readonly {sources: readonly string[]; exact: number}[] = [
  {sources: ['aab'], exact: 0.96},
  {sources: ['ab', 'ba'], exact: 0.75},
  {sources: ['\\bab\\b'], exact: 1},
  {sources: ['a=(?P<mask>[ab]{2})'], exact: 0.89},
  {sources: ['(?:^|[ =])(?P<mask>ab)(?:$|[ =])'], exact: 1},
  {sources: ['a(?:b=)?a'], exact: 0.89},
  {sources: ['a{2,3}', '=+ '], exact: 0.69},
  {sources: ['ab+'], exact: 0.75},
  {sources: ['a=(?P<mask>[ab]+)'], exact: 0.75},
  {sources: ['a+b', 'ba+'], exact: 0.7},
  {sources: ['(?m)^a.*b$'], exact: 0.7},
  {sources: ['(?s)a.*b'], exact: 0.66},
];

for (const {sources, exact} of RULE_SETS) {
  const rules = ruleSet(sources.map((source) => finderOf(source)));
  const certain = certainties(createReference(rules.finders, rules.treatmentOf));
  const name = sources.join(' and ');

  test(`what is released of ${name} is right whatever follows`, (t) => {
    t.deepEqual(
      [...certain].filter(([text, common]) => !common.startsWith(released(rules, text))).map(([text]) => text),
      [],
    );
  });

  test(`what is certain of ${name} is released, as a rule`, (t) => {
    const early = [...certain].filter(([text, common]) => released(rules, text) === common);
    t.true(early.length / certain.size >= exact, `${early.length} of ${certain.size}`);
  });
}

for (const [sources, longest] of [
  [['secret-[0-9]{4}'], 11],
  [['\\bab\\b', 'b=a{3}'], 6],
  [['[a-z]{3}@[a-z]{3}'], 7],
  [['(?:^|[^a])(?P<mask>b{5})(?:[^b]|$)'], 6],
] as const) {
  test(`no more is held back than ${sources.join(' and ')} may leave undecided`, (t) => {
    const lane = openLane(ruleSet(sources.map((source) => finderOf(source))));
    const text = 'secret-12 abba b=aa b=aaa xyz@abc bbbbb bbbbbb secret-1234567 a b '.repeat(20);
    let most = 0;
    for (const unit of text) {
      lane.push(unit);
      most = Math.max(most, lane.masker.held);
    }
    t.true(most <= longest, `${most} units`);
  });
}
