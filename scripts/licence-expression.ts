// Whether a licence expression (SPDX, annex D: AND binds more than OR, brackets group) can be met with licences that are allowed.

/** Of what stands with AND each must be allowed, of what stands with OR one. What cannot be read is not allowed; nor is a licence with an exception. */
export function isLicenceAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const either = (): boolean => {
    let met = both();
    while (words[at] === 'OR') {
      at += 1;
      const other = both();
      met ||= other;
    }
    return met;
  };
  const both = (): boolean => {
    let met = one();
    while (words[at] === 'AND') {
      at += 1;
      const other = one();
      met &&= other;
    }
    return met;
  };
  const one = (): boolean => {
    const word = words[at];
    at += 1;
    if (word !== '(') return word !== undefined && allowed.has(word);
    const met = either();
    const isClosed = words[at] === ')';
    at += 1;
    return met && isClosed;
  };
  const met = either();
  return met && at === words.length;
}
