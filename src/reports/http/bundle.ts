// The zip bundle of a report: its dump (.dmp), its metadata (.info, JSON) and whatever else came along.
// Named as the Jami access server names it (docs/protocols/crashpad.md); written as a stream, whatever the sizes.
import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import yazl from 'yazl';
import type { SeenStore } from '../gate/gate.ts';
import type { SeenReport } from '../gate/seen-report.ts';
import { reportFacts } from '../view/report-json.ts';
import { safeFileName } from './file-name.ts';

/** `<client_sha>-<jamicore_sha>-<platform with spaces as _>` when those fields exist, else the crash id. */
function bundleBaseName(report: SeenReport): string {
  const { jami } = report;
  const parts = [jami?.clientSha, jami?.jamicoreSha, jami?.platform ?? report.platform];
  const named = parts.every((part) => typeof part === 'string' && part !== '');
  return safeFileName(named ? parts.join('-') : report.crashId);
}

/** The metadata file: the annotations as the client sent them, and Mayday's own facts under `mayday`. */
function bundleInfo(report: SeenReport): string {
  const info = {
    ...Object.fromEntries(report.annotations.map(({ key, value }) => [key, value])),
    mayday: {
      ...reportFacts(report),
      annotations: report.annotations.map(({ key, value }) => ({ key, value })),
      attachments: report.attachments,
    },
  };
  return `${JSON.stringify(info, null, 2)}\n`;
}

/** Names inside the archive, unique without regard to case: the crashing process's minidump is `<base>.dmp`. */
function bundleEntryNames(report: SeenReport, base: string): ReadonlyMap<string, string> {
  const taken = new Set([`${base}.info`.toLowerCase()]);
  const names = new Map<string, string>();
  const main =
    report.attachments.find((attachment) => attachment.name === 'upload_file_minidump') ??
    report.attachments.find((attachment) => attachment.kind === 'minidump');
  for (const attachment of report.attachments) {
    const stem = attachment === main ? base : safeFileName(attachment.name);
    const extension = attachment.kind === 'minidump' && !stem.endsWith('.dmp') ? '.dmp' : '';
    let name = `${stem}${extension}`;
    for (let n = 2; taken.has(name.toLowerCase()); n += 1) name = `${stem}-${n}${extension}`;
    taken.add(name.toLowerCase());
    names.set(attachment.name, name);
  }
  return names;
}

/** The archive as a stream. An attachment that cannot be read breaks the stream off: no bundle looks whole that is not. */
export function openBundle(
  seen: SeenStore,
  report: SeenReport,
): { readonly fileName: string; readonly stream: Readable } {
  const base = bundleBaseName(report);
  const zip = new yazl.ZipFile();
  const out = new PassThrough();
  const mtime = new Date(report.receivedAt);
  const open = new Set<Readable>();
  const fail = (error: unknown) => out.destroy(error instanceof Error ? error : new Error(String(error)));
  zip.on('error', fail);
  // yazl opens the next entry when the one before has been read; a reader that goes away must release the open one.
  out.on('close', () => {
    for (const stream of open) stream.destroy();
  });
  zip.addBuffer(Buffer.from(bundleInfo(report)), `${base}.info`, { mtime });
  const names = bundleEntryNames(report, base);
  for (const attachment of report.attachments) {
    zip.addReadStreamLazy(names.get(attachment.name) ?? 'file', { mtime }, (give) => {
      seen.openAttachment(report.crashId, attachment.name).then((found) => {
        if (found === null || out.destroyed) {
          found?.stream.destroy();
          give(new Error(`attachment ${attachment.name} of ${report.crashId} cannot be read`), out);
          return;
        }
        open.add(found.stream);
        found.stream.once('close', () => open.delete(found.stream));
        found.stream.once('error', fail);
        give(null, found.stream);
      }, fail);
    });
  }
  zip.end();
  (zip.outputStream as Readable).pipe(out);
  return { fileName: `${base}.zip`, stream: out };
}
