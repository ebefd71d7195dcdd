/** A repository address fit to be shown: without user, password or query. */
export function redactUrl(address: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return address;
  try {
    const url = new URL(address);
    // The user of an ssh address is part of where it leads (git@…) and no secret.
    if (url.protocol !== 'ssh:') url.username = '';
    url.password = '';
    url.search = '';
    url.hash = '';
    return url.href;
  } catch {
    return `${address.slice(0, address.indexOf('://'))}://[unreadable address]`;
  }
}

/** Git's own words, without the credentials of any address in them. */
export function redactText(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/'"@]*@/gi, '$1');
}
