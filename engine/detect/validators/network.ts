/** Addresses of mailboxes and machines, and what only looks like them. */
export const NETWORK_VALIDATORS = {
  email: isEmail,
  ipv4: (text: string) => !/^(?:127\.|0\.0\.0\.0$|255\.255\.255\.255$)/.test(text),
  ipv6: isIpv6,
  mac: (text: string) => !/^(?:00.){5}00$|^(?:ff.){5}ff$/i.test(text),
};

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
