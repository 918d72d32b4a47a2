// A multipart form → annotations, binary parts and notes (docs/protocols/crashpad.md and socorro.md). Binary parts stream into the
// draft while the form arrives; text is bounded and kept.
import { jsonFault } from '../base/json-fault.ts';
import { Refused } from '../base/refusal.ts';
import type { Annotation, AttachmentKind } from '../report/report.ts';
import type { Draft, PartDigest, PartSink, RequestBody, WireSettings } from './adapter.ts';
import { AnnotationSet, asMembers, jamiObject, jsonObject } from './annotation-set.ts';
import { mediaType } from './header-parameters.ts';
import { MultipartParser, type PartHandler } from './multipart.ts';
import { Notes, quoted } from './collector-notes.ts';
import type { PartHeader } from './part-header.ts';
import { releaseChunk } from '../base/release-chunk.ts';
import { decodeText } from './text-decoding.ts';

/** A form that was read to its end. */
export interface Form {
  /** Without those on the removal list. */
  readonly annotations: readonly Annotation[];
  readonly notes: readonly string[];
  readonly routineNotes: readonly string[];
  /** Name and hash of every binary part, in order of arrival. */
  readonly parts: readonly { readonly name: string; readonly sha256: string }[];
  /** Whether the annotations came as the JSON part `extra`. */
  readonly hasExtra: boolean;
}

/** All text of one form together may be this many times MAX_TEXT_PART_KB; so may the JSON part `extra` alone. */
const TEXT_BUDGET_FACTOR = 4;
const MAX_DUMP_NAME = 30;
/** What every client sends in practice, so that nothing has to be replaced. */
const PLAIN_NAME = /^\w{1,30}$/;
const MAX_FILENAME = 1000;
/** A JSON file is looked into for the Jami metadata up to this size. */
const MAX_JAMI_FILE_BYTES = 64 * 1024;

/** What a form is read with. */
export interface FormOptions {
  readonly draft: Draft;
  readonly settings: WireSettings;
  /** Whether a dump may come alone, for clients that try once and could not read more. Default false. */
  readonly dumpAlone?: boolean;
}

/** Reads a form; throws `Refused`. */
export async function readForm(
  body: RequestBody,
  boundary: string,
  { draft, settings, dumpAlone = false }: FormOptions,
): Promise<Form> {
  const reader = new FormReader(body, { draft, settings, dumpAlone });
  const parser = new MultipartParser(boundary, reader, settings);
  await body.pump((chunk) => parser.write(chunk));
  parser.finish();
  return reader.form();
}

type PartKind = 'text' | 'extra' | 'json' | 'binary' | 'dropped';

class FormReader implements PartHandler {
  readonly #body: RequestBody;
  readonly #draft: Draft;
  readonly #settings: WireSettings;
  readonly #dumpAlone: boolean;
  readonly #notes = new Notes();
  readonly #annotations: AnnotationSet;
  readonly #parts: { name: string; sha256: string }[] = [];
  readonly #dumpNames = new Set<string>();
  readonly #removedParts = new Set<string>();
  #hasExtra = false;
  #hasFields = false;
  #textBudget: number;

  // The part under way.
  #kind: PartKind = 'text';
  #header: PartHeader = { name: null, filename: null, contentType: null };
  #sink: PartSink | null = null;
  #name = '';
  #text: Uint8Array[] = [];
  #textBytes = 0;
  #keepsText = false;
  #textLimit = 0;

  constructor(body: RequestBody, { draft, settings, dumpAlone = false }: FormOptions) {
    this.#body = body;
    this.#draft = draft;
    this.#dumpAlone = dumpAlone;
    this.#settings = settings;
    this.#annotations = new AnnotationSet(this.#notes, settings);
    this.#textBudget = settings.maxTextPartBytes * TEXT_BUDGET_FACTOR;
  }

