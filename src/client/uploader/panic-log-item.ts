// A panic log → the item that is sent by HEAD and PUT. A log of Syncthing or of `mayday watch` is sent without the log
// lines before the panic; a captured standard error is brought into the form of a log first.
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { CrashDetector } from '../monitor/crash-detector.ts';
import { LineSplitter } from '../monitor/output-line-splitter.ts';
import { versionLine } from '../monitor/version-line.ts';
import type { Item, ItemSettings } from './item.ts';
import { uploadPanicLog, withoutLogLines } from './panic-log-upload.ts';

const PANIC_AT = /^Panic at \S/m;
/** A server takes 1 MiB; a trace that was captured is cut, its beginning says what happened. */
const MAX_TRACE_BYTES = 1000 * 1024;

export function panicLogItem(
  file: string,
  bytes: Buffer,
  settings: ItemSettings,
): { readonly item: Item } | { readonly fault: string } {
  const report = PANIC_AT.test(bytes.toString('latin1'))
    ? withoutLogLines(bytes)
    : captured(file, bytes, settings);
  if (typeof report === 'string') return { fault: report };
  return {
    item: {
      kind: 'panic log',
      name: file,
      bytes: report.length,
      key: createHash('sha256').update('panic log\n').update(report).digest('hex'),
      async send({ address, send, signal, onBytes }) {
        const result = await uploadPanicLog(report, address, send, signal);
        onBytes(report.length);
        if (result.kind === 'stored') return { kind: 'stored', answer: 'ok', id: result.id.slice(0, 16) };
        return result.retry
          ? { kind: 'unavailable', problem: result.problem, retryAfter: result.retryAfter }
          : { kind: 'refused', problem: result.problem };
      },
    },
  };
}

/** The log that a monitor would have written of this output; a sentence where there is no crash in it. */
function captured(file: string, bytes: Buffer, { product, version }: ItemSettings): Buffer | string {
  const trace: Buffer[] = [];
  let size = 0;
  const detector = new CrashDetector({
    begin() {
      trace.length = 0;
      size = 0;
    },
    line(line) {
      if (size + line.length > MAX_TRACE_BYTES) return;
      trace.push(line);
      size += line.length;
    },
  });
  const splitter = new LineSplitter((line) => detector.write(line));
  splitter.write(bytes);
  splitter.end();
  if (trace.length === 0) return `${file} is a text without a crash in it that Mayday knows`;
  if (product === null) {
    return `${file} has no line "Panic at", so it does not say which program it is of: give --product`;
  }
  const said = version === null ? null : `${product} ${version}`;
  const at = statSync(file)
    .mtime.toISOString()
    .replace(/\.\d+Z$/, 'Z');
  const head = `${versionLine({ command: product, name: product, said })}\nPanic at ${at}\n`;
  return Buffer.concat([Buffer.from(head), ...trace]);
}
