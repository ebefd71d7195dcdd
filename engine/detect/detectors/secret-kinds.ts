import {type Detector, pattern} from '../detector.ts';
import {ASSIGN, CLOSED, KEY_WORD, NAME_REST} from './assignment.ts';
import {type Form, formBlank, formEnd, formPattern, formSample, formStub} from './secret-form.ts';

/** A detector whose group is said once for the whole list. */
export type SecretKind = Omit<Detector, 'groups'>;

type SecretField = 'ai' | 'cloud' | 'generic' | 'saas' | 'source';

/** Bits per character below which the text is a stand-in: letters, and hexadecimal or decimal digits. */
const LEAST_ENTROPY = 2.2;

/** All kinds of one field. */
export function secrets(field: SecretField, kinds: readonly SecretKind[]): Detector[] {
  return kinds.map((kind) => ({...kind, groups: ['secrets', `secrets.${field}`]}));
}

/** A token that is known by its form alone, wherever it stands. */
export function token(name: string, form: Form | readonly Form[], description: string): SecretKind {
  const forms = typeof form === 'string' ? [form] : form;
  return {
    name,
    description,
    finders: forms.map((one) =>
      pattern(`(?:^|[^A-Za-z0-9])(?P<mask>${formPattern(one)})${formEnd(one)}`, {
        validator: 'tokenValue',
        minEntropy: LEAST_ENTROPY,
        confidence: 0.95,
      }),
    ),
    examples: forms.flatMap((one) => [`TOKEN=${formSample(one)}`, `{"value":"${formSample(one)}"}`]),
    nearMisses: forms.flatMap((one) => [`TOKEN=${formStub(one)}`, `"${formBlank(one)}"`]),
  };
}

/** A key without a form of its own that tells it: a vendor's name, a word for a key, then the value. */
export function named(name: string, vendors: readonly string[], form: Form, description: string): SecretKind {
  const [vendor = ''] = vendors;
  const upper = vendor.toUpperCase().replaceAll(' ', '_');
  const camel = vendor.replaceAll(/ (.)/g, (_, letter: string) => letter.toUpperCase());
  const sample = formSample(form);
  return {
    name,
    description,
    finders: [namedValue(vendors, form)],
    examples: [
      `${upper}_API_KEY=${sample}`,
      `"${camel}Token": "${sample}"`,
      `<${camel}Secret>\n    ${sample}\n</${camel}Secret>`,
      `${vendor} api key: ${sample}`,
    ],
    nearMisses: [
      `${upper}_API_KEY=<your-api-key>`,
      `${upper}_API_KEY=${formBlank(form)}`,
      `${camel}Token = ${formStub(form)}`,
      `checksum ${sample}`,
    ],
  };
}

/** A value of a form behind a vendor's name and a word for a key. */
export function namedValue(vendors: readonly string[], form: Form): SecretKind['finders'][number] {
  const name = `${vendorPattern(vendors)}${NAME_REST}${KEY_WORD}`;
  return pattern(`(?i)${name}${ASSIGN}(?P<mask>${formPattern(form)})${CLOSED}`, {
    validator: 'namedValue',
    minEntropy: LEAST_ENTROPY,
    confidence: 0.85,
  });
}

/** A key of whatever form that is named as one of several vendors'. */
export function namedAsOneOf(name: string, vendors: readonly string[], description: string): SecretKind {
  const [first = '', second = ''] = vendors;
  const sample = formSample(ANY_VALUE);
  return {
    name,
    description,
    finders: [
      pattern(
        `(?i)${vendorPattern(vendors)}${NAME_REST}[ _.-]?(?:key|token|secret|password)[a-z0-9_.-]*${ASSIGN}` +
          `(?P<mask>${formPattern(ANY_VALUE)})${CLOSED}`,
        {validator: 'assignedSecret', confidence: 0.8},
      ),
    ],
    examples: [`${first.toUpperCase()}_API_KEY=${sample}`, `"${second}Token": "${sample}"`],
    nearMisses: [`${first.toUpperCase()}_API_KEY=<your key>`, `${second}_token = settings.${second}_token_2_default`],
  };
}

const ANY_VALUE = '{e20,}';

/** A short name has to begin a word: it stands inside too many others. */
function vendorPattern(vendors: readonly string[]): string {
  const long = vendors.filter((vendor) => vendor.length >= 5).map(spelled);
  const short = vendors.filter((vendor) => vendor.length < 5).map(spelled);
  const branches = [...long, ...(short.length === 0 ? [] : [`\\b(?:${short.join('|')})`])];
  return `(?:${branches.join('|')})`;
}

function spelled(vendor: string): string {
  return vendor.replaceAll('.', '\\.').replaceAll(' ', '[ _.-]?');
}
