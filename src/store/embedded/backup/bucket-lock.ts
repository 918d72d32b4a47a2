// One backup at a time below a prefix: an object says who works there and until when that is believed. States: free → held (renewed while the work
// goes on) → free, or left behind by a process that was killed, which the same store takes over at once and another one when it is over.
import { randomUUID } from 'node:crypto';
import { S3Error } from '../../s3/s3-error.ts';
import type { Bucket } from './bucket-format.ts';

/** What nobody has renewed for so long was left behind. */
const OVER_MS = 20 * 60_000;
const RENEW_MS = 2 * 60_000;

interface Held {
  readonly owner: string;
  readonly nonce: string;
  readonly at: number;
}

export class BucketLock {
  readonly #bucket: Bucket;
  readonly #owner: string;
  readonly #now: () => number;
  readonly #nonce = randomUUID();
  #renewedAt = 0;

  private constructor(bucket: Bucket, owner: string, now: () => number) {
    this.#bucket = bucket;
    this.#owner = owner;
    this.#now = now;
  }

  /** Runs `work` while nobody else works there. `owner`: whose store it is. Throws a sentence where somebody does, or `S3Error`. */
  static async hold<T>(
    bucket: Bucket,
    { owner, now }: { readonly owner: string; readonly now: () => number },
    work: (lock: BucketLock) => Promise<T>,
  ): Promise<T> {
    const lock = new BucketLock(bucket, owner, now);
    await lock.#take();
    try {
      return await work(lock);
    } finally {
      await lock.#release().catch(() => undefined);
    }
  }

  get #key(): string {
    return `${this.#bucket.prefix}lock`;
  }

  /** Before anything that relies on being alone, and now and then: throws a sentence where another one has taken the place. */
  async require(): Promise<void> {
    await this.#requireOwn();
    await this.#write(false);
  }

  /** The same where the last time is long ago. */
  async renew(): Promise<void> {
    if (this.#now() - this.#renewedAt > RENEW_MS) await this.require();
  }

  async #take(): Promise<void> {
    const held = await this.#read();
    if (held !== null && held.owner !== this.#owner && this.#now() - held.at < OVER_MS)
      throw new Error(
        `The backup of another store works below ${this.#bucket.name}, since ${new Date(held.at).toISOString()}. Nothing was changed. If it was killed, try again in ${OVER_MS / 60_000} minutes.`,
      );
    try {
      await this.#write(held === null);
    } catch (error) {
      // 501: a server that does not know this condition; whoever writes last has it then, and the other one notices.
      if (!(error instanceof S3Error) || !/^(?:501|409|412)$/.test(String(error.status))) throw error;
      if (error.status === 501) await this.#write(false);
    }
    await this.#requireOwn();
  }

  async #requireOwn(): Promise<void> {
    const held = await this.#read();
    if (held?.nonce === this.#nonce) return;
    throw new Error(
      `Another backup has begun to work below ${this.#bucket.name}: this one ends without having finished.`,
    );
  }

  async #read(): Promise<Held | null> {
    const text = await this.#bucket.client.text(this.#key);
    if (text === null) return null;
    try {
      const { owner, nonce, at } = JSON.parse(text) as Partial<Record<keyof Held, unknown>>;
      if (typeof owner === 'string' && typeof nonce === 'string' && typeof at === 'number')
        return { owner, nonce, at };
    } catch {
      // Somebody's object, or half of one: nobody holds it.
    }
    return { owner: '', nonce: '', at: 0 };
  }

  async #write(ifNew: boolean): Promise<void> {
    this.#renewedAt = this.#now();
    const held: Held = { owner: this.#owner, nonce: this.#nonce, at: this.#renewedAt };
    await this.#bucket.client.put(this.#key, Buffer.from(JSON.stringify(held)), { ifNew });
  }

  async #release(): Promise<void> {
    if ((await this.#read())?.nonce === this.#nonce) await this.#bucket.client.delete(this.#key);
  }
}
