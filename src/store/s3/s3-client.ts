// A bucket: put, get, list, delete. Every body goes with its SHA-256, which the server compares; large ones go in parts; what is cut off on the way
// is asked for again from where it broke off. Nothing larger than one part is ever in memory.
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.ts';
import { S3Requests, describe, type S3Settings } from './s3-request.ts';
import { elementsOf, textOf } from './s3-xml.ts';

/** What is no larger is put at once. S3 allows parts from 5 MiB on, and 10,000 of them. */
export const PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 10_000;

/** An object in a list. */
export interface S3Object {
  readonly key: string;
  readonly bytes: number;
}

/** Objects, and what stands between the prefix and the next `/` where that was asked for. */
export interface S3Page {
  readonly objects: readonly S3Object[];
  readonly folders: readonly string[];
}

export class S3Client {
  readonly #requests: S3Requests;

  constructor(bucket: string, settings: S3Settings) {
    this.#requests = new S3Requests(bucket, settings);
  }

  /** Puts a small object in the place of what is there. `ifNew`: throws `PreconditionFailed` where there is one. Throws `S3Error`. */
  async put(key: string, body: Uint8Array, options: { readonly ifNew?: boolean } = {}): Promise<void> {
    const headers = options.ifNew === true ? { 'if-none-match': '*' } : {};
    await this.#requests.ask({ method: 'PUT', key, body: Buffer.from(body), headers });
  }

