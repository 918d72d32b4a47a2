// A text with a crash → the item that is sent by HEAD and PUT. A log of Syncthing or of `mayday watch` is sent without the log
// lines before the panic; any other text that the reader of logs understands is brought into the form of a log first.
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { readLog } from '../../formats/logs/read-log.ts';
import { textOfBytes } from '../../formats/logs/text-of-bytes.ts';
import { CrashDetector } from '../monitor/crash-detector.ts';
import { LineSplitter } from '../monitor/output-line-splitter.ts';
import { versionLine } from '../monitor/version-line.ts';
import type { Item, ItemSettings } from './item.ts';
import { uploadPanicLog, withoutLogLines } from './panic-log-upload.ts';

const PANIC_AT = /^Panic at \S/m;
/** A server takes 1 MiB; a trace that was captured is cut, its beginning says what happened. */
const MAX_TRACE_BYTES = 1000 * 1024;

/** What a crash reporter of the system wrote down: its text, and whose it is. */
export interface ForeignReport {
  readonly text: string;
  readonly product: string | null;
  readonly version: string | null;
  readonly atMs: number | null;
}

type Made = { readonly item: Item } | { readonly fault: string };

/** The item of a file. */
export function panicLogItem(file: string, bytes: Buffer, settings: ItemSettings): Made {
  if (PANIC_AT.test(bytes.toString('latin1'))) return itemOf(file, withoutLogLines(bytes));
  const trace = captured(bytes);
  if (trace === null) return { fault: `${file} is a text without a crash in it that Mayday knows` };
  if (settings.product === null) {
    return {
      fault: `${file} has no line "Panic at", so it does not say which program it is of: give --product`,
    };
  }
  return itemOf(file, headed(trace, file, settings, null));
}

/** The item of a report of another reporter; `-p` and `-v` outweigh what it says. */
export function foreignItem(file: string, report: ForeignReport, settings: ItemSettings): Made {
  const product = settings.product ?? report.product;
  if (product === null) return { fault: `${file} does not say which program it is of: give --product` };
  if (readLog(report.text).crash === null) return { fault: `${file} holds no stack that Mayday can read` };
  const told = { product, version: settings.version ?? report.version };
  return itemOf(file, headed(Buffer.from(report.text), file, told, report.atMs));
}

/** Whether the reader of logs finds a crash in a text that looked like something else. */
export function holdsCrash(bytes: Buffer): boolean {
  return readLog(textOfBytes(bytes)).crash !== null;
}

function itemOf(file: string, report: Buffer): { readonly item: Item } {
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

/** The log that a monitor would have written of this. */
function headed(
  trace: Buffer,
  file: string,
  { product, version }: Pick<ItemSettings, 'product' | 'version'>,
  atMs: number | null,
): Buffer {
  const said = version === null ? null : `${product} ${version}`;
  const at = new Date(atMs ?? statSync(file).mtimeMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const line = versionLine({ command: product ?? '', name: product, said });
  return Buffer.concat([Buffer.from(`${line}\nPanic at ${at}\n`), trace.subarray(0, MAX_TRACE_BYTES)]);
}

/** What belongs to the crash: as the monitor would have seen it, else what the reader of logs finds; null where there is none. */
function captured(bytes: Buffer): Buffer | null {
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
  if (trace.length > 0) return Buffer.concat(trace);
  const text = textOfBytes(bytes);
  const { crash } = readLog(text);
  return crash === null ? null : Buffer.from(text.slice(crash.start));
}
