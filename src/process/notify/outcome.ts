// What became of one attempt to deliver.

export type Outcome =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'failed';
      /** One line for the delivery log. */
      readonly error: string;
      /** `receiver`: nothing else would arrive there now either, so the rest waits without an attempt. */
      readonly scope: 'message' | 'receiver';
      /** When the receiver asked to be tried again, in milliseconds; null: it did not say. */
      readonly retryAfterMs: number | null;
      /** The receiver never wants this message again. */
      readonly final: boolean;
    };

/** A failure with what most failures have. */
export function failed(
  error: string,
  more: Partial<Omit<Extract<Outcome, { kind: 'failed' }>, 'kind' | 'error'>> = {},
): Outcome {
  return { kind: 'failed', error, scope: 'receiver', retryAfterMs: null, final: false, ...more };
}
