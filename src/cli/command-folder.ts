// The data folder that a command works on: its settings, and that it is there.
import { existsSync } from 'node:fs';
import { loadConfig } from '../app/config.ts';
import type { Config } from '../app/config.ts';
import type { CommandIo } from './command.ts';

/** The settings of a command whose data folder is there; else its exit code, and why was said. */
export function dataFolderOf(io: Pick<CommandIo, 'env' | 'err'>): Config | number {
  const loaded = loadConfig(io.env);
  if (!loaded.ok) {
    io.err(loaded.faults.map((fault) => `${fault}\n`).join(''));
    return 2;
  }
  const { CRASH_REPORTS_DIR: dir } = loaded.config;
  if (existsSync(dir)) return loaded.config;
  io.err(`There is no folder ${dir}. Set CRASH_REPORTS_DIR to the one that the servers use.\n`);
  return 1;
}
