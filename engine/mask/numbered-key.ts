/** How a masked key is told from earlier ones of its object that became the same. */
export function numberedKey(key: string, number: number): string {
  return number === 1 ? key : `${key} ${number}`;
}
