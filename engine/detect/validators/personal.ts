/** Numbers that were given to persons. */
export const PERSONAL_VALIDATORS = {
  nino: (text: string) => !/^(?:BG|GB|NK|KN|TN|NT|ZZ)/.test(text),
  phone: isPhone,
  ssn: isSsn,
};

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
