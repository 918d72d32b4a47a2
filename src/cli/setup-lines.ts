// What a start says about the first administrator.
import { createSetupLink } from '../reports/auth/one-time-link.ts';
import { StorageError } from '../store/intake.ts';
import type { Store } from '../store/store.ts';

/** Lines with the link; none where there are people already. A store that cannot write it down, as on a full disk, still serves. */
export async function setupLines(
  store: Pick<Store, 'people'>,
  reportsUrl: string,
): Promise<readonly string[]> {
  try {
    const link = await createSetupLink(store, reportsUrl);
    return link === null
      ? []
      : ['', '  Create the first administrator (this link works once):', `    ${link}`];
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return ['', `  No link for the first administrator: ${error.message}. Start again when that is mended.`];
  }
}
