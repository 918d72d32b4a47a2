// One budget for the texts that all uploads under way hold in memory: fields of forms, JSON bodies, events, and what becomes of them until
// they are committed. A byte of text is several bytes of memory (the piece as it came, the string, the row, its way to the writer thread), so
// this is what bounds the memory of the submit server beside the pieces of attachments, which are bounded where they are packed.
import { Refused } from '../base/refusal.ts';

/** So much of each upload never waits: most reports have less, and a report that is small must not stand behind large ones. */
const FREE_BYTES = 16 * 1024;
/** Who asks for more than this is large; large ones together have no more than three of four parts, so that others pass them. */
const SMALL_BYTES = 256 * 1024;
const LARGE_PARTS = 0.75;
/** Who has waited so long is told to come again. Clients give up by themselves after about a minute. */
const PATIENCE_MS = 55_000;
/** Where somebody has waited so long, uploads that hold texts and trickle are ended. */
const IMPATIENT_MS = 5000;
/** Less than this in a second is trickling, as in `UploadLanes`. */
const SLOW_BYTES_PER_SECOND = 256 * 1024;

/** The upload of an account. */
export interface TextHolder {
  /** Bytes that came from the client so far. */
  readonly rawBytes: number;
  /** Whether it is the client that is waited for. */
  readonly waitsForClient: boolean;
  /** Whether its last byte has come. */
  readonly complete: boolean;
  abort(error: Refused): void;
}

/**
 * What one upload holds. States: open → (waiting → open)* → closed. It takes all that it may come to need at once, so that it seldom waits
 * while others wait for what it holds; where all that hold something wait, the first of them goes on beyond the budget.
 */
interface Account {
  readonly holder: TextHolder;
  /** Taken from the budget. */
  granted: number;
  /** Of that, what is held. */
  held: number;
  waiting: Waiting | null;
  /** Bytes that had come at the last look; looks in a row at which next to nothing had. */
  before: number;
  slow: number;
}

interface Waiting {
  readonly account: Account;
  bytes: number;
  readonly since: number;
  /** Of all that the account waits for: two parts of one upload may. */
  readonly turn: Promise<void>;
  readonly go: () => void;
  readonly refuse: (error: Refused) => void;
}

/** The budget of one server; `now` is in milliseconds from any origin. */
export class TextBudget {
  readonly #maxBytes: number;
  readonly #now: () => number;
  readonly #accounts = new Map<TextHolder, Account>();
  #taken = 0;
  #takenByLarge = 0;
  #lookedAt: number;
  /** In the order of arrival. */
  readonly #waiting = new Set<Waiting>();

  constructor(maxBytes: number, now: () => number = () => performance.now()) {
    this.#maxBytes = maxBytes;
    this.#now = now;
    this.#lookedAt = now();
  }

  /** Bytes that are taken, for the metric. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes `bytes` for a holder, and as many as `more` that it may come to hold. A promise means that others have them: it resolves when it
   * is the holder's turn, and rejects with `too_much_text` where that takes too long.
   */
  hold(holder: TextHolder, bytes: number, more: number): void | Promise<void> {
    let account = this.#accounts.get(holder);
    if (account === undefined) {
      account = { holder, granted: 0, held: 0, waiting: null, before: holder.rawBytes, slow: 0 };
      this.#accounts.set(holder, account);
    }
    account.held += bytes;
    const lacks = account.held - account.granted;
    if (lacks <= 0) return undefined;
    if (account.held <= FREE_BYTES) {
      this.#grant(account, lacks);
      return undefined;
    }
    const wanted = lacks + more;
    if (account.waiting !== null) {
      // What it lacks holds what it waited for already.
      account.waiting.bytes = Math.max(account.waiting.bytes, wanted);
      return account.waiting.turn;
    }
    if (!this.#isBehindOthers(account, wanted) && this.#fits(account, wanted)) {
      this.#grant(account, wanted);
      return undefined;
    }
    return this.#wait(account, wanted);
  }

  /** Gives bytes back that are no longer held. */
  letGo(holder: TextHolder, bytes: number): void {
    const account = this.#accounts.get(holder);
    if (account === undefined) return;
    account.held -= Math.min(bytes, account.held);
    this.settle(holder);
  }

