// Store contract: release health, counted from sessions.

/** The sessions of one day, release and environment. */
export interface SessionDay {
  /** `yyyy-mm-dd` (UTC), the day on which the sessions began. */
  readonly day: string;
  readonly release: string;
  readonly environment: string;
  /** All sessions; the others are parts of it, and each session is in one of them at most. */
  readonly sessions: number;
  readonly errored: number;
  readonly unhandled: number;
  readonly abnormal: number;
  readonly crashed: number;
  /** Distinct users, and those with a crashed session. */
  readonly users: number;
  readonly crashedUsers: number;
}

export interface SessionStore {
  /** Newest day first; at most `limit` rows. */
  days(options: {
    readonly account: string;
    readonly product: string;
    /** `yyyy-mm-dd`. */
    readonly since: string;
    readonly limit: number;
  }): Promise<readonly SessionDay[]>;
}

/** For so long a session may change; afterwards it is only counted. */
export const SESSION_LIFE_DAYS = 5;
