// Store contract: what people said of crashes. Protected: only people with the right see it.
import type { PersonWords } from '../report/person-words.ts';

/** One person's words as they are kept. */
export interface Feedback extends PersonWords {
  readonly id: number;
  readonly account: string;
  readonly product: string;
  readonly at: number;
  /** The report of the event; null where it is not stored (yet). */
  readonly crashId: string | null;
}

export interface FeedbackStore {
  /** Newest first. */
  ofProduct(account: string, product: string, limit: number): Promise<readonly Feedback[]>;
  ofReport(crashId: string): Promise<readonly Feedback[]>;
  /** About reports of a bug, newest first; looks through the newest words of its product. */
  ofBug(bugId: number, limit: number): Promise<readonly Feedback[]>;
}

/** So many are kept of one product; older ones go. */
export const MAX_FEEDBACK_OF_PRODUCT = 5000;
