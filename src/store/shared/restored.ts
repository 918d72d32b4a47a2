// What a restore says of itself to the store that it made.

export interface RestoredHead {
  /** The backup, as it was named. */
  readonly backup: string;
  /** When it was made, ISO 8601. */
  readonly of: string;
  /** When it was restored, milliseconds since 1970. */
  readonly at: number;
  /** The user of the system, and the machine; empty: unknown. */
  readonly user: string;
  readonly host: string;
}
