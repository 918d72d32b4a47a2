// Versions and platforms by number. Clients choose them, so their number is bounded for each product.
import type { Ledger } from './ledger.ts';
import type { LabelKind } from './rows.ts';

/** Of one product. Beyond it new ones have no name until some were folded (fold-labels.ts). */
export const MAX_LABELS = { version: 1000, platform: 50 };

/** The number of no label, and of all labels beyond the bound. */
export const NO_LABEL = 0;

/** A version or platform by number. */
export interface Label {
  readonly id: number;
  readonly firstSeenAt: number;
}

/** Finds or makes the label of a name that was seen at `at`. */
export async function labelOf(
  ledger: Ledger,
  productId: number,
  what: LabelKind,
  { name, at }: { readonly name: string | null; readonly at: number },
): Promise<Label> {
  if (name === null) return { id: NO_LABEL, firstSeenAt: at };
  const known = await ledger.labels.find(productId, what, name);
  if (known !== null) return at >= known.firstSeenAt ? known : ledger.labels.seenAt(known.id, at);
  if ((await ledger.labels.count(productId, what)) >= MAX_LABELS[what]) {
    return { id: NO_LABEL, firstSeenAt: at };
  }
  const id = await ledger.nextId('labels');
  return ledger.labels.add({ id, productId, what, name, firstSeenAt: at });
}
