// Crashpad databases of macOS and Windows, whose marks nobody but Crashpad can write from here: on macOS they are extended attributes of
// each dump, on Windows they stand in one file that Crashpad rewrites under a lock. Their pending reports are sent, and what was sent is
// remembered by the state of `mayday send` alone.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { crashpadAttachments } from './crashpad-attachments.ts';
import { readCrashpadRecords } from './crashpad-meta.ts';
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

const COMPLETED = 2;

/** Dumps in `reports` that `metadata` knows as pending or being sent; all of them where it cannot be read. */
function pendingOnWindows(dir: string): readonly string[] {
  const there = dumpsOf(path.join(dir, 'reports'));
  const records = readCrashpadRecords(readFileSync(path.join(dir, 'metadata')));
  if (records === null) return there;
  const completed = new Set(
    records.filter(({ state }) => state === COMPLETED).map(({ dump }) => dump.toLowerCase()),
  );
  return there.filter((file) => existsSync(file) && !completed.has(path.basename(file).toLowerCase()));
}
