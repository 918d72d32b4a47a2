// A store in memory that keeps the IntakeStore contract, so that the submit server can be tested alone.
import { createHash, randomBytes } from 'node:crypto';
import {
  StorageError,
  type Admission,
  type AttachmentSink,
  type AttachmentStart,
  type CommitResult,
  type InboxEntry,
  type IntakeStore,
  type NewReport,
  type ProductPolicy,
  type ReportDraft,
} from '../../src/store/intake.ts';
import type { ClientCount, KeyedProduct } from '../../src/report/client-rules.ts';
import type { PersonWords } from '../../src/report/person-words.ts';
import type { Attachment } from '../../src/report/report.ts';

export interface StoredReport extends NewReport {
  readonly attachments: readonly (Attachment & { readonly bytes: Buffer })[];
}

/** How the store behaves; tests change it while the server runs. */
export interface MemoryStoreState {
  /** Whether space is short. */
  short: boolean;
  full: string | null;
  failCommit: 'full' | 'failed' | null;
  failWrite: 'full' | 'failed' | null;
  autoProducts: boolean;
  /** Waited for by each write of an attachment, to stand for a slow disk. */
  writeDelayMs: number;
}

export class MemoryStore implements IntakeStore {
  readonly reports: StoredReport[] = [];
  readonly inbox: InboxEntry[] = [];
  readonly blobs = new Map<string, Buffer>();
  readonly products = new Map<string, ProductPolicy>();
  readonly keys = new Map<string, ProductPolicy>();
  readonly installations = new Map<string, string>();
  readonly state: MemoryStoreState = {
    full: null,
    short: false,
    failCommit: null,
    failWrite: null,
    autoProducts: true,
    writeDelayMs: 0,
  };
  /** Drafts that are neither committed nor discarded: what would be left behind as files. */
  openDrafts = 0;
  #nextInstallation = 117;

  get last(): StoredReport {
    const report = this.reports.at(-1);
    if (report === undefined) throw new Error('No report was stored');
    return report;
  }

  get annotations(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.last.annotations.map(({ key, value }) => [key, value]));
  }

  draft(): ReportDraft {
    return new MemoryDraft(this);
  }

  admission(): Admission {
    return { full: this.state.full !== null, reason: this.state.full, short: this.state.short };
  }

  product(account: string, product: string): Promise<ProductPolicy | null> {
    return Promise.resolve(this.products.get(`${account}/${product}`) ?? null);
  }

  createProduct(account: string, product: string): Promise<boolean> {
    if (!this.state.autoProducts || !['default', 'test'].includes(account)) return Promise.resolve(false);
    this.products.set(`${account}/${product}`, { account, product, requireKey: false });
    return Promise.resolve(true);
  }

  productByKey(key: string): Promise<ProductPolicy | null> {
    return Promise.resolve(this.keys.get(key) ?? null);
  }

  newInstallation(account: string, product: string): Promise<{ id: string; cookie: string }> {
    const id = String(this.#nextInstallation++);
    const cookie = randomBytes(6).toString('hex');
    this.installations.set(`${account}/${product}/${id}`, cookie);
    return Promise.resolve({ id, cookie });
  }

  installationKnown(account: string, product: string, id: string, cookie: string): Promise<boolean> {
    return Promise.resolve(this.installations.get(`${account}/${product}/${id}`) === cookie);
  }

  missingBlobs(account: string, product: string, hashes: readonly string[]): Promise<readonly string[]> {
    return Promise.resolve(hashes.filter((hash) => !this.blobs.has(`${account}/${product}/${hash}`)));
  }

  async putBlob(
    account: string,
    product: string,
    hash: string,
    body: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const key = `${account}/${product}/${hash}`;
    if (!this.blobs.has(key)) this.blobs.set(key, Buffer.concat(chunks));
  }

  findByIdentity(identity: string): Promise<string | null> {
    return Promise.resolve(this.reports.find((report) => report.identity === identity)?.crashId ?? null);
  }

  lastPayload(account: string, product: string): Promise<Uint8Array | null> {
    const report = this.reports.findLast((one) => one.account === account && one.product === product);
    return Promise.resolve(payloadOf(report));
  }

  payloadsByToken(
    account: string,
    product: string,
    token: string,
    limit: number,
  ): Promise<readonly Uint8Array[]> {
    const found = this.reports
      .filter((one) => one.account === account && one.product === product && one.token === token)
      .toReversed()
      .slice(0, limit);
    return Promise.resolve(found.map(payloadOf).filter((payload) => payload !== null));
  }

  payload(crashId: string): Promise<Uint8Array | null> {
    return Promise.resolve(payloadOf(this.reports.find((one) => one.crashId === crashId)));
  }

  readonly dsnKeys = new Map<string, KeyedProduct>();
  readonly counts: (ClientCount & { readonly product: string })[] = [];

  keyedProduct(key: string): Promise<KeyedProduct | null> {
    return Promise.resolve(this.dsnKeys.get(key) ?? null);
  }

  readonly sessions: { readonly updates: readonly unknown[]; readonly buckets: readonly unknown[] }[] = [];
  readonly feedback: PersonWords[] = [];

  putSessions(
    _account: string,
    _product: string,
    sessions: { readonly updates: readonly unknown[]; readonly buckets: readonly unknown[] },
  ): Promise<number> {
    this.sessions.push(sessions);
    return Promise.resolve(0);
  }

  putFeedback(_account: string, _product: string, words: PersonWords): Promise<boolean> {
    this.feedback.push(words);
    return Promise.resolve(true);
  }

  countClient(_account: string, product: string, count: ClientCount): void {
    this.counts.push({ ...count, product });
  }

  addInbox(entry: InboxEntry): void {
    this.inbox.push(entry);
  }

  addressSalt(): Promise<Uint8Array> {
    return Promise.resolve(Buffer.from('salt'));
  }

  check(): Promise<void> {
    return this.state.failCommit === null ? Promise.resolve() : Promise.reject(new Error('the disk is gone'));
  }
}

