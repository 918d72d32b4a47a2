// Why a tracker did not do what it was asked.

/**
 * `refused`: it surely did nothing, and the same request would be refused again. `away`: it surely did nothing, and may do it later.
 * `unknown`: it may have done it.
 */
export type FailureKind = 'refused' | 'away' | 'unknown';

export class TrackerFailure extends Error {
  readonly kind: FailureKind;
  /** When it asked to be asked again, in milliseconds; null: it did not say. */
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    { kind, retryAfterMs = null }: { readonly kind: FailureKind; readonly retryAfterMs?: number | null },
  ) {
    super(message);
    this.name = 'TrackerFailure';
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}
