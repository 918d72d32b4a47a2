// Uploads of `sym_upload -p sym-upload-v2` that are under way: created, then filled, then completed. They live in memory, for
// an hour, so the three steps must reach the same process.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Person } from '../auth/person.ts';
import type { ReceivedFile } from './receive.ts';

/** States: created (no file) → filled (PUT, also again) → taken by `:complete`, or forgotten after an hour. */
interface Pending {
  readonly person: Person;
  readonly until: number;
  file: ReceivedFile | null;
}

const KEPT_MS = 3_600_000;
const MAX_PENDING = 500;

/** What `create` has given keys for. */
export class BreakpadUploads {
  private readonly pending = new Map<string, Pending>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** A key that only its client knows: the PUT that follows carries no token. Null: too many are under way. */
  async create(person: Person): Promise<string | null> {
    await this.forgetOld();
    if (this.pending.size >= MAX_PENDING) return null;
    const key = randomBytes(24).toString('hex');
    this.pending.set(key, { person, until: this.now() + KEPT_MS, file: null });
    return key;
  }

  knows(key: string): boolean {
    return (this.pending.get(key)?.until ?? 0) > this.now();
  }

  /** Keeps the file of an upload; another one that was there goes. False: there is no such upload any more. */
  async fill(key: string, file: ReceivedFile): Promise<boolean> {
    const pending = this.pending.get(key);
    if (pending === undefined) return false;
    const before = pending.file;
    pending.file = file;
    if (before !== null) await rm(before.path, { force: true });
    return true;
  }

  /** Takes an upload out; its file becomes the caller's. */
  take(key: string): { readonly person: Person; readonly file: ReceivedFile | null } | null {
    const pending = this.pending.get(key);
    this.pending.delete(key);
    return pending === undefined || pending.until <= this.now() ? null : pending;
  }

  private async forgetOld(): Promise<void> {
    for (const [key, { until, file }] of this.pending) {
      if (until > this.now()) continue;
      this.pending.delete(key);
      if (file !== null) await rm(file.path, { force: true });
    }
  }
}
