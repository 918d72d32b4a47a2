// Whether a report that came now would be kept.
import type { IntakeStore } from '../intake.ts';
import type { StoreHealth } from '../store.ts';
import { asStorageError } from './disk/storage-error.ts';

/** Never throws. */
export async function healthOf(intake: Pick<IntakeStore, 'admission' | 'check'>): Promise<StoreHealth> {
  const { full, reason } = intake.admission();
  if (full) return { state: 'full', reason };
  try {
    await intake.check();
    return { state: 'ok', reason: null };
  } catch (error) {
    const failure = asStorageError(error, 'store a report');
    return { state: failure.reason === 'full' ? 'full' : 'failing', reason: failure.message };
  }
}
