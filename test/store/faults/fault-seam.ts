// Loaded with `--import` into every thread of a process: counts each file operation and each statement of the store, and makes the one
// that was asked for go wrong. Nothing of the store knows of it: it wraps the two objects that all of them go through.
import { closeSync, ftruncateSync, openSync, statSync } from 'node:fs';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { nodeFiles, syncFiles } from '../../../src/store/embedded/disk/files.ts';
import { statements } from '../../../src/store/embedded/database/statements.ts';
import { FAULTS, SORTS } from './fault-names.ts';
import type { Fault, Sort } from './fault-names.ts';

/** Places in the memory that all threads of the process share. */
const ENABLED = 0;
const TARGET = 1;
const SORT = 2;
const FAULT = 3;
const FIRED = 4;
/** From here on, one for each sort of call: how many there were. */
const CALLS = 5;

const KEY = 'mayday-fault-seam';
const inherited = getEnvironmentData(KEY);
const shared =
  inherited instanceof SharedArrayBuffer ? inherited : new SharedArrayBuffer((CALLS + SORTS.length) * 4);
setEnvironmentData(KEY, shared);
const memory = new Int32Array(shared);

/** From now on every call counts; number `target` (from 1) of a sort goes wrong in this way, 0: none does. */
export function arm(target: number, sort: Sort, fault: Fault): void {
  memory.fill(0);
  memory.set([1, target, SORTS.indexOf(sort), FAULTS.indexOf(fault)]);
}

/** Ends it; gives how many calls of each sort there were and whether one went wrong. */
export function disarm(): { readonly calls: Readonly<Record<Sort, number>>; readonly fired: boolean } {
  Atomics.store(memory, ENABLED, 0);
  const counted = (sort: Sort): number => Atomics.load(memory, CALLS + SORTS.indexOf(sort));
  return {
    calls: { any: counted('any'), removal: counted('removal'), commit: counted('commit') },
    fired: Atomics.load(memory, FIRED) === 1,
  };
}

function belongsTo(sort: Sort, what: string): boolean {
  return (
    sort === 'any' ||
    (sort === 'removal' && what === 'removeTree') ||
    (sort === 'commit' && what === 'COMMIT')
  );
}

