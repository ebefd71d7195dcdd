import {createDetectorTable, type DetectorTable} from '../../engine/decide/detector-table.ts';
import {wholes} from '../../engine/detect/members.ts';
import {compileRepository} from '../../engine/language/compile.ts';
import type {DetectorDocument} from '../../engine/language/schema/detector.ts';
import {WeirError} from '../../lib/errors.ts';
import {suggestion} from '../../lib/nearest.ts';
import {type Command, defineCommand} from '../command.ts';
import {formatTable, OUTPUT_FLAG, print, visible} from '../output.ts';
import {described, detailText, listText} from './described-detector.ts';
import {problemText} from './problem-text.ts';
import {readInput} from './read-input.ts';
import {readRepository} from './read-repository.ts';
import {type Tried, tryText} from './try-text.ts';
import {POLICY_INVALID} from './validate.ts';

/** Detectors that are named where none is sure enough. */
const MAX_UNSURE = 8;

/** Lists detectors, or shows what they find in a text. */
export const detectorsCommand: Command = defineCommand({
  name: 'weir policy detectors',
  summary: 'lists detectors, or tries them on a text',
  flags: {
    group: {type: 'string', placeholder: 'GROUP', help: 'only those of this group, such as pii or secrets.cloud'},
    name: {type: 'string', placeholder: 'NAME', help: 'only this one, with all that is known of it'},
    try: {type: 'string', placeholder: 'TEXT', help: 'show what they find in this text; - reads standard input'},
    threshold: {type: 'number', default: 0.5, max: 1, help: 'confidence that a finding needs, 0 to 1'},
    ...OUTPUT_FLAG,
  },
  positionals: [{name: 'DIR', help: 'folder with policies whose own detectors count too', required: false}],
  examples: [
    'weir policy detectors --group financial',
    "weir policy detectors --try 'mail ana@example.com'",
    'weir policy detectors --name staff-number --try - policies-example < letter.txt',
  ],
  run: async (values, {stdin, stdout, stderr, signal, isTTY, columns}, [directory]) => {
    const files = directory === undefined ? [] : await readRepository(directory);
    const compiled = directory === undefined ? undefined : compileRepository(files);
    if (compiled?.ok === false) {
      const {problems} = compiled;
      print(stdout, values.output, {valid: false, problems}, () => problemText(directory ?? '', files, problems));
      return POLICY_INVALID;
    }
    const own = (compiled?.documents ?? []).filter(({kind}) => kind === 'Detector');
    // The compiler has checked the documents.
    const table = createDetectorTable(own.map(({json}) => JSON.parse(json) as DetectorDocument));
    const detectors = chosen(table, values);
    if (values.try === undefined) {
      const list = detectors.map(described);
      const [only] = values.name === undefined ? [] : list;
      print(stdout, values.output, {detectors: list}, () =>
        only === undefined ? listText(list, isTTY ? columns : undefined) : detailText(only),
      );
      return 0;
    }
    const text = values.try === '-' ? await readInput(stdin(), signal) : values.try;
    const asking = detectors.filter(({externals}) => externals.length > 0).map(({name}) => name);
    if (asking.length > 0) stderr.write(`weir: only agents ask analyzers: ${asking.join(', ')} is not tried in full\n`);
    const tried = tryText(text, detectors, values.threshold);
    print(stdout, values.output, tried, () =>
      tried.found.length === 0 ? nothingText(tryText(text, detectors, 0)) : triedText(tried),
    );
    return 0;
  },
});

/** @throws WeirError USAGE for a name that is not there. */
function chosen(table: DetectorTable, {group, name}: {group: string | undefined; name: string | undefined}) {
  const groups = new Set(table.all.flatMap((detector) => detector.groups.flatMap(wholes)));
  if (group !== undefined && !groups.has(group)) {
    throw new WeirError('USAGE', `there is no group "${group}"${suggestion(group, groups) || `; ${listed(groups)}`}`);
  }
  const names = new Set(table.all.map((detector) => detector.name));
  if (name !== undefined && !names.has(name)) {
    const hint = groups.has(name) ? `; it is a group: --group ${name}` : suggestion(name, names);
    throw new WeirError('USAGE', `there is no detector "${name}"${hint || '; without --name all are listed'}`);
  }
  const inGroup = group === undefined ? table.all : table.select([group]);
  return inGroup.filter((detector) => name === undefined || detector.name === name);
}

function listed(groups: ReadonlySet<string>): string {
  return `there are ${[...groups].sort().join(', ')}`;
}

/** @param unsure what is found whatever its confidence. */
function nothingText({found}: Tried): string {
  const names = [...new Set(found.map(({detector, confidence}) => `${detector} ${Number(confidence.toFixed(2))}`))];
  if (names.length === 0) return 'nothing found\n';
  const more = names.length > MAX_UNSURE ? ` and ${names.length - MAX_UNSURE} more` : '';
  return `nothing found; below the threshold: ${names.slice(0, MAX_UNSURE).join(', ')}${more}\n`;
}

function triedText({found, masked}: Tried): string {
  const rows = found.map(({detector, start, end, text, confidence}) => [
    detector,
    String(start),
    String(end),
    String(Number(confidence.toFixed(2))),
    text,
  ]);
  return `${formatTable(['DETECTOR', 'FROM', 'TO', 'CONFIDENCE', 'TEXT'], rows)}\n${visible(masked)}\n`;
}
