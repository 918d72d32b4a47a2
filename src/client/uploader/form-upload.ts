// Sends a form, as Crashpad, Breakpad and Socorro's clients do: text parts, or all annotations as the JSON part `extra`,
// and files, which are streamed from the disk for each attempt.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Attempt, SendResult } from './item.ts';

/** One file of a form. */
export interface FormFile {
  readonly part: string;
  readonly file: string;
  readonly bytes: number;
}

/** What is sent. */
export interface UploadForm {
  readonly annotations: readonly (readonly [key: string, value: string])[];
  /** Socorro's form: the annotations are one JSON part. */
  readonly asJson: boolean;
  readonly files: readonly FormFile[];
  /** Added to the URL's query, as Crashpad adds product, version and guid. */
  readonly query?: readonly (readonly [name: string, value: string])[];
}

const TIMEOUT_MS = 10 * 60_000;
/** A collector's names of parts (docs/protocols/socorro.md): what they are reduced to must be unique. */
const MAX_PART_NAME = 30;

export async function sendForm(form: UploadForm, attempt: Attempt): Promise<SendResult> {
  const boundary = `---------------------------${randomBytes(16).toString('hex')}`;
  const { address, send, gzip, signal, onBytes } = attempt;
  const url = new URL(address.form);
  for (const [name, value] of form.query ?? []) url.searchParams.set(name, value);
  const plain = Readable.from(formBytes(form, boundary, onBytes), { objectMode: false });
  const body = gzip ? plain.pipe(createGzip()) : plain;
  plain.on('error', (error) => body.destroy(error));
  body.on('close', () => plain.destroy());
  try {
    const answer = await send({
      method: 'POST',
      url: url.href,
      headers: {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        ...(gzip && { 'content-encoding': 'gzip' }),
      },
      body,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    // A dump that is nearly all zeros shrinks so far that a collector takes it for a decompression bomb (413), and some
    // collectors take no gzip at all (415): the same form goes plain, once.
    if (gzip && (answer.status === 413 || answer.status === 415)) {
      return await sendForm(form, { ...attempt, gzip: false });
    }
    return judge(answer.status, answer.text, retryAfter(answer.headers));
  } catch (error) {
    const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES') {
      return { kind: 'refused', problem: `the file can no longer be read (${code})` };
    }
    return { kind: 'unavailable', problem: (error as Error).message, retryAfter: null };
  }
}

/** What an answer of any collector or of the CrashKit APIs means. */
export function judge(status: number, text: string, retryAfterHeader: string | null): SendResult {
  const line = text.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
  if (status === 200) {
    if (line.startsWith('Discarded=')) return { kind: 'discarded', answer: text, id: line };
    return { kind: 'stored', answer: text, id: line.replace(/^CrashID=/, '') };
  }
  const problem = `the server answered ${status}${line === '' ? '' : ` (${line})`}`;
  if (status >= 500 || status === 408 || status === 429) {
    return { kind: 'unavailable', problem, retryAfter: retryAfterHeader };
  }
  return { kind: 'refused', problem };
}

export function retryAfter(headers: Readonly<Record<string, string | string[] | undefined>>): string | null {
  const value = headers['retry-after'];
  return typeof value === 'string' ? value : null;
}

/**
 * Part names that a collector keeps apart: names stay as they are unless what it makes of them (letters, digits and `_`,
 * 30 of them) is empty or taken.
 */
export function distinctParts(names: readonly string[], taken: readonly string[]): readonly string[] {
  const used = new Set(taken.map(reduced));
  return names.map((name) => {
    let chosen = name;
    for (let number = 2; reduced(chosen) === '' || used.has(reduced(chosen)); number += 1) {
      chosen = `${reduced(name).slice(0, MAX_PART_NAME - 5)}_${number}`;
    }
    used.add(reduced(chosen));
    return chosen;
  });
}

function reduced(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '').slice(0, MAX_PART_NAME);
}

async function* formBytes(
  { annotations, asJson, files }: UploadForm,
  boundary: string,
  onBytes: (sent: number) => void,
): AsyncGenerator<Buffer> {
  if (asJson) {
    const json = JSON.stringify(Object.fromEntries(annotations));
    yield part(boundary, 'form-data; name="extra"; filename="extra.json"', 'application/json', json);
  } else {
    for (const [key, value] of annotations) {
      yield part(boundary, `form-data; name="${quoted(key)}"`, null, value);
    }
  }
  let sent = 0;
  for (const { part: name, file } of files) {
    yield head(
      boundary,
      `form-data; name="${quoted(name)}"; filename="${quoted(path.basename(file))}"`,
      'application/octet-stream',
    );
    for await (const chunk of createReadStream(file)) {
      sent += (chunk as Buffer).length;
      onBytes(sent);
      yield chunk as Buffer;
    }
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

function head(boundary: string, disposition: string, type: string | null): Buffer {
  const contentType = type === null ? '' : `Content-Type: ${type}\r\n`;
  return Buffer.from(`--${boundary}\r\nContent-Disposition: ${disposition}\r\n${contentType}\r\n`);
}

function part(boundary: string, disposition: string, type: string | null, value: string): Buffer {
  return Buffer.concat([head(boundary, disposition, type), Buffer.from(`${value}\r\n`)]);
}

/** As browsers write names and file names of parts (HTML, "multipart/form-data"). */
function quoted(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
