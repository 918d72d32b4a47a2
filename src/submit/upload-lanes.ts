// Bounds how many large bodies are taken in at full speed at once. Each costs memory beyond its bytes (a decoder, a
// compressor, buffers of the system), and a disk gets no faster from more of them. Small reports never wait here.

/** One large body. */
export interface LaneMember {
  /** Bytes that came from the client so far. */
  readonly rawBytes: number;
  /** Whether the client is what holds it up, rather than the server. */
  readonly waitsForClient: boolean;
}

/** Less than this in a second is slow: a body that trickles uses up no lane, or a few of them would block all others. */
const SLOW_BYTES_PER_SECOND = 256 * 1024;

/**
 * A body is outside → (waiting →) in a lane → outside. It gives its lane up when it ends, and loses it when it turns out
 * to be slow; then it goes on without one.
 */
export class UploadLanes {
  readonly #lanes: number;
  /** The bodies in a lane, with their bytes at the last look. */
  readonly #inLane = new Map<LaneMember, number>();
  readonly #waiting = new Map<LaneMember, () => void>();
  #lookedAt = performance.now();

  constructor(lanes: number) {
    this.#lanes = lanes;
  }

  /** Takes a lane; a promise means that there was none: go on when it resolves. */
  enter(member: LaneMember): Promise<void> | undefined {
    if (this.#inLane.size < this.#lanes) {
      this.#inLane.set(member, 0);
      return undefined;
    }
    return new Promise((resolve) => {
      this.#waiting.set(member, resolve);
    });
  }

  /** To be called when a body ends, however it ends, also where it never entered. */
  leave(member: LaneMember): void {
    this.#waiting.delete(member);
    if (this.#inLane.delete(member)) this.#admit();
  }

  /** Takes the lanes of those that trickle. `now` is in milliseconds. */
  sweep(now: number): void {
    const seconds = (now - this.#lookedAt) / 1000;
    this.#lookedAt = now;
    for (const [member, before] of this.#inLane) {
      const slow = member.rawBytes - before < SLOW_BYTES_PER_SECOND * seconds;
      if (before > 0 && slow && member.waitsForClient) this.#inLane.delete(member);
      else this.#inLane.set(member, member.rawBytes);
    }
    this.#admit();
  }

  #admit(): void {
    for (const [member, go] of this.#waiting) {
      if (this.#inLane.size >= this.#lanes) return;
      this.#waiting.delete(member);
      this.#inLane.set(member, 0);
      go();
    }
  }
}
