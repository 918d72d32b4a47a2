// A disk that is full while a backup is made or restored, as a sentence for the operator.
import { isLackOfSpace } from '../disk/storage-error.ts';

/** Runs `work`; a lack of space becomes `There is no room …`. `where`: the folder that lacks it; `then`: what holds afterwards. */
export async function explainRoom<T>(where: string, then: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isLackOfSpace(error)) throw error;
    throw new Error(`There is no room left on the disk of ${where}: ${then}`, { cause: error });
  }
}
