/** Whether a text can be a secret at all, rather than a name, a version or a stand-in for one. */
export const SECRET_VALIDATORS = {
  mixed: (text: string) => /[0-9]/.test(text) && /[A-Za-z]/.test(text),
  notPlaceholder: (text: string) => !isPlaceholder(text),
  passwordValue: isPassword,
  secretValue: isSecret,
};

const PLACEHOLDER =
  /^[$%<{[#]|\$\{|\{\{|^(.)\1*$|^[xX*.]{3,}|\*{4,}|[xX]{6,}|^(?:your|my|the|some|change|insert|replace|enter|todo|dummy|placeholder|none|null|undefined|true|false|redacted|pass(?:word|wd)?$|secret$|token$)|(?:^|[_-])(?:here|placeholder)$|process\.env|os\.environ|getenv/i;

function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text);
}

/** Letters and digits mixed as no identifier, path, version or date is. */
function isSecret(text: string): boolean {
  if (isPlaceholder(text) || !/[0-9]/.test(text) || !/[A-Za-z]/.test(text)) return false;
  // A member expression or file name: words joined by dots, each with at most a number behind it.
  if (/^[A-Za-z_]+[0-9]{0,3}(?:[./-][A-Za-z_]+[0-9]{0,3})*$/.test(text)) return false;
  return !/^(?:v?[0-9]+\.[0-9]+\.|[0-9]{4}-[0-9]{2}-|https?:|\.{0,2}\/)/.test(text);
}

function isPassword(text: string): boolean {
  if (isPlaceholder(text) || /^[\^~<>=v]*[0-9]+(?:\.[0-9x*]+)+/.test(text)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9_.]/].filter((kind) => kind.test(text)).length;
  return (
    kinds >= 2 && /[0-9!@#$%^*?-]/.test(text) && !/^[A-Za-z_]+(?:[.:][A-Za-z_]+)+$|^[a-z]+(?:-[a-z]+)+$/.test(text)
  );
}
