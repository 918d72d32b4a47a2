// Reports to send, built byte by byte: minidumps with Crashpad's annotations, and a whole Crashpad database.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Annotations by key, as a program sets them with Crashpad. */
export type Annotations = Readonly<Record<string, string>>;

const HEADER_BYTES = 32;
const CRASHPAD_INFO = 0x43500001;

/** The client id of every dump made here. */
export const CLIENT_ID = '50c4218a-bcb9-48a9-8093-a06e6435cd61';

/** A minidump whose only stream is Crashpad's (minidump_extensions.h), with annotations of the process. */
export function crashpadDump(annotations: Annotations, filler = 0): Buffer {
  const pieces: Buffer[] = [];
  let at = HEADER_BYTES;
  const put = (piece: Buffer): number => {
    const rva = at;
    pieces.push(piece);
    at += piece.length;
    return rva;
  };
  const text = (value: string): number => {
    const bytes = Buffer.from(value);
    return put(Buffer.concat([u32(bytes.length), bytes, Buffer.alloc(1)]));
  };
  const entries = Object.entries(annotations).map(([key, value]) => u32(text(key), text(value)));
  const dictionary = Buffer.concat([u32(entries.length), ...entries]);
  const dictionaryRva = put(dictionary);
  const info = Buffer.concat([
    u32(1),
    Buffer.alloc(16, 7),
    guid(CLIENT_ID),
    u32(dictionary.length, dictionaryRva),
    u32(0, 0),
  ]);
  const infoRva = put(info);
  put(Buffer.alloc(filler, 'filler '));
  const directory = put(u32(CRASHPAD_INFO, info.length, infoRva));
  const header = Buffer.concat([Buffer.from('MDMP'), u32(0xa793, 1, directory, 0, 1_700_000_000, 0, 0)]);
  return Buffer.concat([header, ...pieces]);
}

/** A minidump that says nothing of itself. */
export function plainDump(filler = 100): Buffer {
  const header = Buffer.concat([Buffer.from('MDMP'), u32(0xa793, 1, HEADER_BYTES, 0, 1_700_000_000, 0, 0)]);
  return Buffer.concat([header, u32(0x4d7a0003, filler, HEADER_BYTES + 12), Buffer.alloc(filler, 'plain ')]);
}

export interface FakeReport {
  readonly uuid: string;
  readonly annotations: Annotations;
  readonly attachments?: Readonly<Record<string, string>>;
  readonly attempts?: number;
  readonly filler?: number;
}

/** `settings.dat`, `new`, `pending`, `completed` and `attachments`, as Crashpad leaves them on Linux. */
export function fakeDatabase(dir: string, reports: readonly FakeReport[], uploadsEnabled = true): void {
  for (const name of ['new', 'pending', 'completed', 'attachments'])
    mkdirSync(path.join(dir, name), { recursive: true });
  const settings = Buffer.concat([
    u32(0x43506473, 1, uploadsEnabled ? 1 : 0, 0),
    Buffer.alloc(8),
    guid(CLIENT_ID),
  ]);
  writeFileSync(path.join(dir, 'settings.dat'), settings);
  for (const { uuid, annotations, attachments = {}, attempts = 0, filler } of reports) {
    writeFileSync(path.join(dir, 'pending', `${uuid}.dmp`), crashpadDump(annotations, filler));
    writeFileSync(path.join(dir, 'pending', `${uuid}.meta`), meta(attempts));
    for (const [name, content] of Object.entries(attachments)) {
      mkdirSync(path.join(dir, 'attachments', uuid), { recursive: true });
      writeFileSync(path.join(dir, 'attachments', uuid, name), content);
    }
  }
}

/** The `metadata` of a database on Windows: reports with their state (0 pending, 2 completed). */
export function windowsMetadata(
  reports: readonly { readonly name: string; readonly state: number }[],
): Buffer {
  const strings: Buffer[] = [];
  let at = 0;
  const records = reports.map(({ name, state }) => {
    const record = Buffer.alloc(56);
    record.writeUInt32LE(at, 16);
    record.writeInt32LE(state, 44);
    strings.push(Buffer.from(`C:\\Users\\a\\Crashpad\\reports\\${name}\0`));
    at += strings.at(-1)?.length ?? 0;
    return record;
  });
  return Buffer.concat([Buffer.from('DAPC'), u32(1, reports.length, 0), ...records, ...strings]);
}

/** A new report's metadata: version, attempts, last attempt, creation, attributes, padding. */
function meta(attempts: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeInt32LE(1, 0);
  bytes.writeInt32LE(attempts, 4);
  bytes.writeBigInt64LE(1_700_000_000n, 16);
  return bytes;
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

/** Bytes of a GUID whose first three fields are little-endian. */
function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Buffer.concat([
    bytes.subarray(0, 4).toReversed(),
    bytes.subarray(4, 6).toReversed(),
    bytes.subarray(6, 8).toReversed(),
    bytes.subarray(8),
  ]);
}
