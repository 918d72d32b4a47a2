// Which attachments processing reads, and how much of them: the pipeline itself reads nothing.
import type { Attachment, Report } from '../report/report.ts';

const MEBIBYTE = 1024 * 1024;
/** Larger ones are stored and shown, but not processed. */
const MAX_BYTES: Readonly<Record<Attachment['kind'], number>> = {
  minidump: 256 * MEBIBYTE,
  payload: 32 * MEBIBYTE,
  file: MEBIBYTE,
};
const MAX_MINIDUMPS = 8;
const MAX_FILES = 8;
/** Attached files that cannot be texts. */
const BINARY = /^(?:image|audio|video|font)\/|^application\/(?:zip|gzip|x-gzip|pdf|x-dmp|wasm|zstd|x-7z)/i;
const BINARY_NAME = /\.(?:dmp|zip|gz|zst|7z|png|jpe?g|gif|webp|mp4|pdf|bin|exe|dll|so|core)$/i;

/** The attachments to read, and what is said of those that are left out. */
export function wantedParts(report: Report): {
  readonly parts: readonly Attachment[];
  readonly notes: readonly string[];
} {
  const notes: string[] = [];
  const dumps = report.attachments.filter(({ kind }) => kind === 'minidump');
  const payloads = report.attachments.filter(({ kind }) => kind === 'payload');
  // A trace in an attached text is looked for only where there is nothing better.
  const files =
    dumps.length > 0 || payloads.length > 0
      ? []
      : report.attachments.filter(({ kind, name, filename, contentType, size }) => {
          const isBinary = BINARY.test(contentType ?? '') || BINARY_NAME.test(filename ?? name);
          return kind === 'file' && size > 0 && !isBinary;
        });
  if (dumps.length > MAX_MINIDUMPS) notes.push(`only the first ${MAX_MINIDUMPS} minidumps were processed`);
  const parts = [...dumps.slice(0, MAX_MINIDUMPS), ...payloads, ...files.slice(0, MAX_FILES)].filter(
    ({ kind, name, size }) => {
      if (size <= MAX_BYTES[kind]) return true;
      if (kind !== 'file') notes.push(`${name}: ${size} bytes are more than are processed`);
      return false;
    },
  );
  return { parts, notes };
}
