// mini-breakpad-server: a log of records (`pool/database/dirty/db`, JSON lines of key and value, the last of a key counts), the dumps under
// the ids of their records (`pool/files/minidump/`), and symbols in Breakpad's layout (`pool/symbols/`). Its first version kept no
// records and put the dumps into folders by version.
import { linesOf } from '../export/open-export.ts';
import { BadRecord, Fields } from '../record-fields.ts';
import { SourceRefused, type SourceFolder } from '../source-folder.ts';
import { refusedReport, requestOfFiles } from './dump-beside.ts';
import { DUMP_PART } from './form-request.ts';
import type { Source, SourceItem, SourcePlace } from './source.ts';
import { symbolItems } from './symbol-folder.ts';

const DATABASE = 'database/dirty/db';
const DUMPS = 'files/minidump';
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_RECORDS = 5_000_000;
const MAX_SHORT = 10_000;

export const miniBreakpad: Source = {
  name: 'mini-breakpad-server',
  title: 'the folder of a mini-breakpad-server',
  async detect(place) {
    const pool = await poolOf(place);
    return (
      pool !== null &&
      ((await place.folder.has(`${pool}${DATABASE}`)) || (await place.folder.has(`${pool}${DUMPS}`)))
    );
  },
  async *items(place): AsyncGenerator<SourceItem> {
    const { folder } = place;
    const pool = await poolOf(place);
    if (pool === null) throw new SourceRefused(`${folder.dir} holds no pool of a mini-breakpad-server`);
    const records = (await folder.has(`${pool}${DATABASE}`))
      ? await lastLines(folder, `${pool}${DATABASE}`)
      : new Map();
    for (const [id, line] of records) {
      const read = readRecord(line);
      if (read === null) continue;
      yield typeof read === 'string' ? refusedReport(id, 'bad_record', read) : itemOf(folder, pool, id, read);
    }
    yield* dumpsByVersion(folder, pool, new Set(records.keys()));
    yield* symbolItems(folder, `${pool}symbols`);
  },
};

/** Where the pool lies: in the server's folder, or it was named itself. */
async function poolOf({ folder, file }: SourcePlace): Promise<string | null> {
  if (file !== null) return null;
  if (await folder.has('pool')) return 'pool/';
  return (await folder.has('files')) || (await folder.has('database')) ? '' : null;
}

interface MiniRecord {
  readonly time: number;
  readonly userAgent: string | null;
  readonly fields: readonly (readonly [string, string])[];
}

/** The last line of each key, in the order in which keys came first. */
async function lastLines(folder: SourceFolder, file: string): Promise<ReadonlyMap<string, string>> {
  const { handle } = await folder.open(file);
  const last = new Map<string, string>();
  try {
    for await (const line of linesOf(handle)) {
      const text = line.toString('utf8');
      const key = keyOf(text);
      if (key === null) continue;
      last.set(key, text);
      if (last.size > MAX_RECORDS) throw new SourceRefused(`${file} holds too many records`);
    }
  } finally {
    await handle.close();
  }
  return last;
}

/** Null: the line was cut short, as the last one may be. */
function keyOf(text: string): string | null {
  try {
    const { key } = JSON.parse(text) as { readonly key?: unknown };
    return typeof key === 'string' && key.length <= 200 ? key : null;
  } catch {
    return null;
  }
}

/** Null: the record was deleted. A text: what is wrong with it. */
function readRecord(line: string): MiniRecord | string | null {
  try {
    const record = new Fields(JSON.parse(line), 'the record');
    if (!record.has('val') || record.raw('val') === null) return null;
    const value = record.object('val');
    const fields = value.object('fields').texts();
    const sender = value.raw('sender');
    const userAgent =
      typeof sender === 'object' && sender !== null
        ? value.object('sender').maybeText('ua', MAX_SHORT)
        : null;
    return { time: value.time('time'), userAgent, fields };
  } catch (error) {
    if (error instanceof BadRecord) return error.message;
    throw error;
  }
}

function itemOf(
  folder: SourceFolder,
  pool: string,
  id: string,
  { time, userAgent, fields }: MiniRecord,
): SourceItem {
  if (!ID.test(id)) return refusedReport(id, 'bad_record', 'its key is no id');
  return {
    is: 'report',
    name: id,
    request: (intake) =>
      requestOfFiles(
        folder,
        [{ part: DUMP_PART, filename: id, file: `${pool}${DUMPS}/${id}` }],
        () => ({ fields, receivedAt: time, ...(userAgent !== null && { userAgent }) }),
        intake,
      ),
  };
}

/** Dumps without a record: those of the first version say their version by the folder that they lie in. */
async function* dumpsByVersion(
  folder: SourceFolder,
  pool: string,
  known: ReadonlySet<string>,
): AsyncGenerator<SourceItem> {
  const root = `${pool}${DUMPS}`;
  for await (const { name } of folder.files(root)) {
    const [first = '', second, ...more] = name.slice(root.length + 1).split('/');
    if (second === undefined) {
      if (!known.has(first) && ID.test(first))
        yield refusedReport(first, 'no_metadata', 'no record names it');
      continue;
    }
    if (more.length > 0 || !ID.test(second)) continue;
    yield {
      is: 'report',
      name: `${first}/${second}`,
      request: (intake) =>
        requestOfFiles(
          folder,
          [{ part: DUMP_PART, filename: second, file: name }],
          (modifiedAt) => ({ fields: first === 'undefined' ? [] : [['ver', first]], receivedAt: modifiedAt }),
          intake,
        ),
    };
  }
}
