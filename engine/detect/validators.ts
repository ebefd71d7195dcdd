import {isBase58Check, isBech32} from './crypto-address.ts';
import {isIban} from './iban.ts';

/** Checks that a regular expression cannot make; each is given the finding's text. */
export const VALIDATORS: Readonly<Record<string, (text: string) => boolean>> = {
  abaRouting: isRoutingNumber,
  base58check: isBase58Check,
  bech32: isBech32,
  email: isEmail,
  iban: isIban,
  ipv4: (text) => !/^(?:127\.|0\.0\.0\.0$|255\.255\.255\.255$)/.test(text),
  ipv6: isIpv6,
  luhn: isLuhn,
  mac: (text) => !/^(?:00.){5}00$|^(?:ff.){5}ff$/i.test(text),
  mixed: (text) => /[0-9]/.test(text) && /[A-Za-z]/.test(text),
  nino: (text) => !/^(?:BG|GB|NK|KN|TN|NT|ZZ)/.test(text),
  notPlaceholder: (text) => !isPlaceholder(text),
  passwordValue: isPassword,
  phone: isPhone,
  secretValue: isSecret,
  ssn: isSsn,
};

function isLuhn(text: string): boolean {
  const digits = text.replaceAll(/[^0-9]/g, '');
  if (digits === '' || /^(.)\1*$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const weighted = i % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

function isRoutingNumber(text: string): boolean {
  const weights = [3, 7, 1, 3, 7, 1, 3, 7, 1];
  const sum = weights.reduce((total, weight, index) => total + weight * (text.charCodeAt(index) - 48), 0);
  return sum > 0 && sum % 10 === 0;
}

/** The areas, groups and serials that were ever given out; 9xx are ITINs with groups of their own. */
function isSsn(text: string): boolean {
  const digits = text.replaceAll(/[^0-9]/g, '');
  const area = digits.slice(0, 3);
  const group = Number(digits.slice(3, 5));
  if (area === '000' || area === '666' || group === 0 || digits.endsWith('0000')) return false;
  return !area.startsWith('9') || (group >= 50 && group !== 89 && group !== 93);
}

function isPhone(text: string): boolean {
  const digits = text.replaceAll(/[^0-9]/g, '');
  const isBalanced = text.split('(').length === text.split(')').length;
  const hasForm = digits.length >= 10 || /[ .()-]/.test(text);
  return isBalanced && hasForm && digits.length >= 8 && digits.length <= 15;
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  const groups = text.split(':').filter((group) => group !== '');
  if (halves.length > 2 || !/[0-9]/.test(text) || groups.length < 2) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

/** File names such as `icon@2x.png` and addresses of Git remotes are no mail addresses. */
function isEmail(text: string): boolean {
  const host = text.slice(text.indexOf('@') + 1).toLowerCase();
  if (/\.(?:png|jpe?g|gif|svg|webp|css|js|mjs|cjs|ts|tsx|jsx|json|html?|go|py|java|lock|local)$/.test(host))
    return false;
  return !/^git@/i.test(text) && !/\.[._%+-]*@|\.\./.test(text);
}

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
