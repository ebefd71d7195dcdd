/** Request headers as Node gives them: lower-case names. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Headers that every dialect passes on. Everything else stays: above all keys, cookies, `baggage`, and what chooses
 * an account (`openai-organization`, `openai-project`), for the account is the provider's own credential.
 */
export const COMMON_HEADERS = [
  'accept',
  'content-type',
  'user-agent',
  ...[
    'arch',
    'async',
    'helper-method',
    'lang',
    'os',
    'package-version',
    'read-timeout',
    'retry-count',
    'runtime',
    'runtime-version',
    'timeout',
  ].map((name) => `x-stainless-${name}`),
] as const;

/** The caller's key: SDKs put it into one of these, whatever the provider. */
export function callerToken(headers: RequestHeaders): string | undefined {
  const bearer = /^bearer\s+(\S+)\s*$/i.exec(single(headers['authorization']) ?? '');
  return bearer?.[1] ?? single(headers['x-api-key']) ?? single(headers['api-key']);
}

/** A header given twice names nobody. */
function single(value: string | string[] | undefined): string | undefined {
  const one = typeof value === 'string' ? value : value?.length === 1 ? value[0] : undefined;
  return one === '' ? undefined : one;
}
