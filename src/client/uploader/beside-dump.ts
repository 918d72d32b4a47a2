// The annotations that lie beside a minidump, under the names that clients and servers give them: `x.dmp.info` (Jami's servers), `x.info`,
// `x.extra` (Socorro's clients), `x.json`, `x.meta`.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DumpSource } from './minidump-item.ts';
import { asAnnotations, asRecord, fileKind } from './kind.ts';

type Pairs = readonly (readonly [key: string, value: string])[];

const MAX_BYTES = 16 * 1024 * 1024;
/** Endings and the form that is sent with them; the first that is there counts. */
const ENDINGS: readonly (readonly [ending: string, kind: DumpSource['kind']])[] = [
  ['.extra', 'socorro'],
  ['.info', 'jami'],
  ['.json', 'minidump'],
  ['.meta', 'minidump'],
];
/** Names by which annotations are Socorro's, whatever the file is called. */
const SOCORRO_NAMES = /^(?:ProductName|ProductID|CrashTime|StartupTime)$/;
/** Mozilla's clients name further dumps of one crash here. */
const ADDITIONAL = 'additional_minidumps';

/** What to send with a dump; `json` is the file of `--json`, which comes first. */
export function dumpSource(name: string, json: string | null): DumpSource | { readonly fault: string } {
  for (const { file, kind } of [
    ...(json === null ? [] : [{ file: json, kind: 'socorro' as const }]),
    ...besides(name),
  ]) {
    if (file === name || !isFile(file)) continue;
    const found = annotationsOf(file);
    if ('fault' in found) return { fault: `${file}, the annotations of ${name}, ${found.fault}` };
    // A program's own metadata can be binary (Crashpad's `.meta`): it says nothing that is sent.
    if (found.pairs === null) continue;
    const isSocorro = kind === 'socorro' || found.pairs.some(([key]) => SOCORRO_NAMES.test(key));
    return {
      kind: isSocorro ? 'socorro' : kind,
      file: name,
      beside: found.pairs,
      files: isSocorro ? mozillaFiles(name, found.pairs) : [],
    };
  }
  return { kind: 'minidump', file: name, beside: [], files: [] };
}

/** Files of a folder that only belong to a dump there. */
export function belongsToDump(name: string, names: ReadonlySet<string>): boolean {
  const ending = ENDINGS.find(([one]) => name.endsWith(one))?.[0];
  if (ending === undefined) return /\.memory\.json(?:\.gz)?$/.test(name);
  const base = name.slice(0, -ending.length);
  return ['', '.dmp', '.mdmp'].some((one) => /\.m?dmp$/.test(`${base}${one}`) && names.has(`${base}${one}`));
}

function besides(name: string): readonly { readonly file: string; readonly kind: DumpSource['kind'] }[] {
  const base = name.replace(/\.[^./\\]+$/, '');
  return ENDINGS.flatMap(([ending, kind]) => [
    { file: `${name}${ending}`, kind },
    { file: `${base}${ending}`, kind },
  ]);
}

function annotationsOf(file: string): { readonly pairs: Pairs | null } | { readonly fault: string } {
  if (statSync(file).size > MAX_BYTES) return { fault: `is larger than ${MAX_BYTES} bytes` };
  const bytes = readFileSync(file);
  if (file.endsWith('.meta') && bytes.subarray(0, 4096).includes(0)) return { pairs: null };
  const found = fileKind(bytes);
  if (found.kind === 'text') {
    const pairs = keyValueLines(bytes.toString('utf8'));
    return pairs.length > 0 ? { pairs } : { fault: 'is no JSON object' };
  }
  const members = found.kind === 'json' ? asRecord(found.value) : null;
  if (members === null) return { fault: found.kind === 'unknown' ? found.problem : 'is no JSON object' };
  return { pairs: asAnnotations(members) };
}

/** `Key=Value` lines with written-out line ends: `.extra` of Firefox before 74, and what small programs write. */
function keyValueLines(text: string): Pairs {
  return text.split(/\r?\n/).flatMap((line): Pairs => {
    const pair = /^([\w.-]{1,200})\s?[=:]\s?(.*)$/.exec(line);
    return pair === null
      ? []
      : [
          [
            pair[1] ?? '',
            (pair[2] ?? '').replaceAll(/\\([nt\\])/g, (_all, what: string) =>
              what === 'n' ? '\n' : what === 't' ? '\t' : '\\',
            ),
          ],
        ];
  });
}

/** Beside a dump of Mozilla's: the dumps of other processes, and the report of the memory. */
function mozillaFiles(name: string, pairs: Pairs): DumpSource['files'] {
  const base = name.replace(/\.[^./\\]+$/, '');
  const others = (pairs.find(([key]) => key === ADDITIONAL)?.[1] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => /^[\w-]{1,60}$/.test(one))
    .map((one) => [`upload_file_minidump_${one}`, `${base}-${one}.dmp`] as const);
  return [...others, ['memory_report', `${base}.memory.json.gz`] as const].filter(([, file]) => isFile(file));
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** A further dump of a crash is sent with the first one. */
export function isAdditionalDump(name: string, names: ReadonlySet<string>): boolean {
  const parts = /^(.*)-[A-Za-z]\w{0,60}\.dmp$/.exec(path.basename(name));
  return parts !== null && names.has(`${parts[1] ?? ''}.dmp`);
}
