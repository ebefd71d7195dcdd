import type {Detector} from '../../engine/detect/detector.ts';
import {wholes} from '../../engine/detect/members.ts';
import {checksChapter} from './checks-chapter.ts';
import {DETECTORS_INTRODUCTION} from './detectors-introduction.ts';

type Group = Detector['groups'][number];

/** What each group holds, in the order of the document's chapters. */
const GROUPS: Readonly<Record<Group, string>> = {
  secrets: 'credentials of every kind',
  'secrets.ai': 'keys of model providers',
  'secrets.cloud': 'keys of clouds, hosts and what runs in them',
  'secrets.generic': 'private keys, tokens, connection strings, values that are assigned to names such as `password`',
  'secrets.saas': 'keys of services',
  'secrets.source': 'keys of code hosts, package registries and build services',
  financial: 'cards, accounts and wallets',
  pii: 'what identifies a person or the person’s machine; most of what is `financial`, too',
  'pii.us': 'United States',
  'pii.uk': 'United Kingdom',
  'pii.eu': 'European Union and its neighbours',
  'pii.americas': 'the Americas without the United States',
  'pii.asia': 'Asia and the Middle East',
  'pii.africa': 'Africa',
  'pii.oceania': 'Australia and New Zealand',
  network: 'addresses of machines',
};

/** What of a sample is shown: its beginning and its end. */
const SAMPLE_HEAD = 26;
const SAMPLE_TAIL = 13;

/** `docs/detectors.md`, from the catalogue. */
export function detectorsDocument(detectors: readonly Detector[]): string {
  const chapters = Map.groupBy(detectors, chapterOf);
  const groups = Object.keys(GROUPS) as Group[]; // `as`: Object.keys forgets the literal types.
  const used = groups.filter((group) => membersOf(detectors, group).length > 0);
  return [
    DETECTORS_INTRODUCTION,
    '\n## Groups\n\n| Group | Holds | Detectors |\n|---|---|---|\n',
    ...used.map((group) => `| \`${group}\` | ${GROUPS[group]} | ${membersOf(detectors, group).length} |\n`),
    checksChapter(),
    ...used.flatMap((group) => {
      const own = (chapters.get(group) ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      return own.length === 0 ? [] : [`\n## ${group}\n\n`, ...own.map(entry)];
    }),
  ].join('');
}

function membersOf(detectors: readonly Detector[], group: string): Detector[] {
  return detectors.filter(({groups}) => groups.flatMap(wholes).includes(group));
}

/** The first of its narrowest groups. */
function chapterOf({groups}: Detector): Group | undefined {
  return groups.toSorted((a, b) => b.split('.').length - a.split('.').length)[0];
}

function entry({name, description, finders, examples, nearMisses}: Detector): string {
  const yes = examples.map(code)[0];
  const near = nearMisses.map(code).find((sample) => sample !== yes);
  const found = yes === undefined ? '' : ` Finds ${yes}${near === undefined ? '' : `, not ${near}`}.`;
  const facts = [checks(finders), confidence(finders), words(finders)].filter((fact) => fact !== '').join('; ');
  return `* **\`${name}\`**: ${description}.${found}${facts === '' ? '' : ` ${facts.charAt(0).toUpperCase()}${facts.slice(1)}.`}\n`;
}

function checks(finders: Detector['finders']): string {
  const names = [...new Set(finders.flatMap(({validator}) => validator ?? []))].sort();
  const entropy = finders.some(({minEntropy}) => minEntropy > 0) ? ['entropy'] : [];
  const all = [...names.map((name) => `\`${name}\``), ...entropy];
  return all.length === 0 ? '' : `checks: ${all.join(', ')}`;
}

function confidence(finders: Detector['finders']): string {
  const all = finders.map((finder) => finder.confidence ?? 1);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  if (least === 1) return '';
  return `confidence ${least === most ? String(least) : `${least} to ${most}`}`;
}

function words(finders: Detector['finders']): string {
  const raising = [...new Set(finders.flatMap(({context}) => context?.raise ?? []))];
  const lowering = [...new Set(finders.flatMap(({context}) => context?.lower ?? []))];
  const some = (list: readonly string[]) => `“${list.slice(0, 3).join('”, “')}”${list.length > 3 ? ' …' : ''}`;
  const more = raising.length === 0 ? [] : [`more after ${some(raising)}`];
  return [...more, ...(lowering.length === 0 ? [] : [`less after ${some(lowering)}`])].join(', ');
}

/** A sample as code in a line of Markdown, shortened: nobody needs a whole key to see its form. */
function code(sample: string): string {
  const line = sample.replaceAll(/\s+/gu, ' ').trim();
  const characters = Array.from(line);
  const isShort = characters.length <= SAMPLE_HEAD + SAMPLE_TAIL;
  const ends = [characters.slice(0, SAMPLE_HEAD), characters.slice(-SAMPLE_TAIL)].map((part) => part.join(''));
  const short = isShort ? line : ends.join('…');
  const fence = '`'.repeat(1 + Math.max(0, ...Array.from(short.matchAll(/`+/g), ([run]) => run.length)));
  const space = short.startsWith('`') || short.endsWith('`') ? ' ' : '';
  return `${fence}${space}${short}${space}${fence}`;
}
