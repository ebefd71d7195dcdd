/** Addresses of mailboxes and machines, and what only looks like them. */
export const NETWORK_VALIDATORS = {
  email: isEmail,
  ipv6: (text: string) => isIpv6(text) && isLong(text),
  ipv6Short: isIpv6,
  mac: (text: string) => !/^0+$|^f+$/i.test(text.replaceAll(/[^0-9a-f]/gi, '')),
};

/** File names such as `icon@2x.png` and addresses of Git remotes are no mail addresses. */
function isEmail(text: string): boolean {
  const at = text.indexOf('@');
  const host = text.slice(at + 1).toLowerCase();
  if (/\.(?:png|jpe?g|gif|svg|webp|css|js|mjs|cjs|ts|tsx|jsx|json|html?|go|py|java|lock|local)$/.test(host))
    return false;
  return !/^git@/i.test(text) && !/\.[._%+-]*@|\.\./.test(text);
}

/** RFC 4291: eight groups, or fewer around one `::`; the last two may be an IPv4 address. */
function isIpv6(text: string): boolean {
  const address = text.replace(/[%/].*$/s, '');
  const halves = address.split('::');
  const groups = address.split(':').filter((group) => group !== '');
  const count = groups.length + (address.includes('.') ? 1 : 0);
  if (halves.length > 2 || groups.length === 0 || groups.slice(0, -1).some((group) => group.includes('.')))
    return false;
  const hasLooseEnd = /^:[^:]|[^:]:$/.test(address);
  const prefix = Number(/\/(\d+)$/.exec(text)?.[1] ?? 0);
  return !hasLooseEnd && prefix <= 128 && (halves.length === 2 ? count < 8 : count === 8);
}

/** Whether it is no slice (`[1::2]`) or qualified name (`abc::f12`) of a program. */
function isLong(text: string): boolean {
  const groups = text.split(/[:%/]/).filter((group) => group !== '');
  if (groups.length >= 5 || /\d\.\d/.test(text)) return true;
  return /[0-9]/.test(groups[0] ?? '') && groups.some((group) => group.length >= 3);
}