  begin(header: PartHeader): void {
    this.#header = header;
    this.#kind = partKind(header);
    this.#text = [];
    this.#textBytes = 0;
    this.#sink = null;
    if (
      (this.#kind === 'binary' || this.#kind === 'json') &&
      this.#settings.removedAnnotations.has(header.name ?? '')
    ) {
      // A value on the removal list is not kept because it came with a file name.
      this.#kind = 'dropped';
      this.#removedParts.add(header.name ?? '');
    }
    this.#keepsText = this.#kind !== 'binary' && this.#kind !== 'dropped';
    this.#textLimit =
      this.#kind === 'extra'
        ? this.#settings.maxTextPartBytes * TEXT_BUDGET_FACTOR
        : this.#settings.maxTextPartBytes;
    if (this.#kind === 'binary') {
      this.#beginBinary(header);
      return;
    }
    if (this.#kind === 'dropped') return;
    if (header.name === null || header.name === '') throw new Refused('invalid_annotation_name', 'no name');
    if (this.#kind === 'extra') {
      if (this.#hasExtra) throw new Refused('duplicate_extra');
      this.#hasExtra = true;
    }
  }

  data(chunk: Uint8Array): void | Promise<void> {
    if (this.#keepsText) this.#keep(chunk);
    if (this.#sink === null) {
      if (!this.#keepsText) return undefined;
      return this.#body.hold(chunk.length, this.#textBudget - this.#textBytes + chunk.length);
    }
    const waiting = this.#sink.write(chunk);
    if (this.#keepsText) return waiting;
    if (waiting !== undefined) return waiting.then(() => releaseChunk(chunk));
    releaseChunk(chunk);
    return undefined;
  }

  end(): void | Promise<void> {
    if (this.#sink !== null) {
      const sink = this.#sink;
      return sink.end().then((digest) => this.#endBinary(digest));
    }
    if (this.#kind === 'dropped') return undefined;
    this.#textBudget -= this.#textBytes;
    if (this.#textBudget < 0) throw new Refused('text_part_too_large', 'all text of the form together');
    this.#endText();
    return undefined;
  }

  form(): Form {
    if (this.#hasExtra && this.#hasFields) throw new Refused('has_json_and_kv');
    if (this.#annotations.size === 0) {
      if (!this.#dumpAlone || this.#parts.length === 0) throw new Refused('no_annotations');
      this.#notes.add('The client sent no annotations with the dump; it may have been unable to read them.');
    }
    const { kept, removed } = this.#annotations.withoutRemoved(this.#settings.removedAnnotations);
    return {
      annotations: kept,
      notes: this.#notes.list(),
      routineNotes: [...new Set([...removed, ...this.#removedParts])].map(
        (name) => `Annotation ${quoted(name)} is on the removal list and was dropped.`,
      ),
      parts: this.#parts,
      hasExtra: this.#hasExtra,
    };
  }

  #beginBinary(header: PartHeader): void {
    const sent = header.name ?? '';
    const name = PLAIN_NAME.test(sent) ? sent : sent.replaceAll(/[^A-Za-z0-9_]/g, '').slice(0, MAX_DUMP_NAME);
    if (name === '' || this.#dumpNames.has(name)) {
      throw new Refused(
        'invalid_dump_name',
        `${quoted(sent)} is ${name === '' ? 'empty' : 'not the only one'}`,
      );
    }
    this.#dumpNames.add(name);
    if (name !== sent) this.#notes.add(`The part name ${quoted(sent)} was reduced to ${quoted(name)}.`);
    this.#name = name;
    const kind: AttachmentKind = name.startsWith('upload_file_minidump') ? 'minidump' : 'file';
    this.#keepsText = kind === 'file';
    const filename = header.filename === null ? null : header.filename.slice(0, MAX_FILENAME);
    this.#sink = this.#draft.part({
      name,
      kind,
      filename,
      contentType:
        header.contentType === null ? null : header.contentType.slice(0, this.#settings.maxNameLength),
    });
  }

  #endBinary({ sha256 }: PartDigest): void | Promise<void> {
    this.#parts.push({ name: this.#name, sha256 });
    if (!this.#keepsText) return undefined;
    const members = jamiObject(decodeText(this.#joined(), this.#header.contentType).text);
    if (members === null) return undefined;
    const bytes = this.#textBytes;
    this.#textBudget -= bytes;
    // There may be as many such files as parts.
    if (this.#textBudget < 0) throw new Refused('text_part_too_large', 'all text of the form together');
    this.#annotations.addObject(members);
    return this.#body.hold(bytes, bytes);
  }

  #keep(chunk: Uint8Array): void {
    if (this.#kind === 'binary' && this.#textBytes === 0 && chunk.length > 0)
      this.#keepsText = mayBeObject(chunk);
    this.#textBytes += chunk.length;
    if (this.#kind === 'binary') {
      if (this.#textBytes > MAX_JAMI_FILE_BYTES) this.#keepsText = false;
      if (!this.#keepsText) {
        this.#text = [];
        return;
      }
    } else if (this.#textBytes > this.#textLimit) {
      throw new Refused(
        'text_part_too_large',
        `${quoted(this.#header.name ?? '')} is larger than ${this.#textLimit} bytes`,
      );
    }
    this.#text.push(chunk);
  }

  #joined(): Buffer {
    const [first] = this.#text;
    if (this.#text.length === 1 && Buffer.isBuffer(first)) return first;
    return Buffer.concat(this.#text);
  }

  /** Large texts leave nothing behind but their string. */
  #release(joined: Buffer): void {
    for (const piece of this.#text) releaseChunk(piece);
    releaseChunk(joined);
    this.#text = [];
  }

  #endText(): void {
    const name = this.#header.name ?? '';
    const bytes = this.#joined();
    const { text, oddity } = decodeText(bytes, this.#header.contentType);
    if (oddity !== null) this.#notes.add(`The part ${quoted(name)} ${oddity}.`);
    this.#release(bytes);
    if (this.#kind === 'extra') {
      this.#annotations.addObject(parseExtra(text));
      return;
    }
    const unlabelled = this.#kind === 'text' && name === 'extra' ? jsonObject(text) : null;
    if (unlabelled !== null) {
      if (this.#hasExtra) throw new Refused('duplicate_extra');
      this.#hasExtra = true;
      this.#notes.add('The JSON part "extra" has no type; it is read as application/json.');
      this.#annotations.addObject(unlabelled);
      return;
    }
    const members = this.#kind === 'json' ? jsonObject(text) : jamiObject(text);
    if (members !== null) {
      this.#annotations.addObject(members);
      return;
    }
    if (this.#kind === 'json') {
      this.#notes.add(`The JSON part ${quoted(name)} is not an object; it is kept as one annotation.`);
    }
    this.#hasFields = true;
    this.#annotations.add(name, text, 'field');
  }
}

function partKind(header: PartHeader): PartKind {
  if (isJson(header) || (header.name === 'extra' && header.filename?.endsWith('.json') === true)) {
    // Firefox sends its annotations as a file: name="extra"; filename="extra.json".
    if (header.name === 'extra') return 'extra';
    return header.filename === null ? 'json' : 'binary';
  }
  if (header.filename !== null) return 'binary';
  if (header.contentType === null) return 'text';
  const type = mediaType(header.contentType);
  return type.startsWith('text/') || type === 'application/x-www-form-urlencoded' || type === ''
    ? 'text'
    : 'binary';
}

/** A JSON object begins with a brace, behind white space or a byte order mark. */
function mayBeObject(chunk: Uint8Array): boolean {
  return /^(?:\u00EF\u00BB\u00BF)?[ \t\r\n]*\{/.test(Buffer.from(chunk.subarray(0, 64)).toString('latin1'));
}

function isJson(header: PartHeader): boolean {
  return header.contentType !== null && mediaType(header.contentType) === 'application/json';
}

function parseExtra(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Refused('invalid_json', jsonFault(error), { cause: error });
  }
  const members = asMembers(value);
  if (members === null) throw new Refused('invalid_json_value');
  return members;
}
