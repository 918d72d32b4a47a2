// Folders of Red Hat's ABRT (`/var/spool/abrt/ccpp-2026-…/`): one file for each field. Source: ABRT's documentation of problem directories,
// satyr's JSON of core stacks. The core file inside is no text and stays where it is.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { asRecord } from './kind.ts';
import type { ForeignReport } from './panic-log-item.ts';

const MAX_FIELD = 4 * 1024 * 1024;
const MAX_FRAMES = 1000;

/** Whether a folder is one. */
export function isAbrtFolder(names: readonly string[]): boolean {
  return (
    names.includes('type') &&
    names.includes('time') &&
    ['backtrace', 'core_backtrace', 'coredump', 'reason'].some((name) => names.includes(name))
  );
}

/** Reads one. */
export function readAbrtFolder(dir: string): ForeignReport {
  const field = (name: string): string => {
    const file = path.join(dir, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size <= MAX_FIELD ? readFileSync(file, 'utf8').trim() : '';
  };
  const seconds = Number(field('time'));
  const name = field('pkg_name') || field('component') || (field('executable').split('/').at(-1) ?? '');
  const version = field('pkg_version');
  const backtrace = field('backtrace');
  const stack = backtrace === '' ? coreStack(field('core_backtrace')) : backtrace;
  // `app killed by SIGSEGV`; a trace of a language has its own head.
  const signal = /killed by (SIG[A-Z]+)/.exec(field('reason'))?.[1];
  const head = signal === undefined ? '' : `Program terminated with signal ${signal}\n`;
  return {
    text: `${head}${stack}\n`,
    product: name || null,
    version: version || null,
    atMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null,
  };
}

/** satyr's JSON as the lines that a debugger prints, of the thread that crashed. */
function coreStack(json: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return '';
  }
  const threads = asRecord(value)?.['stacktrace'];
  const list: readonly unknown[] = Array.isArray(threads) ? threads : [];
  const crashed =
    list.map((one) => asRecord(one)).find((one) => one?.['crash_thread'] === true) ?? asRecord(list[0]);
  const frames: readonly unknown[] = Array.isArray(crashed?.['frames']) ? crashed['frames'] : [];
  return frames
    .slice(0, MAX_FRAMES)
    .map((frame, index) => frameLine(asRecord(frame) ?? {}, index))
    .join('\n');
}

function frameLine(frame: Readonly<Record<string, unknown>>, index: number): string {
  const text = (name: string): string => {
    const value = frame[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const hex = (name: string): string => Number(text(name) || 0).toString(16);
  const id = text('build_id');
  const module = text('file_name') === '' ? '' : ` (${text('file_name')}+0x${hex('build_id_offset')})`;
  return `    #${index} 0x${hex('address').padStart(4, '0')} in ${text('function_name') || '??'}${module}${id === '' ? '' : ` (BuildId: ${id})`}`;
}
