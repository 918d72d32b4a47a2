// Which stored symbols serve whom: names of an account's programs come into no report, answer or index of another account.

/** The accounts that have a file; null, or none: it is everybody's, as what upstream servers gave. */
export type Owners = readonly string[] | null;

/** Who wants symbols: the account of a report, those of a person; null: whoever may see everything. */
export type Users = readonly string[] | null;

/** Whether any of these accounts may use a file. */
export function isUsable(owners: Owners, users: Users): boolean {
  return users === null || isEverybodys(owners) || owners.some((owner) => users.includes(owner));
}

/**
 * Whether a file may go into the index of another one of its build: whoever may use the other must be one who has this one, too, since an
 * index is read whole.
 */
export function mayJoin(owners: Owners, others: Owners): boolean {
  if (isEverybodys(owners)) return true;
  return !isEverybodys(others) && others.every((other) => owners.includes(other));
}

/** Whether files have the same users, and so one index. */
export function haveSameUsers(one: Owners, other: Owners): boolean {
  return mayJoin(one, other) && mayJoin(other, one);
}

function isEverybodys(owners: Owners): owners is null | readonly [] {
  return owners === null || owners.length === 0;
}