function payloadOf(report: StoredReport | undefined): Buffer | null {
  return report?.attachments.find(({ kind }) => kind === 'payload')?.bytes ?? null;
}

class MemoryDraft implements ReportDraft {
  readonly #store: MemoryStore;
  readonly #attachments: (Attachment & { readonly bytes: Buffer })[] = [];
  #open = true;

  constructor(store: MemoryStore) {
    this.#store = store;
    store.openDrafts += 1;
  }

  attachment(start: AttachmentStart): AttachmentSink {
    const chunks: Buffer[] = [];
    const { state } = this.#store;
    return {
      write: (chunk) => {
        if (!this.#open) throw new Error('Written to a closed draft');
        if (state.failWrite !== null) throw new StorageError('no write', { reason: state.failWrite });
        chunks.push(Buffer.from(chunk));
        if (state.writeDelayMs === 0) return undefined;
        return new Promise((resolve) => {
          setTimeout(resolve, state.writeDelayMs);
        });
      },
      end: () => {
        const bytes = Buffer.concat(chunks);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const attachment = { ...start, size: bytes.length, sha256, bytes };
        this.#attachments.push(attachment);
        return Promise.resolve(attachment);
      },
    };
  }

  commit(report: NewReport): Promise<CommitResult> {
    this.#close();
    const { state, reports } = this.#store;
    if (state.failCommit !== null) {
      return Promise.reject(new StorageError('no commit', { reason: state.failCommit }));
    }
    const same =
      report.identity === null ? undefined : reports.find(({ identity }) => identity === report.identity);
    if (same !== undefined) return Promise.resolve({ kind: 'duplicate', crashId: same.crashId });
    reports.push({ ...report, attachments: this.#attachments });
    return Promise.resolve({ kind: 'stored', crashId: report.crashId });
  }

  join(): Promise<void> {
    return Promise.reject(new Error('Nothing joins here'));
  }

  discard(): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  #close(): void {
    if (this.#open) this.#store.openDrafts -= 1;
    this.#open = false;
  }
}