function nextFault(what: string): Fault | null {
  if (Atomics.load(memory, ENABLED) === 0) return null;
  let isTarget = false;
  for (const [index, sort] of SORTS.entries()) {
    if (!belongsTo(sort, what)) continue;
    const call = Atomics.add(memory, CALLS + index, 1) + 1;
    if (index === Atomics.load(memory, SORT) && call === Atomics.load(memory, TARGET)) isTarget = true;
  }
  if (!isTarget) return null;
  Atomics.store(memory, FIRED, 1);
  return FAULTS[Atomics.load(memory, FAULT)] ?? null;
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function systemError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: injected into ${what}`), { code });
}

/** As better-sqlite3 throws it. */
function statementError(fault: Fault, sql: string): Error {
  const codes: Partial<Record<Fault, string>> = {
    ENOSPC: 'SQLITE_FULL',
    EACCES: 'SQLITE_READONLY',
    late: 'SQLITE_IOERR_FSYNC',
  };
  const code = codes[fault] ?? 'SQLITE_IOERR_WRITE';
  const error = Object.assign(new Error(`${code}: injected into ${sql.trim().slice(0, 60)}`), { code });
  error.name = 'SqliteError';
  return error;
}

async function faultyFile<T>(what: string, run: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
  const fault = nextFault(what);
  if (fault === null) return run();
  if (fault === 'kill') die();
  if (fault === 'late') await run();
  if (fault === 'short') await half?.();
  throw systemError(fault === 'late' || fault === 'short' ? 'EIO' : fault, what);
}

function faultySyncFile<T>(what: string, run: () => T): T {
  const fault = nextFault(what);
  if (fault === null) return run();
  if (fault === 'kill') die();
  if (fault === 'late') run();
  throw systemError(fault === 'late' || fault === 'short' ? 'EIO' : fault, what);
}

function faultyStatement<T>(database: string, sql: string, run: () => T): T {
  const fault = nextFault(sql.trim());
  if (fault === null) return run();
  if (fault === 'kill') die();
  if (fault === 'short') {
    const before = sizeOf(`${database}-wal`);
    run();
    const after = sizeOf(`${database}-wal`);
    if (after > before) truncate(`${database}-wal`, Math.floor((before + after) / 2));
    die();
  }
  if (fault === 'late') run();
  throw statementError(fault, sql);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function truncate(file: string, size: number): void {
  const handle = openSync(file, 'r+');
  ftruncateSync(handle, size);
  closeSync(handle);
}

function wrapFiles(): void {
  const real = { ...nodeFiles };
  Object.assign(nodeFiles, {
    makeFolder: (folder) => faultyFile('makeFolder', () => real.makeFolder(folder)),
    async create(file) {
      const out = await faultyFile('create', () => real.create(file));
      return {
        write: (chunk) =>
          faultyFile(
            'write',
            () => out.write(chunk),
            () => out.write(chunk.subarray(0, chunk.length >> 1)),
          ),
        writeAll: (chunks) =>
          faultyFile(
            'writeAll',
            () => out.writeAll(chunks),
            () => out.writeAll(chunks.slice(0, chunks.length >> 1)),
          ),
        sync: () => faultyFile('sync', () => out.sync()),
        close: () =>
          faultyFile(
            'close',
            () => out.close(),
            () => out.close(),
          ),
      };
    },
    openRead: (file, options) => faultyFile('openRead', () => real.openRead(file, options)),
    async openAt(file) {
      const source = await faultyFile('openAt', () => real.openAt(file));
      return { ...source, read: (at, length) => faultyFile('readAt', () => source.read(at, length)) };
    },
    rename: (from, to) => faultyFile('rename', () => real.rename(from, to)),
    link: (file, name) => faultyFile('link', () => real.link(file, name)),
    setTime: (file, mtimeMs) => faultyFile('setTime', () => real.setTime(file, mtimeMs)),
    list: (folder) => faultyFile('list', () => real.list(folder)),
    syncFolder: (folder) => faultyFile('syncFolder', () => real.syncFolder(folder)),
    removeTree: (target) => faultyFile('removeTree', () => real.removeTree(target)),
    stat: (target) => faultyFile('stat', () => real.stat(target)),
    freeBytes: (folder) => faultyFile('freeBytes', () => real.freeBytes(folder)),
  } satisfies typeof nodeFiles);
}

function wrapSyncFiles(): void {
  for (const [name, method] of Object.entries(syncFiles) as [string, (...args: unknown[]) => unknown][]) {
    Object.assign(syncFiles, {
      [name]: (...args: unknown[]) => faultySyncFile(name, () => method.apply(syncFiles, args)),
    });
  }
}

function wrapStatements(): void {
  const real = { ...statements };
  const runs = new Set<PropertyKey>(['run', 'get', 'all', 'iterate']);
  Object.assign(statements, {
    prepare: (connection: Parameters<typeof real.prepare>[0], sql: string) => {
      const statement = real.prepare(connection, sql);
      const watched: object = new Proxy(statement, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]): unknown => {
            const call = (): unknown => Reflect.apply(value, target, args);
            const result = runs.has(name) ? faultyStatement(connection.name, sql, call) : call();
            // `pluck` and its like give the statement itself.
            return result === target ? watched : result;
          };
        },
      });
      return watched;
    },
    exec: (connection: Parameters<typeof real.exec>[0], sql: string) =>
      faultyStatement(connection.name, sql, () => real.exec(connection, sql)),
    pragma: (connection: Parameters<typeof real.pragma>[0], text: string) =>
      faultyStatement(connection.name, text, () => real.pragma(connection, text)),
    backup: (...args: Parameters<typeof real.backup>) =>
      faultyStatement(args[0].name, 'backup', () => real.backup(...args)),
  });
}

wrapFiles();
wrapSyncFiles();
wrapStatements();
