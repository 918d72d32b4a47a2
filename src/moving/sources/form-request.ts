// A report as the form that its client would have sent: fields, and files that are streamed from where they lie.
import { randomBytes } from 'node:crypto';
import type { LocalIntake, LocalRequest } from '../../submit/local-intake.ts';
import type { SourceFile } from '../source-folder.ts';

/** A part with bytes. */
export interface FormPart {
  readonly part: string;
  readonly filename: string;
  readonly bytes: Buffer | SourceFile;
}

export interface ReportForm {
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Socorro's form: the annotations are one JSON part. */
  readonly asJson?: boolean;
  readonly files: readonly FormPart[];
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly userAgent?: string;
}

export const DUMP_PART = 'upload_file_minidump';

/** A dump alone is taken from Crashpad's own uploader, which tries once and may have been unable to read more (docs/protocols/crashpad.md). */
const DUMP_ALONE = 'Crashpad/import';

export function formRequest(form: ReportForm, intake: Pick<LocalIntake, 'formTarget'>): LocalRequest {
  const { fields, receivedAt, userAgent } = form;
  // Files come from strangers: none of them can know where a part ends.
  const boundary = `----mayday-import-${randomBytes(16).toString('hex')}`;
  const agent = fields.length === 0 ? DUMP_ALONE : userAgent;
  return {
    target: intake.formTarget({}),
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      ...(agent !== undefined && { 'user-agent': agent }),
    },
    body: bytesOf(form, boundary),
    receivedAt,
  };
}

async function* bytesOf(
  { fields, asJson = false, files }: ReportForm,
  boundary: string,
): AsyncGenerator<Buffer> {
  try {
    if (asJson) {
      const json = JSON.stringify(Object.fromEntries(fields));
      yield head(boundary, 'name="extra"; filename="extra.json"', 'application/json');
      yield Buffer.from(`${json}\r\n`);
    } else {
      for (const [name, value] of fields) {
        yield head(boundary, `name="${quoted(name)}"`, null);
        yield Buffer.from(`${value}\r\n`);
      }
    }
    for (const { part, filename, bytes } of files) {
      yield head(
        boundary,
        `name="${quoted(part)}"; filename="${quoted(filename)}"`,
        'application/octet-stream',
      );
      if (Buffer.isBuffer(bytes)) yield bytes;
      else yield* bytes.handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>;
      yield Buffer.from('\r\n');
    }
    yield Buffer.from(`--${boundary}--\r\n`);
  } finally {
    for (const { bytes } of files) if (!Buffer.isBuffer(bytes)) await bytes.handle.close();
  }
}

function head(boundary: string, disposition: string, type: string | null): Buffer {
  const contentType = type === null ? '' : `Content-Type: ${type}\r\n`;
  return Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${contentType}\r\n`);
}

/** As browsers write names and file names of parts (HTML, "multipart/form-data"). */
function quoted(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
