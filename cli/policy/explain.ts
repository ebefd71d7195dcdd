import {posix} from 'node:path';
import type {Replacement, StreamWait, WaitReason} from '../../engine/decide/policy-set.ts';
import {VIEW_NAMES} from '../../engine/detect/finder.ts';
import {compileRepository} from '../../engine/language/compile.ts';
import {loadBundle} from '../../engine/load-bundle.ts';
import {WeirError} from '../../lib/errors.ts';
import {suggestion} from '../../lib/nearest.ts';
import {type Command, defineCommand} from '../command.ts';
import {formatFields, OUTPUT_FLAG, print, visible} from '../output.ts';
import {type ExplainedRule, explainRules} from './explain-rules.ts';
import {counted, problemText} from './problem-text.ts';
import {readRepository} from './read-repository.ts';
import {POLICY_INVALID} from './validate.ts';

/** Says of every rule what it looks for, what it puts in its place, and what it makes a live stream wait for. */
export const explainCommand: Command = defineCommand({
  name: 'weir policy explain',
  summary: 'says what each rule looks for, and what it makes live streams wait for',
  flags: {
    rule: {type: 'string', placeholder: 'POLICY/RULE', help: 'only this rule, with every detector by name'},
    ...OUTPUT_FLAG,
  },
  positionals: [{name: 'DIR', help: 'folder with the policies; the current one unless given', required: false}],
  examples: ['weir policy explain', 'weir policy explain --rule personal-data/contact policies-example'],
  run: async ({rule, output}, {stdout}, [directory = '.']) => {
    const files = await readRepository(directory);
    const compiled = compileRepository(files);
    const loaded = compiled.ok
      ? loadBundle({generation: 0n, digest: '', commit: '', documents: compiled.documents})
      : compiled;
    if (!compiled.ok || !loaded.ok) {
      const problems = loaded.ok ? [] : loaded.problems;
      print(stdout, output, {valid: false, problems}, () => problemText(directory, files, problems));
      return POLICY_INVALID;
    }
    const all = explainRules(loaded.bundle, compiled.documents);
    const rules = all.filter((explained) => rule === undefined || explained.rule === rule);
    if (rule !== undefined && rules.length === 0) {
      const names = all.map((explained) => explained.rule);
      throw new WeirError('USAGE', `there is no rule "${rule}"${suggestion(rule, names)}`);
    }
    const listed = rule === undefined ? MAX_LISTED : Infinity;
    print(stdout, output, {rules}, () => rules.map((one) => ruleText(directory, one, listed)).join('\n'));
    return 0;
  },
});

/** Detectors that are listed by name where many rules are shown. */
const MAX_LISTED = 8;

function ruleText(directory: string, explained: ExplainedRule, listed: number): string {
  const {rule, file, line, mode, on, action, find, replacement, streams} = explained;
  const title = `${rule}  (${posix.join(directory, file)}:${line})`;
  const fields = formatFields([
    ['mode', mode === 'off' ? 'off: it looks at nothing' : mode],
    ['on', on.join(', ')],
    ['action', action],
    ['looks for', find === undefined ? 'nothing: its conditions alone decide' : soughtText(find)],
    ['detectors', find === undefined ? '' : namesText(find.detectors, listed)],
    ['analyzers', find === undefined ? '' : analyzersText(find)],
    ['in', find === undefined ? '' : (find.in?.join(', ') ?? 'every place')],
    ['threshold', find === undefined ? '' : thresholdText(find)],
    ['views', find === undefined ? '' : viewsText(find.views)],
    ['replacement', replacement === undefined ? '' : replacementText(replacement)],
    ['on streams', mode === 'off' ? '' : streamsText(streams, replacement) + encodedText(streams, find?.views ?? [])],
  ]);
  return `${visible(title)}\n${fields.replaceAll(/^/gm, '  ').trimEnd()}\n`;
}

function soughtText({names, except, patterns, keywords}: NonNullable<ExplainedRule['find']>): string {
  const asked = [names.join(', '), ...(except.length === 0 ? [] : [`without ${except.join(', ')}`])].filter(Boolean);
  const counts = [
    patterns === 0 ? '' : counted(patterns, 'pattern'),
    keywords === 0 ? '' : counted(keywords, 'keyword'),
  ];
  const sought = counts.filter(Boolean).join(', ') || 'no pattern of its own';
  return asked.length === 0 ? sought : `${asked.join(' ')}: ${sought}`;
}

function namesText(names: readonly string[], listed: number): string {
  const more = names.length - listed;
  if (more <= 0) return names.join(', ');
  return `${names.slice(0, listed).join(', ')} and ${more} more (--rule lists them)`;
}

function analyzersText({analyzers, analyzedIn}: NonNullable<ExplainedRule['find']>): string {
  return analyzers.length === 0 ? '' : `${analyzers.join(', ')}, asked about ${analyzedIn.join(', ')}`;
}

function thresholdText({threshold, beyondThreshold}: NonNullable<ExplainedRule['find']>): string {
  const beyond =
    beyondThreshold === 0 ? '' : `; nothing makes ${counted(beyondThreshold, 'more pattern')} that certain`;
  return `${threshold}${beyond}`;
}

function viewsText(views: readonly string[]): string {
  if (views.length === 0) return 'none: only the text as it stands';
  return views.length === VIEW_NAMES.length ? `all: ${views.join(', ')}` : views.join(', ');
}

function replacementText(replacement: Replacement): string {
  switch (replacement.kind) {
    case 'text':
      return replacement.token;
    case 'keep': {
      const {first, last} = replacement;
      const ends = [...(first === 0 ? [] : [`the first ${first}`]), ...(last === 0 ? [] : [`the last ${last}`])];
      return `at most ${ends.join(' and ')} characters stay`;
    }
    case 'hash':
      return "a hash under the agent group's key";
    case 'restore':
      return `a placeholder; the caller gets the value back in ${restoredIn(replacement.tools)}`;
  }
}

function restoredIn(tools: readonly string[]): string {
  return tools.length === 0 ? 'text only' : `text and in arguments of ${tools.join(', ')}`;
}

/** What may be encoded is held until it is clear what it says. */
function encodedText(streams: StreamWait | undefined, views: readonly string[]): string {
  const isHeld = streams !== undefined && streams.until !== 'responseEnd' && views.length > 0;
  return isHeld ? '; what is encoded waits until its decoded text is certain' : '';
}

const REASONS: Readonly<Record<WaitReason, string>> = {
  analyzer: 'an analyzer reads the whole of it',
  check: 'its checks judge the whole value',
  replacement: 'its replacement is made from the whole value',
};

function streamsText(streams: StreamWait | undefined, replacement: Replacement | undefined): string {
  if (streams === undefined) {
    return replacement?.kind === 'restore'
      ? 'live: values come back as soon as their placeholder is complete'
      : 'not looked at';
  }
  const because = streams.because.map((reason) => REASONS[reason]).join(', and ');
  switch (streams.until) {
    case 'certain':
      return 'live: held is only what could become a finding, and a finding is replaced when it begins';
    case 'valueEnd':
      return `live, but what may be a finding waits until it has ended: ${because}`;
    case 'responseEnd':
      return `waits until the answer is complete: ${because}`;
  }
}
