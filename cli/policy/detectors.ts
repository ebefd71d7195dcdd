import {DETECTORS} from '../../engine/detect/catalogue.ts';
import type {Finder} from '../../engine/detect/finder.ts';
import {compileMatcher} from '../../engine/detect/matcher.ts';
import {type Command, defineCommand} from '../command.ts';
import {formatTable, OUTPUT_FLAG, print} from '../output.ts';

interface Found {
  detector: string;
  start: number;
  end: number;
  text: string;
}

/** Lists the built-in detectors, or shows what they find in a text. */
export const detectorsCommand: Command = defineCommand({
  name: 'weir policy detectors',
  summary: 'lists the built-in detectors',
  flags: {
    try: {type: 'string', placeholder: 'TEXT', help: 'show what the detectors find in this text'},
    ...OUTPUT_FLAG,
  },
  examples: ['weir policy detectors', "weir policy detectors --try 'mail ana@example.com'"],
  run: (values, {stdout}) => {
    if (values.try === undefined) {
      const list = DETECTORS.map(({name, groups, description}) => ({name, groups, description}));
      print(stdout, values.output, {detectors: list}, () =>
        formatTable(
          ['NAME', 'GROUPS', 'FINDS'],
          list.map(({name, groups, description}) => [name, groups.join(', '), description]),
        ),
      );
      return Promise.resolve(0);
    }
    const found = findIn(values.try);
    print(stdout, values.output, {found}, () =>
      found.length === 0
        ? 'nothing found\n'
        : formatTable(
            ['DETECTOR', 'FROM', 'TO', 'TEXT'],
            found.map(({detector, start, end, text}) => [detector, String(start), String(end), text]),
          ),
    );
    return Promise.resolve(0);
  },
});

/** What each detector finds; several finders of one detector that meet at the same place count once. */
function findIn(text: string): Found[] {
  const finders: Finder[] = DETECTORS.flatMap((detector) =>
    detector.finders.map((finder) => ({...finder, label: detector.name})),
  );
  const compiled = compileMatcher(finders);
  if (!compiled.ok) throw new RangeError('a built-in detector does not compile');
  const found = new Map<string, Found>();
  for (const {finder, start, end} of compiled.matcher.find(text, new Uint8Array(finders.length).fill(1))) {
    const detector = finders[finder]?.label ?? '';
    found.set(`${detector} ${start} ${end}`, {detector, start, end, text: text.slice(start, end)});
  }
  return [...found.values()];
}
