import {checkDetectors, detectorMembers} from './check-detectors.ts';
import {checkExcept} from './check-finds.ts';
import {type Draft, textAt} from './draft.ts';
import type {Problem} from './problem.ts';
import type {Kind} from './schema/index.ts';
import {isLoopbackUrl} from './schema/traffic.ts';
import {unknownNames} from './unknown-names.ts';
import {nodesAt, offsetAt} from './yaml-node.ts';

/** Names that lead nowhere, and documents that contradict each other. */
export function checkReferences(drafts: readonly Draft[]): Problem[] {
  const namesOf = (kind: Kind) => new Set(drafts.filter((draft) => draft.kind === kind).map((draft) => draft.name));
  const providers = namesOf('Provider');
  const members = detectorMembers(drafts);
  const detectors = new Set(members.keys());
  const externals = new Set(drafts.filter(isExternal).map(({name}) => name));
  const rules = new Set(drafts.flatMap(ruleNames));
  const problems = drafts.flatMap((draft) => {
    switch (draft.kind) {
      case 'Policy':
        return [
          ...unknownNames(draft, ['spec', 'applies', 'providers', '*'], 'Provider', providers),
          ...unknownNames(draft, ['spec', 'rules', '*', 'find', 'detectors', '*'], 'detector', detectors),
          ...unknownNames(draft, ['spec', 'rules', '*', 'find', 'except', '*'], 'detector', detectors),
          ...checkExcept(draft, members),
        ];
      case 'PolicyTest':
        return [
          ...unknownNames(draft, ['spec', 'cases', '*', 'given', 'provider'], 'Provider', providers),
          ...unknownNames(draft, ['spec', 'cases', '*', 'expect', 'rules', '*'], 'rule', rules),
          ...unknownNames(draft, ['spec', 'cases', '*', 'expect', 'shadow', '*'], 'rule', rules),
          ...unknownNames(
            draft,
            ['spec', 'cases', '*', 'given', 'analyzed', '*', 'detector'],
            'external detector',
            externals,
          ),
          ...checkCases(draft),
        ];
      case 'Provider':
        return checkProvider(draft);
      case 'IdentityProvider':
        return checkIdentityProvider(draft);
      default:
        return [];
    }
  });
  return [...problems, ...checkDetectors(drafts, members)];
}

/** Values that only one document may have. */
export function checkConflicts(drafts: readonly Draft[]): Problem[] {
  return [
    ...shared(drafts, 'ApiKey', ['spec', 'hash'], 'this hash', 'make a key of its own for each caller'),
    ...shared(drafts, 'IdentityProvider', ['spec', 'issuer'], 'this issuer', 'list all audiences in one document'),
    ...defaultProviders(drafts),
  ];
}

function isExternal({kind, root}: Draft): boolean {
  return kind === 'Detector' && nodesAt(root, ['spec', 'external']).length > 0;
}

function ruleNames(draft: Draft): string[] {
  if (draft.kind !== 'Policy') return [];
  return nodesAt(draft.root, ['spec', 'rules', '*', 'name']).flatMap(({node}) =>
    node.kind === 'scalar' ? [`${draft.name}/${String(node.value)}`] : [],
  );
}

/** First parts of the paths that SDKs ask for without a provider's name in front. */
const BARE_PATHS: ReadonlySet<string> = new Set(
  'api chat completions embeddings messages model models responses v1 v1beta v1beta1 v2'.split(' '),
);

function checkProvider(draft: Draft): Problem[] {
  return [...checkProviderName(draft), ...checkCredentialTransport(draft)];
}

function checkProviderName(draft: Draft): Problem[] {
  if (!BARE_PATHS.has(draft.name)) return [];
  const message = `"/${draft.name}/…" is a path of the providers' own, which this name would take over; choose another`;
  return [draft.source.problem(offsetAt(draft.root, ['metadata', 'name']), 'conflict', message)];
}

