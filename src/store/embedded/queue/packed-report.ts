// A processed report as it is stored: one zstd frame over its JSON.
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { ProcessedReport } from '../../../report/processed.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

const PARAMETERS = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_contentSizeFlag]: 1 },
};

/** The frame, and the length of the JSON in it. */
export async function packProcessed(
  processed: ProcessedReport,
): Promise<{ readonly bytes: number; readonly packed: Uint8Array }> {
  const json = Buffer.from(JSON.stringify(processed));
  return { bytes: json.length, packed: await compress(json, PARAMETERS) };
}

/** The inverse. `bytes` is what the JSON was; more is damage. */
export async function unpackProcessed(packed: Uint8Array, bytes: number): Promise<ProcessedReport> {
  const json = await decompress(packed, { maxOutputLength: Math.max(bytes, 1) });
  return JSON.parse(json.toString()) as ProcessedReport;
}
