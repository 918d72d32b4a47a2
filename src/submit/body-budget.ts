// What a body may cost beside its bytes: pieces, and time of the processor. Bytes are cheap, but a body can be made so that each
// of them is work: chunks of one byte, text that is a delimiter but for its last letter. Limits lie far above what clients need.
import { Refused } from '../base/refusal.ts';

/** A network delivers pieces of about a thousand bytes; smaller ones are allowed to this number and to one for so many bytes. */
const FREE_PIECES = 16_384;
const BYTES_PER_PIECE = 128;
/** Reading a megabyte takes a few milliseconds of this thread. */
const FREE_CPU_MS = 1000;
const CPU_MS_PER_MEBIBYTE = 100;
const MEBIBYTE = 1024 * 1024;
/** Small pieces are measured together, since measuring costs time as well. */
const MEASURED_BYTES = 32 * 1024;
const MEASURED_PIECES = 64;

/** Processor time of the calling thread in milliseconds. */
export type CpuClock = () => number;

/** The clock of this thread. */
export const threadCpuMs: CpuClock = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** Keeps the accounts of one body. */
export class BodyBudget {
  readonly #clock: CpuClock;
  #pieces = 0;
  #bytes = 0;
  #cpuMs = 0;

  constructor(clock: CpuClock) {
    this.#clock = clock;
  }

  /** Counts a piece of a body, then has it worked on. Throws `Refused` where the body costs more than its bytes explain. */
  spend<T>(bytes: number, work: () => T): T {
    this.#pieces += 1;
    this.#bytes += bytes;
    if (this.#pieces > FREE_PIECES + this.#bytes / BYTES_PER_PIECE) {
      throw new Refused('too_costly', `${this.#pieces} pieces for ${this.#bytes} bytes`);
    }
    // Most bodies are a single small piece. Of many small pieces every so-many-th stands for all.
    const weight = bytes >= MEASURED_BYTES ? 1 : this.#pieces % MEASURED_PIECES === 0 ? MEASURED_PIECES : 0;
    if (weight === 0) return work();
    const startedAt = this.#clock();
    const result = work();
    this.#cpuMs += (this.#clock() - startedAt) * weight;
    if (this.#cpuMs > FREE_CPU_MS + (this.#bytes / MEBIBYTE) * CPU_MS_PER_MEBIBYTE) {
      throw new Refused(
        'too_costly',
        `${Math.round(this.#cpuMs)} ms of processor time for ${this.#bytes} bytes`,
      );
    }
    return result;
  }
}
