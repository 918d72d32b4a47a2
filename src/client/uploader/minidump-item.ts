// A minidump → the form that is sent: Breakpad's, Crashpad's, Jami's or Socorro's.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { distinctParts, sendForm, type FormFile, type UploadForm } from './form-upload.ts';
import type { Item, ItemKind, ItemSettings } from './item.ts';

/** What a minidump says of itself; the parser is the caller's. `problem` is a sentence's end, null for a sound dump. */
export interface DumpFacts {
  /** The annotations that Crashpad's own uploader would send, `guid` among them. */
  readonly annotations: readonly (readonly [key: string, value: string])[];
  readonly problem: string | null;
}
export type ReadDump = (bytes: Uint8Array) => DumpFacts;

/** A dump and what came with it. */
export interface DumpSource {
  readonly kind: Extract<ItemKind, 'minidump' | 'socorro' | 'jami' | 'crashpad'>;
  readonly file: string;
  /** Annotations from beside the dump (`.info`, `.extra`, `--json`); they win over those inside. */
  readonly beside: readonly (readonly [key: string, value: string])[];
  /** Files from beside the dump, by part name. */
  readonly files: readonly (readonly [name: string, path: string])[];
}

const DUMP_PART = 'upload_file_minidump';
/** Names of the product and the version that a collector prefers to `prod` and `ver` (docs/protocols/crashpad.md). */
const OTHER_PRODUCT_NAMES: ReadonlySet<string> = new Set(['ProductName', '_productName', 'product', 'prod']);
const OTHER_VERSION_NAMES: ReadonlySet<string> = new Set(['Version', '_version', 'version', 'ver']);

/** The item, or what is wrong with the dump. */
export function minidumpItem(
  source: DumpSource,
  settings: ItemSettings,
  readDump: ReadDump,
): { readonly item: Item } | { readonly fault: string } {
  const { kind, file } = source;
  const { size } = statSync(file);
  const bytes = readFileSync(file);
  const facts = readDump(bytes);
  if (facts.problem !== null) return { fault: `${file}: ${facts.problem}` };

  const annotations = merge(facts.annotations, source, settings);
  if (annotations.length === 0) {
    return { fault: `${file} says nothing of its product: give --product, or an --annotation` };
  }
  const others = [...source.files, ...settings.attachments];
  const parts = distinctParts(
    others.map(([name]) => name),
    [DUMP_PART],
  );
  const files: FormFile[] = [{ part: DUMP_PART, file, bytes: size }];
  for (const [index, [, other]] of others.entries()) {
    files.push({ part: parts[index] ?? '', file: other, bytes: statSync(other).size });
  }
  const form: UploadForm = {
    annotations,
    asJson: kind === 'socorro',
    files,
    query: kind === 'crashpad' ? identifyingQuery(annotations) : [],
  };
  return {
    item: {
      kind,
      name: file,
      bytes: files.reduce((sum, { bytes: length }) => sum + length, 0),
      key: keyOf(form, bytes),
      send: (attempt) => sendForm(form, attempt),
    },
  };
}

/** Later ones win: inside the dump, beside it, `--product` and `--version`, `--annotation`. */
function merge(
  inside: DumpFacts['annotations'],
  { kind, beside }: DumpSource,
  { product, version, annotations }: ItemSettings,
): UploadForm['annotations'] {
  const merged = new Map([...inside, ...beside]);
  const set = (value: string | null, name: string, others: ReadonlySet<string>): void => {
    if (value === null) return;
    for (const other of others) merged.delete(other);
    merged.set(name, value);
  };
  const socorro = kind === 'socorro';
  set(product, socorro ? 'ProductName' : 'prod', OTHER_PRODUCT_NAMES);
  set(version, socorro ? 'Version' : 'ver', OTHER_VERSION_NAMES);
  for (const [key, value] of annotations) merged.set(key, value);
  return [...merged];
}

/** Crashpad names product, version and client in the query too. */
function identifyingQuery(annotations: UploadForm['annotations']): readonly (readonly [string, string])[] {
  const values = new Map(annotations);
  const first = (...names: readonly string[]) =>
    names.map((name) => values.get(name)).find((v) => v !== undefined);
  return [
    ['product', first('product', 'prod') ?? ''],
    ['version', first('version', 'ver') ?? ''],
    ['guid', first('guid') ?? ''],
  ];
}

function keyOf({ annotations, asJson, files }: UploadForm, dump: Buffer): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([asJson, annotations, files.map(({ part }) => part)]));
  hash.update(dump);
  for (const { file } of files.slice(1))
    hash.update(createHash('sha256').update(readFileSync(file)).digest());
  return hash.digest('hex');
}
