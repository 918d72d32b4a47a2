// Demangles the simple names of Microsoft's compilers: paths of namespaces, classes and functions without templates or operators.

const MAX_INPUT_CHARS = 4096;
const MAX_PARTS = 64;

/** The readable path without parameters; null where the name is none of these, or not simple. */
export function demangleMicrosoft(name: string): string | null {
  if (!name.startsWith('?') || name.length > MAX_INPUT_CHARS) return null;
  const end = name.indexOf('@@');
  if (end === -1) return null;
  const special = /^\?\?([01])/.exec(name)?.[1];
  const parts = name.slice(special === undefined ? 1 : 3, end).split('@');
  if (parts.length > MAX_PARTS) return null;
  const plain: string[] = [];
  for (const part of parts) {
    if (/^\?A0x[0-9a-f]+$/.test(part)) plain.unshift("`anonymous namespace'");
    else if (/^[A-Za-z_$][\w$]*$/.test(part)) plain.unshift(part);
    else return null;
  }
  const last = plain.at(-1) ?? '';
  if (special === '0') plain.push(last);
  if (special === '1') plain.push(`~${last}`);
  return plain.join('::');
}
