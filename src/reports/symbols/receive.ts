// Brings the body of an upload into temporary files: as it is, or the file parts of a form one by one.
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Context } from 'hono';
import { Refused } from '../../base/refusal.ts';
import type { SymbolService } from '../../process/symbols/symbol-service.ts';
import { SymbolsRefused } from '../../process/symbols/symbols-refused.ts';
import { parseHeaderParameters } from '../../wire/header-parameters.ts';
import { MultipartParser } from '../../wire/multipart.ts';
import type { PartHeader } from '../../wire/part-header.ts';
import { requestBytes } from './request-bytes.ts';

/** A file of an upload, whole, in the scratch folder. */
export interface ReceivedFile {
  /** Name of its part; null: the body itself. */
  readonly part: string | null;
  readonly filename: string | null;
  readonly path: string;
  readonly bytes: number;
}

/** An upload as it came: its files, and the fields of its form. */
export interface Received {
  readonly files: readonly ReceivedFile[];
  readonly fields: ReadonlyMap<string, string>;
}

const LIMITS = { maxParts: 1000, maxPartHeaderBytes: 8192 };
const MAX_FIELD_BYTES = 4096;
const CHECK_SPACE_BYTES = 64 * 1024 * 1024;

/** Receives the whole body, then runs `work`; the files are gone afterwards, however it ends. */
export async function withReceived<T>(
  c: Context,
  symbols: SymbolService,
  work: (received: Received) => Promise<T>,
): Promise<T> {
  const files: ReceivedFile[] = [];
  try {
    return await work({ files, fields: await receive(c, symbols, files) });
  } finally {
    for (const { path } of files) await rm(path, { force: true });
  }
}

async function receive(
  c: Context,
  symbols: SymbolService,
  files: ReceivedFile[],
): Promise<ReadonlyMap<string, string>> {
  await symbols.scratch.checkSpace(Number(c.req.header('content-length') ?? 0));
  const { value, parameters } = parseHeaderParameters(c.req.header('content-type') ?? '');
  const bytes = requestBytes(c, symbols.maxUploadBytes);
  if (value !== 'multipart/form-data') {
    const sink = await FileSink.open(symbols, null, null);
    await collect(bytes, sink, files);
    return new Map();
  }
  const boundary = parameters.get('boundary');
  if (boundary === undefined || boundary === '') throw new SymbolsRefused('bad_form');
  const form = new FormReader(symbols, files);
  const parser = new MultipartParser(boundary, form, LIMITS);
  try {
    for await (const chunk of bytes) await parser.write(chunk);
    parser.finish();
  } catch (error) {
    await form.abandon();
    if (error instanceof Refused) throw new SymbolsRefused('bad_form', `(${error.code})`);
    throw error;
  }
  return form.fields;
}

async function collect(bytes: AsyncIterable<Buffer>, sink: FileSink, files: ReceivedFile[]): Promise<void> {
  try {
    for await (const chunk of bytes) await sink.write(chunk);
    files.push(await sink.end());
  } catch (error) {
    await sink.abandon();
    throw error;
  }
}

/** Parts with a file name, or whose name is one (Tecken), become files; the others are fields. */
class FormReader {
  readonly fields = new Map<string, string>();
  private readonly symbols: SymbolService;
  private readonly files: ReceivedFile[];
  private opening: Promise<FileSink> | null = null;
  private field: { readonly name: string; text: Buffer } | null = null;

  constructor(symbols: SymbolService, files: ReceivedFile[]) {
    this.symbols = symbols;
    this.files = files;
  }

  begin({ name, filename }: PartHeader): void {
    if (filename !== null || name === 'symbol_file' || /\.(zip|sym|gz|zst)$/i.test(name ?? '')) {
      this.opening = FileSink.open(this.symbols, name, filename);
      // Told to whoever waits for it next; until then it must not count as unhandled.
      this.opening.catch(() => {});
    } else this.field = { name: name ?? '', text: Buffer.alloc(0) };
  }

  async data(chunk: Uint8Array): Promise<void> {
    if (this.opening !== null) return (await this.opening).write(chunk);
    if (this.field === null) return;
    if (this.field.text.length + chunk.length > MAX_FIELD_BYTES) {
      throw new SymbolsRefused('bad_form', `The field ${this.field.name.slice(0, 100)} is too long.`);
    }
    this.field.text = Buffer.concat([this.field.text, chunk]);
  }

  async end(): Promise<void> {
    if (this.opening !== null) {
      const sink = await this.opening;
      this.files.push(await sink.end());
      this.opening = null;
    }
    if (this.field !== null) this.fields.set(this.field.name, this.field.text.toString('utf8'));
    this.field = null;
  }

  async abandon(): Promise<void> {
    const sink = await this.opening?.catch(() => null);
    await sink?.abandon();
  }
}

/** One file being written; it looks at the free space now and then. */
class FileSink {
  private readonly symbols: SymbolService;
  private readonly file: Omit<ReceivedFile, 'bytes'>;
  private readonly handle: FileHandle;
  private bytes = 0;
  private checkedAt = 0;

  private constructor(symbols: SymbolService, file: Omit<ReceivedFile, 'bytes'>, handle: FileHandle) {
    this.symbols = symbols;
    this.file = file;
    this.handle = handle;
  }

  static async open(symbols: SymbolService, part: string | null, filename: string | null): Promise<FileSink> {
    const path = await symbols.scratch.newFile();
    return new FileSink(symbols, { part, filename, path }, await open(path, 'wx', 0o600));
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) at += (await this.handle.write(chunk, at)).bytesWritten;
    this.bytes += chunk.length;
    if (this.bytes - this.checkedAt < CHECK_SPACE_BYTES) return;
    this.checkedAt = this.bytes;
    await this.symbols.scratch.checkSpace(0);
  }

  async end(): Promise<ReceivedFile> {
    await this.handle.close();
    return { ...this.file, bytes: this.bytes };
  }

  async abandon(): Promise<void> {
    await this.handle.close().catch(() => {});
    await rm(this.file.path, { force: true });
  }
}
