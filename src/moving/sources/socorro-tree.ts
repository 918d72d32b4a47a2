// A Socorro file tree. The file system's: `<root>/<yyyymmdd>/name/0b/ba/92/9f/<crash id>.json`, with `<crash id>.dump` and
// `<crash id>.<name>.dump` beside it. A copy of the bucket's: `v1/raw_crash/<date>/<crash id>` (older: `v2/raw_crash/<3 digits>/<date>/…`),
// `v1/dump_names/<crash id>`, `v1/dump/<crash id>` and `v1/<name>/<crash id>`. Processed crashes are not read: they are made anew.
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
      if ((await folder.names(day)).includes('name')) return true;
    }
    return false;
  },
  async *items({ folder }) {
    for await (const { name } of folder.files()) {
      const [base = '', ...above] = name.split('/').toReversed();
      if (above.includes('raw_crash')) {
        if (ID.test(base))
          yield await reportOf(folder, name, base, await bucketDumps(folder, above.at(-1) ?? '', base));
        continue;
      }
      const id = base.endsWith('.json') ? base.slice(0, -'.json'.length) : '';
      if (ID.test(id))
        yield await reportOf(folder, name, id, await dumpsBeside(folder, above.toReversed().join('/'), id));
    }
  },
};

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

/** `at`: the version of the layout, the first folder of the bucket. */
async function bucketDumps(folder: SourceFolder, at: string, id: string): Promise<Dumps> {
  const names = (await folder.has(`v1/dump_names/${id}`)) ? `v1/dump_names/${id}` : `${at}/dump_names/${id}`;
  const read = await jsonFile(folder, names);
  if (!('value' in read)) {
    if (read.refused instanceof FileRefused && read.refused.code === 'missing_file') return [];
    return {
      code: 'no_metadata',
      why: read.refused instanceof FileRefused ? read.refused.message : read.refused,
    };
  }
  if (!Array.isArray(read.value) || read.value.length > MAX_DUMPS)
    return { code: 'no_metadata', why: `${names} is no list of names` };
  const parts = read.value.flatMap((name: unknown): readonly FiledPart[] => {
    if (typeof name !== 'string' || !DUMP_NAME.test(name)) return [];
    const kind = name === DUMP_PART ? 'dump' : name;
    return [{ part: name, filename: `${id}.dump`, file: `v1/${kind}/${id}` }];
  });
  return inOrder(parts);
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
