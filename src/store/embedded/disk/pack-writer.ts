// Appends entries to this process's open pack, and shares each fsync among all that wait for one.
// States of a pack here: being made → open → full, old, refused by the disk, or retired → closed, and the next is made when an entry comes.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { utcDay } from '../../../report/crash-id.ts';
import type { Files, OutFile } from './files.ts';
import type { Layout } from './folder-layout.ts';
import type { PlaceInPack } from '../../shared/report-row.ts';
import { PACK_HEAD_BYTES, packHead, packName } from './pack-format.ts';

/** No pack is appended to for longer, so that what was deleted from it can be given back. */
const OPEN_MS = 5 * 60_000;
const ID_BYTES = 12;

/** What a report has in a pack. */
export interface PackContent {
  /** The attachments, one after the other. */
  readonly body: readonly Uint8Array[];
  readonly bodyBytes: number;
  /** A frame of record-frame.ts. */
  readonly record: Uint8Array;
}

export interface PackWriterParts {
  readonly files: Pick<Files, 'create' | 'syncFolder'>;
  readonly layout: Pick<Layout, 'packs'>;
  /** A pack is closed when it has become so large. */
  readonly packBytes: number;
  /** Makes the pack known before there is a file; durable when it resolves. */
  readonly register: (name: string) => Promise<unknown>;
  readonly now: () => number;
}

interface Waiting {
  readonly content: PackContent;
  readonly resolve: (place: PlaceInPack) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenPack {
  readonly name: string;
  readonly id: Uint8Array;
  readonly out: OutFile;
  readonly openedAt: number;
  end: number;
}

export class PackWriter {
  readonly #parts: PackWriterParts;
  #open: OpenPack | null = null;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;

  constructor(parts: PackWriterParts) {
    this.#parts = parts;
  }

  /** Resolves when the entry is on stable storage. Rejects with the system's error; what was written of it then belongs to nothing. */
  append(content: PackContent): Promise<PlaceInPack> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ content, resolve, reject });
      this.#running ??= this.#run().finally(() => (this.#running = null));
    });
  }

  /** The store has taken this pack out of use: nothing more is appended to it. */
  async retire(name: string): Promise<void> {
    if (this.#open?.name === name) await this.#close();
  }

  /** Ends what is under way and closes the pack. */
  async close(): Promise<void> {
    await this.#running;
    await this.#close();
  }

  async #run(): Promise<void> {
    // What comes in one turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      let round: Waiting[] = [];
      try {
        const pack = await this.#packFor(this.#waiting[0]);
        round = this.#takeRound(pack);
        await this.#write(pack, round);
      } catch (error) {
        // Where the file was refused nobody was taken yet: the first who waits hears of it.
        if (round.length === 0) round = this.#waiting.splice(0, 1);
        await this.#close();
        for (const { reject } of round) reject(error);
      }
    }
  }

  /** As many as the pack has room for. */
  #takeRound(pack: OpenPack): Waiting[] {
    let end = pack.end;
    let count = 0;
    for (const { content } of this.#waiting) {
      end += sizeOf(content);
      if (count > 0 && end > this.#parts.packBytes) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(pack: OpenPack, round: readonly Waiting[]): Promise<void> {
    const pieces: Uint8Array[] = [];
    const places: PlaceInPack[] = [];
    let { end } = pack;
    for (const { content } of round) {
      const { body, bodyBytes, record } = content;
      pieces.push(packHead(pack.id, bodyBytes, record.length), ...body, record);
      places.push({ pack: pack.name, at: end, bytes: sizeOf(content) });
      end += sizeOf(content);
    }
    await pack.out.writeAll(pieces);
    await pack.out.sync();
    pack.end = end;
    for (const [index, { resolve, reject }] of round.entries()) {
      const place = places[index];
      if (place === undefined) reject(new Error('an entry has no place'));
      else resolve(place);
    }
  }

  async #packFor(first: Waiting | undefined): Promise<OpenPack> {
    const { packBytes, now } = this.#parts;
    const pack = this.#open;
    const size = first === undefined ? 0 : sizeOf(first.content);
    if (pack !== null && pack.end + size <= packBytes && Math.abs(now() - pack.openedAt) < OPEN_MS)
      return pack;
    await this.#close();
    return (this.#open = await this.#create());
  }

  async #create(): Promise<OpenPack> {
    const { files, layout, register, now } = this.#parts;
    const id = randomBytes(ID_BYTES);
    const openedAt = now();
    const name = packName(utcDay(openedAt), id);
    await register(name);
    const out = await files.create(path.join(layout.packs, name));
    try {
      await files.syncFolder(layout.packs);
    } catch (error) {
      await out.close().catch(() => undefined);
      throw error;
    }
    return { name, id, out, openedAt, end: 0 };
  }

  async #close(): Promise<void> {
    const pack = this.#open;
    this.#open = null;
    // Everything in it that was promised is durable.
    await pack?.out.close().catch(() => undefined);
  }
}

function sizeOf({ bodyBytes, record }: PackContent): number {
  return PACK_HEAD_BYTES + bodyBytes + record.length;
}
