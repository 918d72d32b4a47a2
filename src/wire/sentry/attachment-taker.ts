// The attachments of one envelope: streamed into the draft under names that are safe and differ.
import { createHash } from 'node:crypto';
import type { AttachmentKind } from '../../report/report.ts';
import { asText, own, type JsonObject } from '../../report/crashkit/json-object.ts';
import type { Draft, WireSettings } from '../adapter.ts';
import type { ItemSink } from './envelope-parser.ts';
import { EVENT_PART } from './event-draft.ts';

const MINIDUMP_PART = 'upload_file_minidump';
const MAX_FILENAME = 1000;
const MAX_NAME = 60;

/** Takes attachments one after the other. */
export class AttachmentTaker {
  readonly #draft: Draft;
  readonly #settings: WireSettings;
  readonly #names = new Set<string>([EVENT_PART, MINIDUMP_PART]);
  readonly #hashes: string[] = [];
  hasMinidump = false;
  count = 0;

  constructor(draft: Draft, settings: WireSettings) {
    this.#draft = draft;
    this.#settings = settings;
  }

  /** The sink of an attachment by its item header; null: it is left out. */
  take(header: JsonObject): ItemSink | null {
    this.count += 1;
    if (this.count > this.#settings.maxParts) return null;
    const isDump = own(header, 'attachment_type') === 'event.minidump' && !this.hasMinidump;
    this.hasMinidump ||= isDump;
    return this.begin({
      filename: asText(own(header, 'filename')),
      contentType: asText(own(header, 'content_type')),
      kind: isDump ? 'minidump' : 'file',
    });
  }

  /** The sink of a part that is described. */
  begin({
    filename,
    contentType,
    kind,
  }: {
    readonly filename: string | null;
    readonly contentType: string | null;
    readonly kind: AttachmentKind;
  }): ItemSink {
    const name = kind === 'minidump' ? MINIDUMP_PART : this.#freeName(filename);
    const sink = this.#draft.part({
      name,
      kind,
      filename: filename?.slice(0, MAX_FILENAME) ?? null,
      contentType: contentType?.slice(0, this.#settings.maxNameLength) ?? null,
    });
    return {
      data: (chunk) => sink.write(chunk),
      end: async (whole) => {
        const { sha256 } = await sink.end();
        this.#hashes.push(`${name}:${sha256}`);
        if (!whole) this.#draft.note(`The attachment "${name}" was cut off.`);
      },
    };
  }

  /** What tells these attachments from others, where no event has an id. */
  digest(): string {
    return createHash('sha256').update(this.#hashes.toSorted().join('\n')).digest('hex');
  }

  #freeName(filename: string | null): string {
    const clean = (filename ?? '')
      .replace(/^.*[\\/]/, '')
      .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
      .replace(/^[._]+/, '')
      .slice(0, MAX_NAME);
    const base = /[A-Za-z0-9]/.test(clean) ? clean : 'attachment';
    let name = base;
    for (let number = 2; this.#names.has(name); number += 1) name = `${number}-${base}`;
    this.#names.add(name);
    return name;
  }
}
