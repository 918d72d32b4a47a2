// What lines of the audit log say of rights that were given, taken or promised, and of tokens: numbers and names that people chose.
import type { Context } from 'hono';
import type { AuditDetail } from '../../store/audit.ts';
import type { Grantee } from '../../store/accounts.ts';
import type { ApiToken } from '../../store/people.ts';
import { addToAudit } from '../auth/audit-note.ts';
import type { Invitation } from '../auth/one-time-link.ts';
import type { ReportsContext } from '../reports-context.ts';

/** "everybody", "user 3", "team 4". */
export function granteeNote(to: Grantee): string {
  return to.kind === 'everybody' ? to.kind : `${to.kind} ${to.id}`;
}

/** A right that is about to go: its number alone says nothing afterwards. */
export async function noteGrant(
  { c, context }: { readonly c: Context; readonly context: ReportsContext },
  account: string,
  id: number,
): Promise<void> {
  const grant = (await context.store.accounts.grants(account)).find((each) => each.id === id);
  if (grant === undefined) return;
  const { to, product, role, seesProtected, seesDumps } = grant;
  const right = { role, seesProtected, seesDumps };
  addToAudit(c, { detail: { to: granteeNote(to), ...(product !== null && { product }), ...right } });
}

/** What an invitation leads to, without the address. */
export function noteInvitation(c: Context, { account, isAdmin, right, team }: Invitation): void {
  addToAudit(c, { detail: { account, isAdmin, ...right, ...(team !== null && { team }) } });
}

/** Products of a token that a line names. */
const MAX_NAMED = 5;

/** A token that was made. */
export function noteToken(c: Context, { id, scopes, products }: ApiToken): void {
  const names = products?.slice(0, MAX_NAMED).map(({ account, product }) => `${account}/${product}`);
  const more = (products?.length ?? 0) - MAX_NAMED;
  const detail: AuditDetail = {
    token: id,
    scopes: scopes.join(' '),
    ...(names !== undefined && { products: names.join(', ') + (more > 0 ? ` and ${more} more` : '') }),
  };
  addToAudit(c, { detail });
}
