import {BASE64, HEX, LETTERS, type Random} from './random.ts';
import {ADJECTIVES, identifier, NAMES, NOUNS, PLACES, sentence, VERBS} from './words.ts';

/** Paragraphs, with a heading or a list now and then. */
export function prose(random: Random): string {
  const {pick, integer} = random;
  switch (integer(8)) {
    case 0:
      return `## The ${pick(ADJECTIVES)} ${pick(NOUNS)}\n\n`;
    case 1:
      return `- ${sentence(random)}\n- ${sentence(random)}\n- *${pick(NOUNS)}*: ${sentence(random)}\n\n`;
    default:
      return `${Array.from({length: 3 + integer(5)}, () => sentence(random)).join(' ')}\n\n`;
  }
}

/** A function, a type or a table, as in a TypeScript file. */
export function code(random: Random): string {
  const {pick, integer, characters} = random;
  const name = identifier(random);
  const type = pick(NOUNS).replace(/^./, (first) => first.toUpperCase());
  const [one, two] = [pick(NOUNS), pick(NOUNS)];
  switch (integer(6)) {
    case 0:
      return `import {${name}, type ${type}} from './${one}/${two}.ts';\nimport {join} from 'node:path';\n\n`;
    case 1:
      return `export interface ${type} {\n  /** ${sentence(random)} */\n  ${one}: number;\n  readonly ${two}?: string;\n}\n\n`;
    case 2:
      return (
        `const ${name.toUpperCase()} = 0x${characters(HEX, 8)};\n` +
        `const table = [${Array.from({length: 12}, () => integer(1000)).join(', ')}];\n\n`
      );
    case 3:
      return (
        `test('${one} ${pick(VERBS)} ${two}', (t) => {\n  const ${one} = ${name}({${two}: ${integer(99)}, limit: 1024});\n` +
        `  t.deepEqual(${one}.map(({id}) => id), ['a-${integer(99)}', 'b_${integer(99)}']);\n});\n\n`
      );
    default:
      return (
        `/** ${sentence(random)} */\nexport async function ${name}(${one}: ${type}, signal: AbortSignal) {\n` +
        `  // ${sentence(random)}\n  for (const item of ${one}.${two}) {\n` +
        `    if (item.${pick(NOUNS)} !== undefined && item.length >= ${integer(64)}) await ${identifier(random)}(item, signal);\n` +
        `    else this.#${two}.push(\`\${item.key}: \${${one}[${integer(9)}] ?? 'none'}\`);\n  }\n` +
        `  return {kind: '${two}', value: ${one} / 2 ** ${integer(30)}} as const;\n}\n\n`
      );
  }
}

function time({integer}: Random): string {
  const two = (below: number) => String(integer(below)).padStart(2, '0');
  return `2026-${two(9).replace('00', '11')}-1${integer(9)}T${two(24)}:${two(60)}:${two(60)}.${100 + integer(899)}Z`;
}

function uuid({characters}: Random): string {
  return [8, 4, 4, 4, 12].map((length) => characters(HEX, length)).join('-');
}

/** A line of a service's log. */
export function log(random: Random): string {
  const {pick, integer, characters} = random;
  const start = `${time(random)} ${pick(['INFO ', 'INFO ', 'DEBUG', 'WARN '])} [${pick(NOUNS)}-${integer(9)}]`;
  switch (integer(4)) {
    case 0:
      return `${start} GET /v1/${pick(NOUNS)}s/${integer(99999)}?page=${integer(9)}&sort=asc 200 ${integer(900)}ms ${integer(9999)}B\n`;
    case 1:
      return `${start} request ${uuid(random)} ${pick(VERBS)} ${pick(NOUNS)} in ${integer(90)}.${integer(9)} ms\n`;
    case 2:
      return `${start} ${sentence(random)} attempt=${integer(5)} trace_id=${characters(HEX, 32)}\n`;
    default:
      return `${start} at ${identifier(random)} (/srv/app/dist/${pick(NOUNS)}.js:${integer(900)}:${integer(80)})\n`;
  }
}

/** An object as an API answers it, on one line or on many. */
export function json(random: Random): string {
  const {pick, integer, characters} = random;
  const value = {
    id: uuid(random),
    kind: pick(NOUNS),
    created_at: time(random),
    title: sentence(random),
    amount: integer(1_000_000) / 100,
    tags: [pick(NOUNS), pick(ADJECTIVES)],
    owner: {name: pick(NAMES), city: pick(PLACES), active: integer(2) === 0, note: null},
    usage: {prompt_tokens: integer(4000), completion_tokens: integer(900)},
    etag: `W/"${characters(HEX, 16)}"`,
    body: `${sentence(random)}\n\t"${pick(NOUNS)}" \\ ${sentence(random)}`,
  };
  return `${JSON.stringify(value, null, integer(2) * 2)}\n`;
}

/** Entries of the lock files of several package managers. */
export function lockFile(random: Random): string {
  const {pick, integer, characters} = random;
  const version = `${integer(20)}.${integer(30)}.${integer(40)}`;
  const name = `${pick(ADJECTIVES)}-${pick(NOUNS)}`;
  switch (integer(4)) {
    case 0:
      return `example.org/${name} v${version} h1:${characters(BASE64, 43)}=\nexample.org/${name} v${version}/go.mod h1:${characters(BASE64, 43)}=\n`;
    case 1:
      return `[[package]]\nname = "${name}"\nversion = "${version}"\nchecksum = "${characters(HEX, 64)}"\ndependencies = [\n "${pick(NOUNS)}",\n]\n\n`;
    case 2:
      return `"@${pick(NOUNS)}/${name}@^${version}":\n  version "${version}"\n  resolved "https://registry.example.org/${name}/-/${name}-${version}.tgz#${characters(HEX, 40)}"\n  integrity sha512-${characters(BASE64, 86)}==\n\n`;
    default:
      return `    "node_modules/${name}": {\n      "version": "${version}",\n      "integrity": "sha512-${characters(BASE64, 86)}==",\n      "dev": true,\n      "license": "MIT",\n      "engines": {\n        "node": ">=${integer(24)}"\n      },\n      "dependencies": {\n        "${pick(NOUNS)}": "^${version}"\n      }\n    },\n`;
  }
}

/** A commit with the files it touched. */
export function gitLog(random: Random): string {
  const {pick, integer, characters} = random;
  const file = () =>
    ` ${pick(NOUNS)}/${pick(NOUNS)}.ts | ${integer(90)} ${'+'.repeat(integer(20))}${'-'.repeat(integer(9))}\n`;
  const subject = `${pick(['Add', 'Fix', 'Move', 'Drop'])} ${pick(ADJECTIVES)} ${pick(NOUNS)} (#${integer(9999)})`;
  return `commit ${characters(HEX, 40)}\nAuthor: ${pick(NAMES)} ${characters(LETTERS, 7)}\nDate:   ${time(random)}\n\n    ${subject}\n\n${file()}${file()}${file()}\n`;
}
