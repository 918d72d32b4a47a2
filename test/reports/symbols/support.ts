// Symbol files, archives and forms as the tools of the field make them.
import yazl from 'yazl';

/** A small symbol file; `name` tells its function. */
export function symbolText(
  options: { readonly debugFile?: string; readonly debugId?: string; readonly name?: string } = {},
): string {
  const {
    debugFile = 'libapp.so',
    debugId = 'AABBCCDDEEFF001122334455667788990',
    name = 'app::start()',
  } = options;
  return [
    `MODULE Linux x86_64 ${debugId} ${debugFile}`,
    'INFO CODE_ID DDCCBBAAFFEE1100223344556677889900112233',
    'FILE 0 src/start.cc',
    `FUNC 1000 40 0 ${name}`,
    '1000 20 12 0',
    '1020 20 13 0',
    'PUBLIC 2000 0 app_entry',
    'STACK CFI INIT 1000 40 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
    '',
  ].join('\n');
}

/** A zip archive in memory. */
export async function zipOf(entries: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(entries)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  const pieces: Buffer[] = [];
  for await (const piece of zip.outputStream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** The same bytes with every name in the archive replaced by one of the same length. */
export function renamed(zip: Buffer, from: string, to: string): Buffer {
  if (from.length !== to.length) throw new Error('names of different lengths');
  return Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1');
}

/** A form as curl and Breakpad's HTTPUpload write it. */
export function formBody(
  parts: readonly { readonly name: string; readonly filename?: string; readonly content: string | Buffer }[],
): { readonly body: Buffer; readonly contentType: string } {
  const boundary = '------------------------d74496d66958873e';
  const pieces = parts.flatMap(({ name, filename, content }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${
        filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: application/octet-stream`
      }\r\n\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return {
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}
