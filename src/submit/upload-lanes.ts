// Bounds how many large bodies are taken in at full speed at once. Each costs memory beyond its bytes (a decoder, a
// compressor, buffers of the system), and a disk gets no faster from more of them. Small reports never wait here.

import { Refused } from '../base/refusal.ts';

/** One large body. */
export interface LaneMember {
  /** Bytes that came from the client so far. */
  readonly rawBytes: number;
  /** Whether the client is what holds it up, rather than the server. */
  readonly waitsForClient: boolean;
  /** For how long the client has been waited for, in milliseconds; 0 while it is the client that waits. */
  idleMs(now: number): number;
  /** Ends it. */
  abort(error: Refused): void;
}

/** Less than this in a second is slow: a body that trickles uses up no lane, or a few of them would block all others. */
const SLOW_BYTES_PER_SECOND = 256 * 1024;
/**
 * Where others wait, a body whose client has sent nothing for so long gives its lane to one that has bytes to be taken in. A client on
 * a slow line loses nothing by it: it goes on without a lane.
 */
const IDLE_MS = 8;

/**
 * A body of which so much has come is a long one: where others wait, it lets those pass that may be done soon, and goes on when there is
 * a lane again. What clients announce is not asked: many announce nothing.
 */
const LONG_BYTES = 2 * 1024 * 1024;
/** This part of the lanes stays with long bodies, which would otherwise never end while short ones keep coming. */
const PART_FOR_LONG = 4;

/** Time comes in. */
export interface LaneClock {
  /** Milliseconds from any origin. */
  readonly now: () => number;
  readonly after: (ms: number, call: () => void) => void;
}

const REAL_CLOCK: LaneClock = {
  now: () => performance.now(),
  after: (ms, call) => void setTimeout(call, ms).unref(),
};

/**
 * A body is outside → (waiting →) in a lane → outside. It gives its lane up when it ends, and loses it when it turns out
 * to be slow, or idle while others wait; then it goes on without one. A long one that has to let others pass is sent back: with its next
 * bytes it waits again.
 */
export class UploadLanes {
  readonly #lanes: number;
  readonly #clock: LaneClock;
  /** The bodies in a lane, with their bytes at the last look. */
  readonly #inLane = new Map<LaneMember, number>();
  readonly #waiting = new Map<LaneMember, () => void>();
  readonly #sentBack = new Set<LaneMember>();
  /** All large bodies under way, with their bytes at the last look. */
  readonly #large = new Map<LaneMember, number>();
  readonly #maxSlow: number;
  #lookedAt: number;
  #willRelieve = false;

  /** More than `maxSlow` bodies that trickle outside of the lanes are too many: each holds what it has sent of a form's texts. */
  constructor(lanes: number, clock: LaneClock = REAL_CLOCK, maxSlow: number = Number.POSITIVE_INFINITY) {
    this.#lanes = lanes;
    this.#maxSlow = maxSlow;
    this.#clock = clock;
    this.#lookedAt = clock.now();
  }

