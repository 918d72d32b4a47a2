// Rights as forms and the API give them, and in words.
import { ROLES } from '../../store/rights.ts';
import type { ProductRight, Role } from '../../store/rights.ts';

export const ROLE_WORDS = {
  read: 'reads',
  triage: 'reads and changes bugs',
  admin: 'administers',
} as const satisfies Readonly<Record<Role, string>>;

/** "triage, protected data, dumps". */
export function rightWords(right: ProductRight | null): string {
  if (right === null) return 'nothing';
  const { role, seesProtected, seesDumps } = right;
  return [role, ...(seesProtected ? ['protected data'] : []), ...(seesDumps ? ['dumps'] : [])].join(', ');
}

/** A role; `write` is what `triage` was called before. */
export function readRole(value: unknown): Role | null {
  return ROLES.find((role) => role === (value === 'write' ? 'triage' : value)) ?? null;
}

/** The name of an account or a team: text that fits into an address. */
export function isAccountName(name: string): boolean {
  return (
    name.trim() === name &&
    name !== '' &&
    name.length <= 100 &&
    !/^\.{1,2}$|[\u0000-\u001f\u007f/\\]/.test(name)
  );
}
