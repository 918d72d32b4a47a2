// Structured logs: one JSON line per event on standard error, through pino. Roles get a child with their name.
import { EventEmitter } from 'node:events';
import pino from 'pino';

/** What the code logs through; tests pass one that is silent. */
export type Log = pino.Logger;

/** Levels that LOG_LEVEL knows, from most to least. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The log of this process. Time is ISO 8601 in UTC; the level is a word. */
export function createLog(level: LogLevel): Log {
  const destination = pino.destination({ dest: 2, sync: false });
  // Whoever read standard error is gone, or its disk is full: a lost log line is no reason to lose reports.
  destination.on('error', () => undefined);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** Waits until what was logged has been written; to be called right after a line. At once where nobody logs such lines. */
export function written(log: Log): Promise<void> {
  if (!log.isLevelEnabled('info')) return Promise.resolve();
  const stream: unknown = Reflect.get(log, pino.symbols.streamSym);
  return stream instanceof EventEmitter
    ? new Promise((resolve) => stream.once('drain', () => resolve()))
    : Promise.resolve();
}