  /**
   * Puts an object of `bytes` that `read` gives piece by piece, in order. `accept` is asked when all was read and before it becomes an object:
   * where it throws there is none. Throws `S3Error` and what `read` throws.
   */
  async putLarge(
    key: string,
    bytes: number,
    read: (at: number, length: number) => Promise<Uint8Array>,
    accept: () => void = () => undefined,
  ): Promise<void> {
    if (bytes <= PART_BYTES) {
      const body = await read(0, bytes);
      accept();
      return this.put(key, body);
    }
    const { text } = await this.#requests.ask({ method: 'POST', key, query: { uploads: '' } });
    const uploadId = textOf(text, 'UploadId');
    if (uploadId === null) throw new S3Error(502, 'BadAnswer', `${this.#name(key)} got no upload id.`);
    try {
      const partBytes = Math.max(PART_BYTES, Math.ceil(bytes / MAX_PARTS));
      const parts: string[] = [];
      for (let at = 0; at < bytes; at += partBytes) {
        const body = Buffer.from(await read(at, Math.min(partBytes, bytes - at)));
        const query = { partNumber: String(parts.length + 1), uploadId };
        const { headers } = await this.#requests.ask({ method: 'PUT', key, query, body });
        parts.push(headers.etag ?? '');
      }
      accept();
      const listed = parts.map(
        (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
      );
      const body = Buffer.from(`<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`);
      await this.#complete(key, uploadId, { body, bytes });
    } catch (error) {
      await this.#abort(key, uploadId).catch(() => undefined);
      throw error;
    }
  }

  /** Bytes of an object; null: there is none. Throws `S3Error`. */
  async size(key: string): Promise<number | null> {
    try {
      const { headers } = await this.#requests.ask({ method: 'HEAD', key });
      return Number(headers['content-length'] ?? '0');
    } catch (error) {
      if (error instanceof S3Error && error.status === 404) return null;
      throw error;
    }
  }

  /** An object as it is, or `length` bytes from `at` on. Throws `S3Error` (`NoSuchKey`: there is none), also in the middle. */
  async *get(
    key: string,
    part: { readonly at: number; readonly length: number } | null = null,
  ): AsyncGenerator<Uint8Array> {
    const what = this.#name(key);
    let at = part?.at ?? 0;
    let end = part === null ? null : part.at + part.length;
    if (end === at) return;
    let etag: string | null = null;
    let isEmpty = false;
    // What was handed on cannot be taken back, so that each attempt goes on where the one before broke off; any progress starts the count anew.
    const queue: Uint8Array[] = [];
    for (let isOver = false; !isOver;) {
      const stream = await this.#requests.repeat(async () => {
        const isWhole = at === 0 && end === null;
        const range = isWhole ? {} : { range: `bytes=${at}-${end === null ? '' : end - 1}` };
        const same = etag === null ? {} : { 'if-match': etag };
        const { headers, body } = await this.#requests.once({
          method: 'GET',
          key,
          headers: { ...range, ...same },
        });
        etag ??= headers.etag ?? null;
        try {
          end = isWhole ? lengthOf(headers) : requirePart(body, { at, end, what });
        } catch (error) {
          body.destroy();
          throw error;
        }
        const chunks = this.#requests.watched(body, what);
        const first = await chunks.next();
        if (first.done !== true) queue.push(first.value);
        // An answer without a first byte is none, unless the object has none.
        else if (isWhole && (end === null || end === 0)) isEmpty = true;
        else throw new S3Error(0, 'CutOff', `${what} was cut off at byte ${at}.`);
        return chunks;
      });
      if (isEmpty) return;
      try {
        for (;;) {
          const chunk = queue.shift() ?? (await stream.next()).value;
          if (!(chunk instanceof Uint8Array)) {
            isOver = end === null;
            break;
          }
          // More than was asked for is nobody's.
          const wanted = end === null ? chunk : chunk.subarray(0, end - at);
          at += wanted.length;
          if (wanted.length > 0) yield wanted;
          if (wanted.length < chunk.length) break;
        }
      } catch (error) {
        if (!(error instanceof S3Error) || error.status !== 0) throw error;
      } finally {
        await stream.return(undefined);
      }
      isOver ||= end !== null && at >= end;
    }
  }

  /** A small object as a text; null: there is none. Throws `S3Error`. */
  async text(key: string): Promise<string | null> {
    try {
      return (await this.#requests.ask({ method: 'GET', key })).text;
    } catch (error) {
      if (error instanceof S3Error && error.status === 404 && error.code !== 'NoSuchBucket') return null;
      throw error;
    }
  }

  /** Everything that begins with a prefix, by pages of a thousand. `delimiter`: `/` gives only what lies directly there. Throws `S3Error`. */
  async *list(prefix: string, delimiter = ''): AsyncGenerator<S3Page> {
    for (let token = ''; ;) {
      const { text } = await this.#requests.ask({
        method: 'GET',
        key: '',
        query: {
          'list-type': '2',
          prefix,
          ...(delimiter === '' ? {} : { delimiter }),
          ...(token === '' ? {} : { 'continuation-token': token }),
        },
      });
      yield {
        objects: elementsOf(text, 'Contents').map((each) => ({
          key: textOf(each, 'Key') ?? '',
          bytes: Number(textOf(each, 'Size') ?? '0'),
        })),
        folders: elementsOf(text, 'CommonPrefixes').map((each) =>
          (textOf(each, 'Prefix') ?? '').slice(prefix.length, -1),
        ),
      };
      if (textOf(text, 'IsTruncated') !== 'true') return;
      const next = textOf(text, 'NextContinuationToken') ?? '';
      // Half of a list taken for all of it would make what is needed look superfluous.
      if (next === '' || next === token)
        throw new S3Error(
          502,
          'BadAnswer',
          `The list of ${this.#name(prefix)} goes on, and does not say where.`,
        );
      token = next;
    }
  }

  /** One that is not there is fine. Throws `S3Error`. */
  async delete(key: string): Promise<void> {
    try {
      await this.#requests.ask({ method: 'DELETE', key });
    } catch (error) {
      if (!(error instanceof S3Error) || error.status !== 404) throw error;
    }
  }

  /**
   * Ends uploads in parts that were cut short below a prefix: nobody sees them, and they cost. Does nothing where the key may not, or where the
   * server does not know how: what was left half then stays. Throws `S3Error`.
   */
  async abortUploads(prefix: string): Promise<void> {
    try {
      await this.#abortAll(prefix);
    } catch (error) {
      if (!(error instanceof S3Error) || (error.status !== 403 && error.status !== 501)) throw error;
    }
  }

  async #abortAll(prefix: string): Promise<void> {
    const { text } = await this.#requests.ask({
      method: 'GET',
      key: '',
      query: { uploads: '', prefix },
    });
    for (const upload of elementsOf(text, 'Upload')) {
      const key = textOf(upload, 'Key') ?? '';
      const uploadId = textOf(upload, 'UploadId');
      if (uploadId !== null && key.startsWith(prefix)) await this.#abort(key, uploadId);
    }
  }

  async #complete(
    key: string,
    uploadId: string,
    { body, bytes }: { readonly body: Buffer<ArrayBuffer>; readonly bytes: number },
  ): Promise<void> {
    try {
      await this.#requests.ask({ method: 'POST', key, query: { uploadId }, body });
    } catch (error) {
      // The answer to an attempt that succeeded may have been lost: the next one finds no such upload, and the object.
      if (!(error instanceof S3Error) || error.code !== 'NoSuchUpload') throw error;
      if ((await this.size(key)) !== bytes) throw error;
    }
  }

  async #abort(key: string, uploadId: string): Promise<void> {
    try {
      await this.#requests.ask({ method: 'DELETE', key, query: { uploadId } });
    } catch (error) {
      if (!(error instanceof S3Error) || error.status !== 404) throw error;
    }
  }

  #name(key: string): string {
    return describe(this.#requests.bucket, { method: 'GET', key });
  }
}

/** Bytes of an answer; null: it ends when it ends. */
function lengthOf(headers: IncomingHttpHeaders): number | null {
  const length = headers['content-length'];
  return length === undefined ? null : Number(length);
}

/**
 * Where a part of an object ends that was asked for from `at` on, up to `end` (null: to its end). A server, or a proxy before it, that does not know
 * ranges answers with the whole object, and its bytes would stand in the wrong place: throws `S3Error`.
 */
function requirePart(
  answer: IncomingMessage,
  { at, end, what }: { readonly at: number; readonly end: number | null; readonly what: string },
): number | null {
  const { statusCode: status = 0, headers } = answer;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(headers['content-range'] ?? '');
  if (status !== 206 || range === null || Number(range[1]) !== at)
    throw new S3Error(
      status,
      'BadAnswer',
      `${what} was asked for from byte ${at} on, and answered with ${range === null ? 'no part of it' : `what begins at byte ${range[1]}`}: the server, or a proxy before it, does not give ranges.`,
    );
  return end ?? (range[2] === '*' ? null : Number(range[2]));
}

/** The SHA-256 of bytes, as hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
