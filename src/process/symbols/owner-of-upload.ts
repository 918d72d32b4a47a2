// Whose an upload of symbols is: always one account's, and never everybody's whom the uploader happens to belong to. Pure.
import { TEST_ACCOUNT } from '../../store/accounts.ts';
import type { ProductName } from '../../store/reports.ts';

/** What decides. */
export interface UploadPlaces {
  /** The accounts in which they may upload. */
  readonly accounts: readonly string[];
  /** The products of these with which they may do so. */
  readonly products: readonly ProductName[];
  /** What the upload names; null: nothing. */
  readonly account: string | null;
  readonly product: string | null;
}

/**
 * The account that the upload names; else the one that has the product it names; else the only one that could be meant, as in an
 * installation of one account: not `test` beside another one, and none without products beside one that has some. Where that leaves
 * several, or the account is none of theirs, all that may be named.
 */
export function ownerOfUpload({
  accounts,
  products,
  account,
  product,
}: UploadPlaces): { readonly account: string } | { readonly choices: readonly string[] } {
  if (account !== null) return accounts.includes(account) ? { account } : { choices: accounts };
  const having = accounts.filter((each) =>
    products.some((one) => one.account === each && one.product === product),
  );
  const meant = having.length > 0 ? having : likely(accounts, products);
  const [only] = meant;
  return only !== undefined && meant.length === 1 ? { account: only } : { choices: meant };
}

function likely(accounts: readonly string[], products: readonly ProductName[]): readonly string[] {
  const ofPeople = orAll(accounts, (account) => account !== TEST_ACCOUNT);
  return orAll(ofPeople, (account) => products.some((one) => one.account === account));
}

/** Those that pass; all of them where none does. */
function orAll(accounts: readonly string[], passes: (account: string) => boolean): readonly string[] {
  const passing = accounts.filter(passes);
  return passing.length > 0 ? passing : accounts;
}
