// Whose an upload of symbols is, asked of the rights of whoever uploads.
import { ownerOfUpload } from '../../process/symbols/owner-of-upload.ts';
import { SymbolsRefused } from '../../process/symbols/symbols-refused.ts';
import type { Viewer } from '../gate/sight.ts';
import type { ReportsContext } from '../reports-context.ts';
import { isProductName } from '../view/product-change.ts';
import type { UploadTerms } from './upload-answer.ts';

/** As a client says them; empty: not at all. */
export interface NamedPlace {
  readonly product: string;
  readonly account: string;
}

type Asking = Pick<ReportsContext, 'gate' | 'store'>;

const MAX_CHOICES = 10;

/** The account of an upload, and its product. Rejects with `SymbolsRefused` (`whose`, `no_account`), which names the choices. */
export async function ownersOf(
  context: Asking,
  person: Viewer,
  named: NamedPlace,
): Promise<Pick<UploadTerms, 'product' | 'accounts'>> {
  const product = isProductName(named.product) ? named.product : null;
  const owner = await ownerOf(context, person, { ...named, product });
  if ('account' in owner) return { product, accounts: [owner.account] };
  const more = owner.choices.length > MAX_CHOICES ? ', …' : '';
  throw new SymbolsRefused(
    named.account === '' ? 'whose' : 'no_account',
    `(${owner.choices.slice(0, MAX_CHOICES).join(', ')}${more})`,
  );
}

/** The account of an upload; null: that is not clear, or they may not upload there. */
export async function ownerIfClear(
  context: Asking,
  person: Viewer,
  { product, account }: NamedPlace,
): Promise<string | null> {
  const owner = await ownerOf(context, person, { product: isProductName(product) ? product : null, account });
  return 'account' in owner ? owner.account : null;
}

/** What somebody who names nothing has to choose from; empty: it is clear. */
export async function ownerChoices(context: Asking, person: Viewer): Promise<readonly string[]> {
  const owner = await ownerOf(context, person, { product: null, account: '' });
  return 'account' in owner ? [] : owner.choices;
}

async function ownerOf(
  { gate, store }: Asking,
  person: Viewer,
  { product, account }: { readonly product: string | null; readonly account: string },
): Promise<ReturnType<typeof ownerOfUpload>> {
  const accounts = gate.symbolsOf(person).accountsOfUploads();
  const settings = gate.settingsOf(person);
  const products = (await settings.products())
    .map((each) => ({ account: each.account, product: each.name }))
    .filter((place) => settings.has('triage', place));
  // A former name is good, too.
  const called = account === '' ? null : ((await store.accounts.find(account))?.name ?? account);
  return ownerOfUpload({ accounts, products, account: called, product });
}
