// Installations affected: distinct by case, bug and product. Each is counted with the crashes that name it, so that it can be taken
// back.
import type { Owner } from './case-series.ts';
import type { Ledger } from './ledger.ts';

/** Beyond so many the number of a bug's or product's installations stands still: clients choose the names. */
const MAX_OF_BUG = 100_000;
/** Seldom ones make room before (`embedded/write/product-installations.ts`). */
export const MAX_OF_PRODUCT = 500_000;

/** Counts an installation. False: there are too many, and this one was left out. */
export async function addInstallation(
  { bugs, sums }: Ledger,
  owner: Owner,
  installation: Uint8Array,
  day: number,
): Promise<boolean> {
  const { bugId, caseId, productId } = owner;
  const { installations } = await bugs.require(bugId);
  const isKnown = (await sums.installationCount('bug', bugId, installation)) > 0;
  if (!isKnown && installations >= MAX_OF_BUG) return false;
  // A product may have forgotten what its bug still knows.
  const isNew = (await sums.installationCount('product', productId, installation)) === 0;
  if (isNew && (await sums.installationsOfProduct(productId)) >= MAX_OF_PRODUCT) return false;
  sums.addInstallation('case', caseId, installation, 1, day);
  sums.addInstallation('bug', bugId, installation, 1, day);
  sums.addInstallation('product', productId, installation, 1, day);
  if (!isKnown) await bugs.change(bugId, { installations: installations + 1 });
  if (isNew) sums.countInstallationOfProduct(productId, 1);
  return true;
}

/** Takes one back. */
export async function subtractInstallation(
  { bugs, sums }: Ledger,
  { bugId, caseId, productId }: Owner,
  installation: Uint8Array,
): Promise<void> {
  sums.addInstallation('case', caseId, installation, -1, 0);
  const inBug = await sums.installationCount('bug', bugId, installation);
  sums.addInstallation('bug', bugId, installation, -1, 0);
  if (inBug === 1) {
    const { installations } = await bugs.require(bugId);
    await bugs.change(bugId, { installations: installations - 1 });
  }
  const inProduct = await sums.installationCount('product', productId, installation);
  if (inProduct > 0) sums.addInstallation('product', productId, installation, -1, 0);
  if (inProduct === 1) sums.countInstallationOfProduct(productId, -1);
}
