// The minidumps of a report are unpacked, walked and processed, one after the other.
import type { ByteSource } from '../base/paged-reader.ts';
import { unpackDump, unpackStored } from '../formats/containers/dump-container.ts';
import type { ProcessedMinidump } from '../formats/crash/processed-minidump.ts';
import { processMinidump } from '../formats/crash/process-minidump.ts';
import { nameFrames } from '../formats/crash/name-frames.ts';
import type { SymbolProvider } from '../formats/symbols/symbol-provider.ts';
import type { Report } from '../report/report.ts';

const MINIDUMP_NAME = 'upload_file_minidump';

/** A report with what was sent beside it. */
export interface SentDumps {
  readonly report: Report;
  /** Attachments by name, as far as they were read (`wantedParts`). */
  readonly parts: ReadonlyMap<string, Uint8Array>;
  /** Large minidumps by name, which are read where they are stored; default none. What they throw rejects the report's processing. */
  readonly stored?: ReadonlyMap<string, ByteSource>;
  /** Minidumps that were walked before, by attachment name: previews do not walk them again, and what is gone cannot be. */
  readonly walked?: Readonly<Record<string, ProcessedMinidump>>;
}

/** What walks need. */
export interface DumpOptions {
  readonly symbols?: SymbolProvider;
  /** Asked between steps of a walk; true ends walking (a deadline). */
  readonly isOver?: () => boolean;
  /** Frames of one thread of a minidump that are walked; those of all threads together may be twice as many. */
  readonly maxStackFrames?: number;
}

/** The minidumps of a report, the crashed process's first. */
export async function walkDumps(
  { report, parts, stored = new Map(), walked = {} }: SentDumps,
  { symbols, isOver, maxStackFrames }: DumpOptions,
  notes: string[],
): Promise<ReadonlyMap<string, ProcessedMinidump>> {
  const sent = report.attachments.filter(({ kind }) => kind === 'minidump').map(({ name }) => name);
  // Those that are gone from the report were walked before.
  const names = [...new Set([...sent, ...Object.keys(walked)])]
    .filter((name) => parts.has(name) || stored.has(name) || Object.hasOwn(walked, name))
    .toSorted((a, b) => Number(b === MINIDUMP_NAME) - Number(a === MINIDUMP_NAME));
  const dumps = new Map<string, ProcessedMinidump>();
  for (const name of names) {
    const before = Object.hasOwn(walked, name) ? walked[name] : undefined;
    const isGone = before !== undefined && !parts.has(name) && !stored.has(name);
    dumps.set(
      name,
      // One after the other: they share the symbols that are open, and the time that is left.
      // Symbols that came since name what could not be named before.
      (isGone && symbols !== undefined ? await nameFrames(before, symbols, isOver) : before) ??
        (await processMinidump(
          unpacked(name, stored.get(name) ?? parts.get(name) ?? new Uint8Array(), notes),
          {
            ...(symbols !== undefined && { symbols }),
            ...(isOver !== undefined && { isOver }),
            ...(maxStackFrames !== undefined && {
              walkLimits: { maxFramesPerThread: maxStackFrames, maxFramesTotal: 2 * maxStackFrames },
            }),
          },
        )),
    );
  }
  return dumps;
}

/** The dump of an attachment, which may have been packed on its way. */
function unpacked(name: string, sent: Uint8Array | ByteSource, notes: string[]): Uint8Array | ByteSource {
  const { bytes, packings, problem } = sent instanceof Uint8Array ? unpackDump(sent) : unpackStored(sent);
  if (problem !== null) notes.push(`${name}: ${problem}.`);
  else if (packings.length > 0)
    notes.push(`${name} was sent as ${packings.join(' in ')} and is read unpacked.`);
  return bytes;
}