function checkCredentialTransport(draft: Draft): Problem[] {
  const url = textAt(draft.root, ['spec', 'baseUrl']);
  const credential = textAt(draft.root, ['spec', 'credential']);
  if (credential === undefined || url?.startsWith('http:') !== true || isLoopbackUrl(url)) return [];
  const message = 'a provider with a credential needs https; without it the credential would travel in the clear';
  return [draft.source.problem(offsetAt(draft.root, ['spec', 'baseUrl']), 'conflict', message)];
}

function checkIdentityProvider(draft: Draft): Problem[] {
  return [
    ['spec', 'issuer'],
    ['spec', 'jwksUri'],
  ].flatMap((path) => {
    const url = textAt(draft.root, path);
    if (url?.startsWith('http:') !== true || isLoopbackUrl(url)) return [];
    const message = 'keys of an identity provider need https; without it whoever answers could name any caller';
    return [draft.source.problem(offsetAt(draft.root, path), 'conflict', message)];
  });
}

function checkCases(draft: Draft): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const {path} of nodesAt(draft.root, ['spec', 'cases', '*'])) {
    const refuse = (field: string[], message: string) => {
      problems.push(draft.source.problem(offsetAt(draft.root, [...path, ...field]), 'conflict', message));
    };
    const name = textAt(draft.root, [...path, 'name']) ?? '';
    if (seen.has(name)) refuse(['name'], `case "${name}" stands here already; give one of them another name`);
    seen.add(name);
    const given = (field: string) => nodesAt(draft.root, [...path, 'given', field]).length > 0;
    const short = ['prompt', 'system', 'model'].filter(given);
    if (given('body') && short.length > 0) {
      refuse(['given', 'body'], `"body" is the whole request; remove ${short.join(' and ')}`);
    }
    if (!given('body') && !given('prompt')) refuse(['given'], 'a request needs "prompt" or "body"');
    for (const stated of nodesAt(draft.root, [...path, 'given', 'analyzed', '*'])) {
      const says = ['entity', 'text', 'fails'].filter((field) => nodesAt(stated.node, [field]).length > 0).join();
      if (says === 'entity,text' || says === 'fails') continue;
      const message =
        'an analyzer names a text and its entity, or it fails; give "entity" and "text", or "fails: true"';
      problems.push(draft.source.problem(stated.node.start, 'conflict', message));
    }
    const answered = nodesAt(draft.root, [...path, 'expect', 'response']).length > 0;
    if (answered && !given('response'))
      refuse(['expect', 'response'], 'needs "given.response", the text of the answer');
  }
  return problems;
}

function shared(drafts: readonly Draft[], kind: Kind, path: string[], what: string, advice: string): Problem[] {
  const seen = new Map<string, string>();
  return drafts.flatMap((draft) => {
    const value = draft.kind === kind ? textAt(draft.root, path) : undefined;
    if (value === undefined) return [];
    const first = seen.get(value);
    seen.set(value, first ?? draft.name);
    if (first === undefined) return [];
    const message = `${kind} "${first}" has ${what} already; ${advice}`;
    return [draft.source.problem(offsetAt(draft.root, path), 'conflict', message)];
  });
}

function defaultProviders(drafts: readonly Draft[]): Problem[] {
  const first = new Map<string, string>();
  return drafts.flatMap((draft) => {
    const flag = nodesAt(draft.root, ['spec', 'default'])[0]?.node;
    if (draft.kind !== 'Provider' || flag?.kind !== 'scalar' || flag.value !== true) return [];
    const dialect = textAt(draft.root, ['spec', 'dialect']) ?? '';
    const other = first.get(dialect);
    first.set(dialect, other ?? draft.name);
    if (other === undefined) return [];
    const message = `Provider "${other}" is the default of dialect ${dialect} already; a dialect has one`;
    return [draft.source.problem(flag.start, 'conflict', message)];
  });
}