  /** Takes a lane; a promise means that there was none: go on when it resolves. */
  enter(member: LaneMember): Promise<void> | undefined {
    this.#large.set(member, member.rawBytes);
    if (this.#inLane.size >= this.#lanes) this.#takeFromIdle(1);
    if (this.#inLane.size >= this.#lanes && !isLong(member)) this.#sendBack();
    if (this.#inLane.size < this.#lanes) {
      this.#inLane.set(member, 0);
      return undefined;
    }
    this.#relieveSoon();
    return new Promise((resolve) => {
      this.#waiting.set(member, resolve);
    });
  }

  /** Whether a body has to enter again before it goes on; to be asked with each of its pieces. */
  wasSentBack(member: LaneMember): boolean {
    return this.#sentBack.size > 0 && this.#sentBack.delete(member);
  }

  /** Takes the lane of a body that has to wait for something else; with its next bytes it waits for one again. */
  giveUp(member: LaneMember): void {
    if (!this.#inLane.delete(member)) return;
    this.#sentBack.add(member);
    this.#admit();
  }

  /** To be called when a body ends, however it ends, also where it never entered. */
  leave(member: LaneMember): void {
    this.#large.delete(member);
    this.#waiting.delete(member);
    this.#sentBack.delete(member);
    if (this.#inLane.delete(member)) this.#admit();
  }

  /** Takes the lanes of those that trickle, and ends the slowest of those that are too many. `now` is in milliseconds. */
  sweep(now: number): void {
    const seconds = (now - this.#lookedAt) / 1000;
    this.#lookedAt = now;
    for (const [member, before] of this.#inLane) {
      const slow = member.rawBytes - before < SLOW_BYTES_PER_SECOND * seconds;
      if (before > 0 && slow && member.waitsForClient) this.#inLane.delete(member);
      else this.#inLane.set(member, member.rawBytes);
    }
    this.#endSlowest(SLOW_BYTES_PER_SECOND * seconds);
    this.#admit();
  }

  /** Clients on a slow line go on while an attack that sends next to nothing is ended: those that came least far go first. */
  #endSlowest(expected: number): void {
    const slow: { readonly member: LaneMember; readonly came: number }[] = [];
    for (const [member, before] of this.#large) {
      const came = member.rawBytes - before;
      this.#large.set(member, member.rawBytes);
      const isOutside = !this.#inLane.has(member) && !this.#waiting.has(member);
      if (isOutside && member.waitsForClient && came < expected) slow.push({ member, came });
    }
    if (slow.length <= this.#maxSlow) return;
    slow.sort((a, b) => a.came - b.came);
    for (const { member } of slow.slice(0, slow.length - this.#maxSlow))
      member.abort(new Refused('too_many_slow', `${slow.length} large bodies trickle in at once`));
  }

  #admit(): void {
    while (this.#inLane.size < this.#lanes) {
      const next = this.#nextWaiting();
      if (next === null) return;
      const [member, go] = next;
      this.#waiting.delete(member);
      this.#inLane.set(member, 0);
      go();
    }
  }

  /** Who waits longest of those that may be done soon, or of the long ones where they have less than their part. */
  #nextWaiting(): readonly [LaneMember, () => void] | null {
    const long = this.#longInLane() < this.#lanes / PART_FOR_LONG;
    let other: readonly [LaneMember, () => void] | null = null;
    for (const waiting of this.#waiting) {
      if (isLong(waiting[0]) === long) return waiting;
      other ??= waiting;
    }
    return other;
  }

  #longInLane(): number {
    let count = 0;
    for (const member of this.#inLane.keys()) if (isLong(member)) count += 1;
    return count;
  }

  /** Takes a lane from a long body, the one that has had it longest. */
  #sendBack(): void {
    if (this.#longInLane() <= this.#lanes / PART_FOR_LONG) return;
    for (const member of this.#inLane.keys()) {
      if (!isLong(member)) continue;
      this.#inLane.delete(member);
      this.#sentBack.add(member);
      return;
    }
  }

  #takeFromIdle(wanted: number): void {
    const now = this.#clock.now();
    let left = wanted;
    for (const member of this.#inLane.keys()) {
      if (left === 0) return;
      if (member.idleMs(now) < IDLE_MS) continue;
      this.#inLane.delete(member);
      left -= 1;
    }
  }

  /** While bodies wait, those in the lanes are looked at again before long. */
  #relieveSoon(): void {
    if (this.#willRelieve) return;
    this.#willRelieve = true;
    this.#clock.after(IDLE_MS, () => {
      this.#willRelieve = false;
      this.#takeFromIdle(this.#waiting.size);
      this.#admit();
      if (this.#waiting.size > 0) this.#relieveSoon();
    });
  }
}

function isLong({ rawBytes }: LaneMember): boolean {
  return rawBytes >= LONG_BYTES;
}
