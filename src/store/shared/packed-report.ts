// A processed report as it is stored: one zstd frame over its JSON.
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import type { ProcessedReport } from '../../report/processed-report.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Up to here the way to another thread and back takes longer than the work. */
const AT_ONCE_BYTES = 64 * 1024;

const PARAMETERS = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_contentSizeFlag]: 1 },
};

/** The frame, and the length of the JSON in it. */
export async function packProcessed(
  processed: ProcessedReport,
): Promise<{ readonly bytes: number; readonly packed: Uint8Array }> {
  const json = Buffer.from(JSON.stringify(processed));
  const packed =
    json.length <= AT_ONCE_BYTES ? zstdCompressSync(json, PARAMETERS) : await compress(json, PARAMETERS);
  return { bytes: json.length, packed };
}

/** The inverse, at once, for threads on which nobody waits. */
export function unpackProcessedNow(packed: Uint8Array, bytes: number): ProcessedReport {
  const json = zstdDecompressSync(packed, { maxOutputLength: Math.max(bytes, 1) });
  return JSON.parse(json.toString()) as ProcessedReport;
}

/** The inverse. `bytes` is what the JSON was; more is damage. */
export async function unpackProcessed(packed: Uint8Array, bytes: number): Promise<ProcessedReport> {
  if (bytes <= AT_ONCE_BYTES) return unpackProcessedNow(packed, bytes);
  const json = await decompress(packed, { maxOutputLength: Math.max(bytes, 1) });
  return JSON.parse(json.toString()) as ProcessedReport;
}
