// Crashpad databases of macOS and Windows, whose marks nobody but Crashpad can write from here: on macOS they are extended attributes of
// each dump, on Windows they stand in one file that Crashpad rewrites under a lock. Their pending reports are sent, and what was sent is
// remembered by the state of `mayday send` alone.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ByteReader } from '../../base/byte-reader.ts';
import { crashpadAttachments } from './crashpad-attachments.ts';
import type { Item, ItemSettings, Plan } from './item.ts';
import { minidumpItem, type ReadDump } from './minidump-item.ts';

const REMARK = 'Crashpad is not told that they were sent; --state remembers it';

/** The pending reports; `windows` ones as far as `metadata` does not call them completed. */
export function crashpadReportsElsewhere(
  dir: string,
  system: 'macos' | 'windows',
  settings: ItemSettings,
  readDump: ReadDump,
): Plan {
  const items: Item[] = [];
  const faults: string[] = [];
  const files = system === 'macos' ? dumpsOf(path.join(dir, 'pending')) : pendingOnWindows(dir);
  for (const file of files) {
    const source = {
      kind: 'crashpad',
      file,
      beside: [],
      files: crashpadAttachments(dir, path.basename(file)),
    } as const;
    const made = minidumpItem(source, settings, readDump);
    if ('fault' in made) faults.push(made.fault);
    else items.push(made.item);
  }
  return { items, faults, remarks: items.length === 0 ? [] : [`${dir}: ${REMARK}`] };
}

function dumpsOf(dir: string): readonly string[] {
  return readdirSync(dir)
    .filter((name) => /\.dmp$/i.test(name))
    .sort()
    .map((name) => path.join(dir, name));
}

// MetadataFileHeader: uint32 magic, version, number of records, padding. MetadataFileReportRecord: 16 bytes UUID, uint32 index of
// the path, uint32 index of the id, int64 creation, int64 last attempt, int32 attempts, int32 state, uint8 attributes, 7 bytes padding.
// Behind the records stand the strings, each with a NUL (crashpad's client/crash_report_database_win.cc).
const HEADER_BYTES = 16;
const RECORD_BYTES = 56;
const COMPLETED = 2;
const MAX_RECORDS = 100_000;

/** Dumps in `reports` that `metadata` knows as pending or being sent; all of them where it cannot be read. */
function pendingOnWindows(dir: string): readonly string[] {
  const there = dumpsOf(path.join(dir, 'reports'));
  const bytes = readFileSync(path.join(dir, 'metadata'));
  const reader = new ByteReader(bytes);
  const count = bytes.length < HEADER_BYTES ? 0 : reader.u32(8);
  const strings = HEADER_BYTES + count * RECORD_BYTES;
  if (count === 0 || count > MAX_RECORDS || strings > bytes.length) return there;
  const completed = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    const at = HEADER_BYTES + index * RECORD_BYTES;
    if (reader.u32(at + 44) !== COMPLETED) continue;
    const begin = strings + reader.u32(at + 16);
    const end = begin < bytes.length ? bytes.indexOf(0, begin) : -1;
    if (end > begin) completed.add(path.win32.basename(bytes.toString('utf8', begin, end)).toLowerCase());
  }
  return there.filter((file) => existsSync(file) && !completed.has(path.basename(file).toLowerCase()));
}
