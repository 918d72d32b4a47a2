// Reads the attachments that processing wants out of the store.
import type { Report } from '../../report/report.ts';
import type { ReportStore } from '../../store/reports.ts';
import { wantedParts } from '../wanted-parts.ts';
import type { StoredDumps } from './stored-dumps.ts';

/** Minidumps above this are not read whole where there is another way: a crash is told by a small part of them. */
export const WHOLE_BYTES = 256 * 1024;

/** What was read, and what is said of the rest. */
export interface ReadParts {
  readonly parts: readonly (readonly [name: string, bytes: Uint8Array])[];
  /** Minidumps that stay where they are, with their sizes. */
  readonly stored: readonly (readonly [name: string, size: number])[];
  readonly notes: readonly string[];
}

/**
 * Reads them one after the other, for a thread with so much heap; large minidumps are only opened where there are `dumps`. Throws where
 * the store fails; an attachment that is gone is a note.
 */
export async function readParts(
  store: ReportStore,
  report: Pick<Report, 'crashId' | 'attachments'>,
  maxHeapMb: number,
  dumps: StoredDumps | null = null,
): Promise<ReadParts> {
  const wanted = wantedParts(report, maxHeapMb);
  const parts: (readonly [string, Uint8Array])[] = [];
  const stored: (readonly [string, number])[] = [];
  const notes = [...wanted.notes];
  for (const { name, kind, size } of wanted.parts) {
    if (dumps !== null && kind === 'minidump' && size > WHOLE_BYTES) {
      const open = await dumps.open(name);
      if (open === null) notes.push(`${name}: is no longer stored`);
      else stored.push([name, open]);
      continue;
    }
    const opened = await store.openAttachment(report.crashId, name);
    if (opened === null) {
      notes.push(`${name}: is no longer stored`);
      continue;
    }
    let bytes: Buffer | null = null;
    let filled = 0;
    for await (const chunk of opened.stream as AsyncIterable<Uint8Array>) {
      // The first bytes tell whether there is anything to be read: random ones would take their size in memory for nothing.
      if (bytes === null && kind === 'minidump' && !mayHoldDump(chunk)) {
        bytes = Buffer.from(chunk.subarray(0, HEADER_BYTES));
        filled = size;
        break;
      }
      bytes ??= Buffer.allocUnsafeSlow(size);
      if (filled + chunk.length > size)
        throw new Error(`attachment ${name} is longer than its ${size} bytes`);
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
    if (filled < size) throw new Error(`attachment ${name} ends after ${filled} of its ${size} bytes`);
    parts.push([name, bytes ?? Buffer.alloc(0)]);
  }
  return { parts, stored, notes };
}

/** Enough for the header of a minidump; what says that it is none. */
const HEADER_BYTES = 32;
/** How what may hold a minidump begins: one itself in both byte orders, the compressed forms, a multipart body. */
const BEGINNINGS: readonly Buffer[] = [
  Buffer.from('MDMP'),
  Buffer.from('PMDM'),
  Buffer.from([0x1f, 0x8b]),
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
  Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]),
  Buffer.from('PK\u0003\u0004'),
  Buffer.from('--'),
];

/** True where fewer bytes are there than tell. */
function mayHoldDump(chunk: Uint8Array): boolean {
  return BEGINNINGS.some((beginning) => {
    const length = Math.min(beginning.length, chunk.length);
    return beginning.subarray(0, length).equals(chunk.subarray(0, length));
  });
}

/** Bytes that `readParts` will read. */
export function wantedBytes(report: Report, maxHeapMb: number): number {
  return wantedParts(report, maxHeapMb).parts.reduce((sum, { size }) => sum + size, 0);
}
