// A Crashpad database folder → its pending reports, each of which is marked as Crashpad's own uploader marks it.
//
//   pending ── the server has it ──▶ completed, attributes "uploaded", the answer as its id
//   pending ── the server has it not ──▶ pending, one more attempt counted
//
// The layout of Linux, Android and Fuchsia; crashpad-elsewhere.ts has those of macOS and Windows.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { crashpadAttachments } from './crashpad-attachments.ts';
import { takeCrashpadLock } from './crashpad-lock.ts';
import {
  SETTINGS_LAST_ATTEMPT_OFFSET,
  readCrashpadMeta,
  readCrashpadSettings,
  writeCrashpadMeta,
  type CrashpadMeta,
} from './crashpad-meta.ts';
import type { Item, ItemSettings, Plan } from './item.ts';
import { minidumpItem, type ReadDump } from './minidump-item.ts';

/** What a folder is, seen from outside. */
export type CrashpadLayout = 'generic' | 'macos' | 'windows';

const UUID_DUMP = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.dmp$/i;
/** A multi-character constant in C++ is stored with its last character first. */
const WINDOWS_METADATA_MAGIC = 'DAPC';

/** Null where it is no Crashpad database. */
export function crashpadLayout(dir: string): CrashpadLayout | null {
  if (
    existsSync(path.join(dir, 'reports')) &&
    startsWith(path.join(dir, 'metadata'), WINDOWS_METADATA_MAGIC)
  ) {
    return 'windows';
  }
  if (!['pending', 'completed', 'new'].every((name) => existsSync(path.join(dir, name)))) return null;
  const names = ['pending', 'completed'].flatMap((name) => readdirSync(path.join(dir, name)));
  const dumps = names.some((name) => name.endsWith('.dmp'));
  return dumps && !names.some((name) => name.endsWith('.meta')) ? 'macos' : 'generic';
}

/** The pending reports of a database in the generic layout. */
export function crashpadReports(
  dir: string,
  settings: ItemSettings,
  readDump: ReadDump,
  now: () => number,
): Plan {
  const items: Item[] = [];
  const faults: string[] = [];
  const pending = path.join(dir, 'pending');
  for (const name of readdirSync(pending).sort()) {
    if (!UUID_DUMP.test(name)) continue;
    const file = path.join(pending, name);
    const meta = readMeta(file);
    if (meta === null) {
      faults.push(`${file} has no metadata beside it that can be read (${path.basename(metaPath(file))})`);
      continue;
    }
    const source = { kind: 'crashpad', file, beside: [], files: crashpadAttachments(dir, name) } as const;
    const made = minidumpItem(source, settings, readDump);
    if ('fault' in made) faults.push(made.fault);
    else items.push(databaseItem(made.item, { dir, file, now }));
  }
  const enabled = readSettings(dir)?.uploadsEnabled ?? true;
  const remarks =
    enabled || items.length === 0
      ? []
      : [`${dir}: uploads are switched off in settings.dat; its reports are sent because you ask for it`];
  return { items, faults, remarks };
}

interface Place {
  readonly dir: string;
  readonly file: string;
  readonly now: () => number;
}

function databaseItem(item: Item, { dir, file, now }: Place): Item {
  let unlock: (() => void) | null = null;
  return {
    ...item,
    take() {
      if (!existsSync(file)) return 'it is no longer pending';
      unlock = takeCrashpadLock(file, now());
      return unlock === null ? 'another process is working on it' : null;
    },
    arrived({ answer }, attempts) {
      const meta = readMeta(file);
      if (meta !== null) complete(dir, file, counted(meta, attempts, now()), answer);
      noteAttempt(dir, now());
    },
    failed(attempts) {
      const meta = readMeta(file);
      if (meta === null || attempts === 0) return;
      writeMeta(file, counted(meta, attempts, now()));
      noteAttempt(dir, now());
    },
    release() {
      unlock?.();
      unlock = null;
    },
  };
}

/**
 * Moves a report to `completed`. Its metadata is there before the dump: Crashpad deletes a dump without metadata, and one
 * that was sent is deleted, not sent again, if this is cut off in between.
 */
function complete(dir: string, file: string, meta: CrashpadMeta, answer: string): void {
  const target = path.join(dir, 'completed', path.basename(file));
  mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
  const unlock = takeCrashpadLock(target, Date.now());
  try {
    writeMeta(target, { ...meta, uploaded: true, uploadRequested: false, id: answer });
    renameSync(file, target);
    rmSync(metaPath(file), { force: true });
  } finally {
    unlock?.();
  }
}

function counted(meta: CrashpadMeta, attempts: number, nowMs: number): CrashpadMeta {
  return { ...meta, attempts: meta.attempts + attempts, lastAttempt: Math.floor(nowMs / 1000) };
}

/** Crashpad allows one upload an hour, by this time. */
function noteAttempt(dir: string, nowMs: number): void {
  if (readSettings(dir) === null) return;
  const seconds = Buffer.alloc(8);
  seconds.writeBigUInt64LE(BigInt(Math.floor(nowMs / 1000)));
  const file = openSync(path.join(dir, 'settings.dat'), 'r+');
  writeSync(file, seconds, 0, seconds.length, SETTINGS_LAST_ATTEMPT_OFFSET);
  closeSync(file);
}

function metaPath(file: string): string {
  return file.replace(/\.dmp$/i, '.meta');
}

function readMeta(file: string): CrashpadMeta | null {
  try {
    return readCrashpadMeta(readFileSync(metaPath(file)));
  } catch {
    return null;
  }
}

function writeMeta(file: string, meta: CrashpadMeta): void {
  const out = openSync(metaPath(file), 'w', 0o600);
  try {
    writeSync(out, writeCrashpadMeta(meta));
    fsyncSync(out);
  } finally {
    closeSync(out);
  }
}

function readSettings(dir: string): { readonly uploadsEnabled: boolean } | null {
  try {
    return readCrashpadSettings(readFileSync(path.join(dir, 'settings.dat')));
  } catch {
    return null;
  }
}

function startsWith(file: string, magic: string): boolean {
  try {
    return readFileSync(file).subarray(0, magic.length).toString('latin1') === magic;
  } catch {
    return false;
  }
}
