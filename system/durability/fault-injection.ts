// Loaded into the server with `--import`: makes a share of all file operations of the process fail, below everything that
// Mayday does itself. FAULT_CODE: the errno (ENOSPC, EIO); FAULT_SHARE: how many in a thousand; FAULT_FILE: faults happen while
// this file exists.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const code = process.env['FAULT_CODE'] ?? 'EIO';
const share = Number(process.env['FAULT_SHARE'] ?? 100) / 1000;
const switchFile = process.env['FAULT_FILE'] ?? '';
const exists = fs.existsSync.bind(fs);

function fault(operation: string): Error | null {
  if (Math.random() >= share || !exists(switchFile)) return null;
  return Object.assign(new Error(`${code}: injected, ${operation}`), { code, syscall: operation });
}

type Method = (...args: unknown[]) => unknown;
type Methods = Record<string, Method | undefined>;

function wrap(target: object, name: string, style: 'promise' | 'callback' | 'sync'): void {
  const methods = target as Methods;
  const original = methods[name];
  if (original === undefined) return;
  methods[name] = function (this: unknown, ...args: unknown[]): unknown {
    // Standard output and error are not files of the store.
    const error = typeof args[0] === 'number' && args[0] <= 2 ? null : fault(name);
    if (error === null) return original.apply(this, args);
    if (style === 'promise') return Promise.reject(error);
    if (style === 'sync') throw error;
    const callback = args.at(-1) as (error: Error) => void;
    process.nextTick(callback, error);
    return undefined;
  };
}

const handle = await fs.promises.open(process.execPath, 'r');
const prototype: object = Object.getPrototypeOf(handle) as object;
await handle.close();
for (const name of ['write', 'writev', 'writeFile', 'sync', 'datasync']) wrap(prototype, name, 'promise');
for (const name of ['rename', 'mkdir']) wrap(fs.promises, name, 'promise');
for (const name of ['write', 'writev', 'fsync', 'fdatasync', 'rename']) wrap(fs, name, 'callback');
for (const name of ['writeSync', 'fsyncSync', 'fdatasyncSync', 'renameSync']) wrap(fs, name, 'sync');
syncBuiltinESMExports();