  /** Nothing more will be held than is: the rest goes to others. */
  settle(holder: TextHolder): void {
    const account = this.#accounts.get(holder);
    if (account === undefined || account.granted <= account.held) return;
    this.#grant(account, account.held - account.granted);
    this.#admit();
  }

  /** Gives everything back; what still waits never comes to its turn. */
  close(holder: TextHolder): void {
    const account = this.#accounts.get(holder);
    if (account === undefined) return;
    this.#accounts.delete(holder);
    if (account.waiting !== null) this.#waiting.delete(account.waiting);
    this.#grant(account, -account.granted);
    this.#admit();
  }

  /** Turns away who has waited too long, and ends uploads that trickle while others wait for what they hold. */
  sweep(): void {
    const now = this.#now();
    const seconds = (now - this.#lookedAt) / 1000;
    this.#lookedAt = now;
    let isImpatient = false;
    for (const { account, since, refuse } of this.#waiting) {
      if (now - since > IMPATIENT_MS) isImpatient = true;
      if (now - since <= PATIENCE_MS) break;
      this.#stopWaiting(account);
      refuse(new Refused('too_much_text', `no room within ${PATIENCE_MS} ms`));
    }
    for (const account of this.#accounts.values()) {
      const { holder, before, waiting, granted } = account;
      const came = holder.rawBytes - before;
      account.before = holder.rawBytes;
      const trickles = !holder.complete && holder.waitsForClient && came < SLOW_BYTES_PER_SECOND * seconds;
      account.slow = trickles && waiting === null ? account.slow + 1 : 0;
      // Who has just come to its turn may have sent nothing since the last look.
      if (isImpatient && granted > FREE_BYTES && account.slow > 1)
        holder.abort(new Refused('too_much_text', 'the upload trickles while others wait'));
    }
    this.#admit();
  }

  /** Whether those who came before are of the same size: small ones pass large ones, and nobody passes small ones. */
  #isBehindOthers(account: Account, bytes: number): boolean {
    if (isLarge(account, bytes)) return this.#waiting.size > 0;
    for (const waiting of this.#waiting) if (!isLarge(waiting.account, waiting.bytes)) return true;
    return false;
  }

  #fits(account: Account, bytes: number): boolean {
    const large = isLarge(account, bytes);
    // Of one that becomes large, everything counts among the large.
    const byLarge = this.#takenByLarge + bytes + (isLarge(account, 0) ? 0 : account.granted);
    if (
      this.#taken + bytes <= this.#maxBytes &&
      (!large || byLarge <= this.#maxBytes * LARGE_PARTS || this.#takenByLarge === 0)
    )
      return true;
    return !this.#someoneGoesOn();
  }

  /** Whether anybody who holds more than is free will give it back without help. */
  #someoneGoesOn(): boolean {
    for (const { granted, waiting } of this.#accounts.values())
      if (waiting === null && granted > FREE_BYTES) return true;
    return false;
  }

  #wait(account: Account, bytes: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { account, bytes, since: this.#now(), turn: promise, go: resolve, refuse: reject };
    account.waiting = waiting;
    this.#waiting.add(waiting);
    this.#admit();
    return promise;
  }

  #stopWaiting(account: Account): void {
    if (account.waiting !== null) this.#waiting.delete(account.waiting);
    account.waiting = null;
  }

  #admit(): void {
    let largeWaits = false;
    for (const { account, bytes, go } of this.#waiting) {
      const large = isLarge(account, bytes);
      if (large && largeWaits) continue;
      if (this.#fits(account, bytes)) {
        this.#stopWaiting(account);
        this.#grant(account, bytes);
        go();
      } else if (large) largeWaits = true;
      else return;
    }
  }

  /** Also gives back, where `bytes` are less than 0. */
  #grant(account: Account, bytes: number): void {
    const before = isLarge(account, 0) ? account.granted : 0;
    account.granted += bytes;
    this.#taken += bytes;
    this.#takenByLarge += (isLarge(account, 0) ? account.granted : 0) - before;
  }
}

function isLarge({ granted }: Account, more: number): boolean {
  return granted + more > SMALL_BYTES;
}
