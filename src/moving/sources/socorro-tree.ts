// A Socorro file tree. The file system's: `<root>/<yyyymmdd>/name/0b/ba/92/9f/<crash id>.json`, with `<crash id>.dump` and
// `<crash id>.<name>.dump` beside it. That of its collector alone, Antenna: `<root>/<yyyymmdd>/raw_crash/<crash id>.json`, with
// `dump_names/<crash id>.json` and `<name>/<crash id>` in the folder of the day. A copy of the bucket's: `v1/raw_crash/<date>/<crash id>`
// (older: `v2/raw_crash/<3 digits>/<date>/…`), `v1/dump_names/<crash id>`, `v1/dump/<crash id>` and `v1/<name>/<crash id>`. Processed crashes are not read: they are made anew.
import { dayOfCrashId, isCrashId } from '../../report/crash-id.ts';
import { isTime } from '../record-fields.ts';
import { FileRefused, type SourceFolder } from '../source-folder.ts';
import {
  asObject,
  fieldsOf,
  jsonFile,
  refusedReport,
  requestOfFiles,
  type FiledPart,
} from './dump-beside.ts';
import { DUMP_PART } from './form-request.ts';
import type { Source, SourceItem } from './source.ts';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{6}\d{6}$/i;
const DAY = /^\d{8}$/;
const DUMP_NAME = /^\w{1,100}$/;
const MAX_DUMPS = 50;

/** What collectors add to a raw crash beside the annotations of the client; `version` is that of the raw crash's format. */
const OF_COLLECTOR: ReadonlySet<string> = new Set([
  'metadata',
  'dump_checksums',
  'collector_notes',
  'legacy_processing',
  'throttle_rate',
  'percentage',
  'payload',
  'payload_compressed',
  'payload_size',
  'submitted_timestamp',
  'timestamp',
  'type_tag',
  'uuid',
  'version',
]);

export const socorroTree: Source = {
  name: 'socorro',
  title: 'a file tree of Socorro',
  async detect({ folder, file }) {
    if (file !== null) return false;
    const names = await folder.names();
    if (names.includes('v1') || names.includes('v2')) {
      const inside = [...(await folder.names('v1')), ...(await folder.names('v2'))];
      return inside.includes('raw_crash');
    }
    for (const day of names.filter((name) => DAY.test(name)).slice(0, 5)) {
      if ((await folder.has(`${day}/name`)) || (await folder.has(`${day}/raw_crash`))) return true;
    }
    return false;
  },
  async *items({ folder }) {
    for await (const { name } of folder.files()) {
      const [base = '', ...above] = name.split('/').toReversed();
      const id = base.endsWith('.json') ? base.slice(0, -'.json'.length) : '';
      if (above.includes('raw_crash')) {
        if (ID.test(base))
          yield await reportOf(folder, name, base, await bucketDumps(folder, above.at(-1) ?? '', base));
        else if (ID.test(id) && above[0] === 'raw_crash')
          yield await reportOf(folder, name, id, await collectorDumps(folder, folderOf(above.slice(1)), id));
        continue;
      }
      if (ID.test(id) && above[0] !== 'dump_names')
        yield await reportOf(folder, name, id, await dumpsBeside(folder, above.toReversed().join('/'), id));
    }
  },
};

/** Names of folders, the innermost first, as the beginning of a path. */
function folderOf(above: readonly string[]): string {
  return above
    .toReversed()
    .map((name) => `${name}/`)
    .join('');
}

type Dumps = readonly FiledPart[] | { readonly code: string; readonly why: string };

async function dumpsBeside(folder: SourceFolder, at: string, id: string): Promise<Dumps> {
  const parts: FiledPart[] = [];
  for (const name of await folder.names(at)) {
    if (!name.startsWith(`${id}.`) || !name.endsWith('.dump')) continue;
    const dumpName = name === `${id}.dump` ? DUMP_PART : name.slice(id.length + 1, -'.dump'.length);
    if (DUMP_NAME.test(dumpName))
      parts.push({ part: dumpName, filename: name, file: at === '' ? name : `${at}/${name}` });
  }
  return inOrder(parts);
}

