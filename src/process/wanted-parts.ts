// Which attachments processing reads, and how much of them: the pipeline itself reads nothing.
import type { Attachment, Report } from '../report/report.ts';

const MEBIBYTE = 1024 * 1024;
/** Larger ones are stored and shown, but not processed. */
const MAX_BYTES: Readonly<Record<Attachment['kind'], number>> = {
  minidump: 256 * MEBIBYTE,
  payload: 8 * MEBIBYTE,
  file: MEBIBYTE,
};
/**
 * JSON takes up to 25 times its size as objects (`[{}],[{}],…`, measured), and a parser that runs out of its thread's heap
 * ends the whole process, not only the thread: a payload must fit with room to spare.
 */
const HEAP_PER_PAYLOAD = 64;
/** Annotations that are longer are cut for processing; the stored report keeps them. */
const MAX_ANNOTATION = MEBIBYTE;
const MAX_ANNOTATIONS = 16 * MEBIBYTE;
const MAX_MINIDUMPS = 8;
const MAX_FILES = 8;
/** Attached files that cannot be texts. */
const BINARY = /^(?:image|audio|video|font)\/|^application\/(?:zip|gzip|x-gzip|pdf|x-dmp|wasm|zstd|x-7z)/i;
const BINARY_NAME = /\.(?:dmp|zip|gz|zst|7z|png|jpe?g|gif|webp|mp4|pdf|bin|exe|dll|so|core)$/i;

/** The attachments to read in a thread with so much heap, and what is said of those that are left out. */
export function wantedParts(
  report: Pick<Report, 'attachments'>,
  maxHeapMb: number,
): {
  readonly parts: readonly Attachment[];
  readonly notes: readonly string[];
} {
  const maxPayload = Math.min(MAX_BYTES.payload, (maxHeapMb * MEBIBYTE) / HEAP_PER_PAYLOAD);
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
      if (size <= (kind === 'payload' ? maxPayload : MAX_BYTES[kind])) return true;
      if (kind !== 'file') notes.push(`${name}: ${size} bytes are more than are processed`);
      return false;
    },
  );
  return { parts, notes };
}

/** The report with annotations that are not longer than processing needs, and what was cut. */
export function withBoundedAnnotations(report: Report): {
  readonly report: Report;
  readonly notes: readonly string[];
} {
  const length = report.annotations.reduce((sum, { value }) => sum + value.length, 0);
  if (length <= MAX_ANNOTATION) return { report, notes: [] };
  const notes: string[] = [];
  let left = MAX_ANNOTATIONS;
  const annotations = report.annotations.map((annotation) => {
    const room = Math.min(MAX_ANNOTATION, left);
    left -= Math.min(annotation.value.length, room);
    if (annotation.value.length <= room) return annotation;
    notes.push(`${annotation.key}: was cut after ${room} characters for processing`);
    return { key: annotation.key, value: annotation.value.slice(0, room) };
  });
  return { report: notes.length === 0 ? report : { ...report, annotations }, notes };
}
