// Reads the attachments that processing wants out of the store.
import type { Report } from '../../report/report.ts';
import type { ReportStore } from '../../store/reports.ts';
import { wantedParts } from '../wanted-parts.ts';

/** What was read, and what is said of the rest. */
export interface ReadParts {
  readonly parts: readonly (readonly [name: string, bytes: Uint8Array])[];
  readonly notes: readonly string[];
}

/** Reads them one after the other, for a thread with so much heap. Throws where the store fails; an attachment that is gone is a note. */
export async function readParts(
  store: ReportStore,
  report: Pick<Report, 'crashId' | 'attachments'>,
  maxHeapMb: number,
): Promise<ReadParts> {
  const wanted = wantedParts(report, maxHeapMb);
  const parts: (readonly [string, Uint8Array])[] = [];
  const notes = [...wanted.notes];
  for (const { name, size } of wanted.parts) {
    const opened = await store.openAttachment(report.crashId, name);
    if (opened === null) {
      notes.push(`${name}: is no longer stored`);
      continue;
    }
    const bytes = Buffer.allocUnsafeSlow(size);
    let filled = 0;
    for await (const chunk of opened.stream as AsyncIterable<Uint8Array>) {
      if (filled + chunk.length > size)
        throw new Error(`attachment ${name} is longer than its ${size} bytes`);
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
    if (filled < size) throw new Error(`attachment ${name} ends after ${filled} of its ${size} bytes`);
    parts.push([name, bytes]);
  }
  return { parts, notes };
}

/** Bytes that `readParts` will read. */
export function wantedBytes(report: Report, maxHeapMb: number): number {
  return wantedParts(report, maxHeapMb).parts.reduce((sum, { size }) => sum + size, 0);
}