/** `version`: of the layout, the first folder of the bucket. */
async function bucketDumps(folder: SourceFolder, version: string, id: string): Promise<Dumps> {
  const list = (await folder.has(`v1/dump_names/${id}`))
    ? `v1/dump_names/${id}`
    : `${version}/dump_names/${id}`;
  const names = await dumpNames(folder, list);
  if ('code' in names) return names;
  return partsOf(names, id, (name) => `v1/${name === DUMP_PART ? 'dump' : name}/${id}`);
}

/** `day`: the folder of a day, with a `/`. */
async function collectorDumps(folder: SourceFolder, day: string, id: string): Promise<Dumps> {
  const names = await dumpNames(folder, `${day}dump_names/${id}.json`);
  if ('code' in names) return names;
  return partsOf(names, id, (name) => `${day}${name}/${id}`);
}

/** The list of a crash's dumps; none where it has no list. */
async function dumpNames(
  folder: SourceFolder,
  list: string,
): Promise<readonly unknown[] | { readonly code: string; readonly why: string }> {
  const read = await jsonFile(folder, list);
  if (!('value' in read)) {
    if (read.refused instanceof FileRefused && read.refused.code === 'missing_file') return [];
    return {
      code: 'no_metadata',
      why: read.refused instanceof FileRefused ? read.refused.message : read.refused,
    };
  }
  return Array.isArray(read.value) && read.value.length <= MAX_DUMPS
    ? read.value
    : { code: 'no_metadata', why: `${list} is no list of names` };
}

function partsOf(names: readonly unknown[], id: string, fileOf: (name: string) => string): Dumps {
  return inOrder(
    names.flatMap((name): readonly FiledPart[] =>
      typeof name === 'string' && DUMP_NAME.test(name)
        ? [{ part: name, filename: `${id}.dump`, file: fileOf(name) }]
        : [],
    ),
  );
}

/** The crashing process comes first, as its client sent it. */
function inOrder(parts: readonly FiledPart[]): readonly FiledPart[] {
  return parts.toSorted((a, b) => Number(b.part === DUMP_PART) - Number(a.part === DUMP_PART));
}

async function reportOf(folder: SourceFolder, file: string, id: string, dumps: Dumps): Promise<SourceItem> {
  if ('code' in dumps) return refusedReport(id, dumps.code, dumps.why);
  const read = await jsonFile(folder, file);
  if (!('value' in read)) {
    const { refused } = read;
    return refused instanceof FileRefused
      ? refusedReport(id, refused.code, refused.message)
      : refusedReport(id, 'no_metadata', refused);
  }
  const { value, modifiedAt } = read;
  const raw = asObject(value);
  if (raw === null) return refusedReport(id, 'no_metadata', `${file} is no JSON object`);
  const crashId = id.toLowerCase();
  const own: readonly [string, string] = isCrashId(crashId) ? ['uuid', crashId] : ['socorro_crash_id', id];
  return {
    is: 'report',
    name: id,
    request: (intake) =>
      requestOfFiles(
        folder,
        dumps,
        () => ({
          fields: [...fieldsOf(raw).filter(([key]) => !OF_COLLECTOR.has(key)), own],
          asJson: true,
          receivedAt: arrivalOf(raw, crashId) ?? modifiedAt,
        }),
        intake,
      ),
  };
}

/** When the collector took it, else the day in its id. */
function arrivalOf(raw: Readonly<Record<string, unknown>>, crashId: string): number | null {
  const { submitted_timestamp: submitted, timestamp } = raw;
  const time = typeof submitted === 'string' ? Date.parse(submitted) : Number.NaN;
  if (isTime(time)) return time;
  if (typeof timestamp === 'number' && timestamp > 0 && isTime(timestamp * 1000))
    return Math.floor(timestamp * 1000);
  const day = dayOfCrashId(crashId);
  return day === null ? null : Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00Z`);
}
