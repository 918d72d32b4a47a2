// A report as the form that its client would have sent: fields, and files that are streamed from where they lie.
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
  /** The product that it is filed under where its fields name none. */
  readonly product?: string;
}

const BOUNDARY = '----MaydayImportBoundary7d91c4e2b05f4a6c8e13';
export const DUMP_PART = 'upload_file_minidump';

export function formRequest(form: ReportForm, intake: Pick<LocalIntake, 'formTarget'>): LocalRequest {
  const { fields, files, receivedAt, userAgent, product } = form;
  const hasFields = fields.length > 0;
  // A form without fields is taken where its address names a product; `mayday` stands for the server's default one.
  const query = hasFields && product === undefined ? {} : { product: product ?? DEFAULT };
  return {
    target: intake.formTarget(files.length > 0 ? query : {}),
    headers: {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      ...(userAgent !== undefined && { 'user-agent': userAgent }),
    },
    body: bytesOf(form),
    receivedAt,
  };
}

const DEFAULT = 'unknown';

async function* bytesOf({ fields, asJson = false, files }: ReportForm): AsyncGenerator<Buffer> {
  try {
    if (asJson) {
      const json = JSON.stringify(Object.fromEntries(fields));
      yield head('name="extra"; filename="extra.json"', 'application/json');
      yield Buffer.from(`${json}\r\n`);
    } else {
      for (const [name, value] of fields) {
        yield head(`name="${quoted(name)}"`, null);
        yield Buffer.from(`${value}\r\n`);
      }
    }
    for (const { part, filename, bytes } of files) {
      yield head(`name="${quoted(part)}"; filename="${quoted(filename)}"`, 'application/octet-stream');
      if (Buffer.isBuffer(bytes)) yield bytes;
      else yield* bytes.handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>;
      yield Buffer.from('\r\n');
    }
    yield Buffer.from(`--${BOUNDARY}--\r\n`);
  } finally {
    for (const { bytes } of files) if (!Buffer.isBuffer(bytes)) await bytes.handle.close();
  }
}

function head(disposition: string, type: string | null): Buffer {
  const contentType = type === null ? '' : `Content-Type: ${type}\r\n`;
  return Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n${contentType}\r\n`);
}

/** As browsers write names and file names of parts (HTML, "multipart/form-data"). */
function quoted(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
