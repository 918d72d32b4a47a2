// The large minidumps of one report while it is processed: open in the store, read in pieces.
import type { AttachmentBytes, ReportStore } from '../../store/reports.ts';

/** To be closed when the report is done. */
export class StoredDumps {
  readonly #store: Pick<ReportStore, 'readAttachment'>;
  readonly #crashId: string;
  readonly #open = new Map<string, AttachmentBytes>();

  constructor(store: Pick<ReportStore, 'readAttachment'>, crashId: string) {
    this.#store = store;
    this.#crashId = crashId;
  }

  /** Its size; null where it is no longer stored. Throws where the store fails. */
  async open(name: string): Promise<number | null> {
    const known = this.#open.get(name);
    if (known !== undefined) return known.size;
    const opened = await this.#store.readAttachment(this.#crashId, name);
    if (opened === null) return null;
    this.#open.set(name, opened.bytes);
    return opened.bytes.size;
  }

  /** Rejects where it is not open or damaged. */
  read(name: string, at: number, length: number): Promise<Uint8Array> {
    const open = this.#open.get(name);
    return open === undefined
      ? Promise.reject(new Error(`attachment ${name} is not open`))
      : open.read(at, length);
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((bytes) => bytes.close()));
  }
}
