// The manifest of an export, checked: it comes from outside.
import { lstat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { BadRecord, Fields } from '../record-fields.ts';
import {
  EXPORT_FORMAT,
  EXPORT_VERSION,
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  MAX_PARTS,
  RECORD_KINDS,
  isPartFile,
  isSha256,
  type ExportFilter,
  type ExportManifest,
  type ExportPart,
} from './export-format.ts';

/** A problem is a sentence for people. */
export async function readManifest(
  dir: string,
): Promise<{ readonly manifest: ExportManifest } | { readonly problem: string }> {
  const file = path.join(dir, MANIFEST_NAME);
  try {
    const found = await lstat(file);
    if (!found.isFile()) return { problem: `${file} is no file` };
    if (found.size > MAX_MANIFEST_BYTES) return { problem: `${file} is larger than any manifest` };
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    const fields = new Fields(json, 'the manifest');
    if (fields.raw('format') !== EXPORT_FORMAT) return { problem: `${file} is no manifest of an export` };
    const version = fields.count('version');
    if (version > EXPORT_VERSION) {
      return {
        problem: `${dir} holds an export in version ${version} of the format, and this Mayday knows versions up to ${EXPORT_VERSION}; take a newer one`,
      };
    }
    return { manifest: manifestOf(fields, version) };
  } catch (error) {
    if (error instanceof BadRecord) return { problem: `${file} is damaged: ${error.message}` };
    if (error instanceof SyntaxError) return { problem: `${file} is damaged: it is no JSON` };
    throw error;
  }
}

function manifestOf(fields: Fields, version: number): ExportManifest {
  const choices = fields.object('choices');
  const next = fields.raw('next') === null ? null : fields.object('next');
  return {
    format: EXPORT_FORMAT,
    version,
    madeBy: fields.text('madeBy', 200),
    startedAt: fields.text('startedAt', 40),
    finishedAt: fields.maybeText('finishedAt', 40),
    filter: filterOf(fields.object('filter')),
    choices: {
      processed: choices.flag('processed'),
      passwords: choices.flag('passwords'),
      symbols: choices.flag('symbols'),
    },
    parts: fields.list('parts', partOf, MAX_PARTS),
    next:
      next === null
        ? null
        : { kind: next.choice('kind', RECORD_KINDS), cursor: next.maybeText('cursor', 10_000) },
  };
}

function filterOf(fields: Fields): ExportFilter {
  const texts = (
    ['account', 'product', 'query', 'installation', 'user', 'mail', 'mailHash'] as const
  ).flatMap((key) => (fields.has(key) ? [[key, fields.text(key, 10_000)] as const] : []));
  const times = (['since', 'until'] as const).flatMap((key) =>
    fields.has(key) ? [[key, fields.time(key)] as const] : [],
  );
  return Object.fromEntries([...texts, ...times]);
}

function partOf(value: unknown, name: string): ExportPart {
  const fields = new Fields(value, name);
  const file = fields.text('file', 100);
  if (!isPartFile(file)) throw new BadRecord(`"file" of ${name} is no name of a part`);
  const sha256 = fields.text('sha256', 64);
  if (!isSha256(sha256)) throw new BadRecord(`"sha256" of ${name} is none`);
  return {
    file,
    kind: fields.choice('kind', RECORD_KINDS),
    records: fields.count('records'),
    bytes: fields.count('bytes'),
    sha256,
  };
}
