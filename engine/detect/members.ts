/** What a rule may name: a detector, and the groups it is in. */
interface Named {
  name: string;
  groups: readonly string[];
}

/**
 * The detectors that each name stands for: a detector for itself, a group for all detectors in it. What is in
 * `pii.eu` is in `pii` too.
 */
export function membersByName(detectors: Iterable<Named>): Map<string, Set<string>> {
  const members = new Map<string, Set<string>>();
  const add = (name: string, member: string) => {
    const before = members.get(name);
    if (before === undefined) members.set(name, new Set([member]));
    else before.add(member);
  };
  for (const {name, groups} of detectors) {
    add(name, name);
    for (const group of groups) for (const whole of wholes(group)) add(whole, name);
  }
  return members;
}

/** A group and what it is a part of: `pii.eu`, `pii`. */
export function wholes(group: string): string[] {
  const parts = group.split('.');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
}
