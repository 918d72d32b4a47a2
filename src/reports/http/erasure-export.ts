// What an erasure found, as one zip that somebody can read who knows nothing of crash reports: a README, and for each report a folder with what it
// says (JSON) and the files that came with it. Written as a stream, one report after the other.
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import yazl from 'yazl';
import type { Erasure, ErasureStore } from '../../store/erasures.ts';
import { NotSeen } from '../gate/sight.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { SeenReport } from '../gate/seen-report.ts';
import { reportFacts } from '../view/report-json.ts';
import { safeFileName } from './file-name.ts';

/** Of a page of crash ids of the erasure. */
const PAGE = 200;
/** The most reports of one archive; more are for `mayday export`. */
const MAX_EXPORTED = 10_000;

export interface ErasureExport {
  readonly fileName: string;
  readonly stream: Readable;
}

/** The archive as it is written; `gone`: its reader is, or it was broken off; `open`: the file that is being read. */
interface Archive {
  readonly zip: yazl.ZipFile;
  readonly out: PassThrough;
  readonly gone: AbortSignal;
  open: Readable | null;
}

type Reads = Pick<ErasureStore, 'get' | 'foundOf'>;
interface Run {
  readonly erasures: Reads;
  readonly id: number;
}
/** Exports that run in this process. */
const running = new Set<Run>();

/** Why an erasure cannot be confirmed now, in a sentence; null: it can. */
export function exportUnderWay(erasures: Reads, id: number): string | null {
  return [...running].some((run) => run.erasures === erasures && run.id === id)
    ? 'The erasure is being exported: confirm it when the download has ended, or break that off.'
    : null;
}

/** Breaks off where the erasure is confirmed, withdrawn or runs out meanwhile: what is gone cannot be in it. An attachment that cannot be read breaks the stream off: nothing looks whole that is not. */
export function openErasureExport(
  seen: Pick<SeenStore, 'getReport' | 'openAttachment' | 'feedbackOfReport'>,
  {
    id,
    at,
    erasures,
  }: {
    readonly id: number;
    readonly at: number;
    readonly erasures: Reads;
  },
): ErasureExport {
  const zip = new yazl.ZipFile();
  const out = new PassThrough();
  const gone = new AbortController();
  const archive: Archive = { zip, out, gone: gone.signal, open: null };
  const run: Run = { erasures, id };
  running.add(run);
  out.once('close', () => {
    running.delete(run);
    gone.abort();
    archive.open?.destroy();
  });
  const fail = (error: unknown): void => {
    out.destroy(error instanceof Error ? error : new Error(String(error)));
  };
  zip.on('error', fail);
  (zip.outputStream as Readable).pipe(out);
  const fill = async (): Promise<void> => {
    const told = { written: 0, withheld: 0, files: 0 };
    for (let after = ''; !out.destroyed;) {
      const page = await erasures.foundOf(id, after, PAGE);
      for (const crashId of page) {
        const report = await seen.getReport(crashId);
        if (report === null) told.withheld += 1;
        else {
          told.files += await addReport(archive, seen, report);
          told.written += 1;
        }
        if (out.destroyed) return;
      }
      const last = page.at(-1);
      if (last === undefined) break;
      after = last;
    }
    const now = await erasures.get(id);
    if (now?.state !== 'ready' || now.found !== told.written + told.withheld)
      throw new Error(`erasure ${id} is ${now?.state ?? 'gone'}: its export was broken off`);
    zip.addBuffer(Buffer.from(readme(told, at)), 'README.txt', { mtime: new Date(at) });
    zip.end();
  };
  fill().catch(fail);
  return { fileName: `erasure-${id}.zip`, stream: out };
}

