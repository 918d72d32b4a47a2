// The names that are secret for a product: the general list and its own, compiled once for each list.
import { SecretNames } from './secret-names.ts';

const MAX_LISTS = 200;
const known = new Map<string, SecretNames>();

/** Names by a product's own list. */
export function namesOfProduct(privateKeys: readonly string[]): SecretNames {
  const key = JSON.stringify(privateKeys);
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= MAX_LISTS) known.clear();
  const names = new SecretNames(privateKeys);
  known.set(key, names);
  return names;
}