/** Gives how many of its files the person may not see. */
async function addReport(
  archive: Archive,
  seen: Pick<SeenStore, 'openAttachment' | 'feedbackOfReport'>,
  report: SeenReport,
): Promise<number> {
  const { zip, out } = archive;
  let withheld = 0;
  const mtime = new Date(report.receivedAt);
  const folder = `reports/${mtime.toISOString().slice(0, 10)} ${report.crashId}`;
  const words = await seen.feedbackOfReport(report.crashId);
  const says = {
    ...reportFacts(report),
    fields: report.annotations.map(({ key, value }) => ({ name: key, value })),
    files: report.attachments.map(({ name, size, contentType }) => ({ name, size, contentType })),
    said: words.map(({ at, name, email, message, url }) => ({
      at: new Date(at).toISOString(),
      name,
      email,
      message,
      url,
    })),
  };
  zip.addBuffer(Buffer.from(`${JSON.stringify(says, null, 2)}\n`), `${folder}/report.json`, { mtime });
  const names = new Set(['report.json']);
  for (const { name } of report.attachments) {
    const found = await openSeen(seen, report.crashId, name);
    if (found === 'not seen') {
      withheld += 1;
      continue;
    }
    if (found === null) throw new Error(`attachment ${name} of ${report.crashId} cannot be read`);
    if (out.destroyed) {
      found.stream.destroy();
      return withheld;
    }
    const stem = safeFileName(name);
    let file = stem;
    for (let n = 2; names.has(file.toLowerCase()); n += 1) file = `${n}-${stem}`;
    names.add(file.toLowerCase());
    const { stream } = found;
    archive.open = stream;
    const closed = once(stream, 'close');
    zip.addReadStream(stream, `${folder}/${file}`, { mtime });
    // One file at a time is open, and no further one before the reader has taken this one.
    await closed;
    archive.open = null;
    await taken(archive);
  }
  await taken(archive);
  return withheld;
}

/** Waits until the reader has taken what was written, or is gone: an archive does not gather in memory. */
async function taken({ out, gone }: Archive): Promise<void> {
  while (!out.destroyed && out.writableNeedDrain) await once(out, 'drain', { signal: gone });
}

async function openSeen(seen: Pick<SeenStore, 'openAttachment'>, crashId: string, name: string) {
  try {
    return await seen.openAttachment(crashId, name);
  } catch (error) {
    if (error instanceof NotSeen) return 'not seen';
    throw error;
  }
}

function readme(
  {
    written,
    withheld,
    files,
  }: { readonly written: number; readonly withheld: number; readonly files: number },
  at: number,
): string {
  return `Crash reports, collected on ${new Date(at).toISOString().slice(0, 10)}
=====================================

When a program crashes, it can send a report of that to those who make it. This archive holds the
reports that were found, as they were kept: ${written} of them.${withheld === 0 ? '' : ` ${withheld} more are left out: whoever made\nthis archive may not see them, or they were gone already.`}${files === 0 ? '' : `\n${files} files that came with them are left out: whoever made this archive may not see them.`}

  reports/<day> <number>/        one folder for each report; the day is that of its arrival (UTC)
      report.json                what the report says: the program and its version, when it came,
                                 every field that the program sent ("fields": name and value), and
                                 what people wrote about the crash ("said")
      other files                what came with it, byte for byte: logs, settings, pictures of the
                                 screen, and memory dumps (.dmp), which only developers can read

report.json is text and opens in any editor. Times are in UTC.
`;
}

/** Why an erasure gives no archive; null: it does. */
export function exportRefusal(
  { state, found }: Pick<Erasure, 'state' | 'found'>,
  mayOpen: boolean,
): { readonly status: 403 | 409 | 413; readonly code: string; readonly message: string } | null {
  if (!mayOpen) {
    const message = 'What clients sent is exported only for those who may see protected data.';
    return { status: 403, code: 'not_allowed', message };
  }
  if (state !== 'ready') {
    const message = `There is nothing to export any more: the erasure is ${state}. Only one that waits to be confirmed is.`;
    return { status: 409, code: 'not_ready', message };
  }
  if (found <= MAX_EXPORTED) return null;
  const message = `More than ${MAX_EXPORTED} reports were found: export them with mayday export.`;
  return { status: 413, code: 'too_many', message };
}
