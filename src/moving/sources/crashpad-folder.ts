// A Crashpad database, of every system and every state of its reports: `new`, `pending` and `completed` with a `.meta` beside each dump
// (Linux, Android) or without (macOS, which keeps the same in extended attributes), `reports` and one `metadata` file (Windows).
// Annotations stand in the dumps. Unlike `mayday send`, an import takes what was uploaded elsewhere, too, and marks nothing.
import { readCrashpadMeta, readCrashpadRecords } from '../../client/uploader/crashpad-meta.ts';
import { dumpFacts } from '../../client/uploader/dump-facts.ts';
import { isTime } from '../record-fields.ts';
import { FileRefused, type SourceFolder } from '../source-folder.ts';
import { refusedReport } from './dump-beside.ts';
import { DUMP_PART, formRequest, type FormPart } from './form-request.ts';
import type { Source, SourceItem, SourcePlace } from './source.ts';

const STATES = ['new', 'pending', 'completed', 'reports'] as const;
const DUMP = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.dmp$/i;
const MAX_META_BYTES = 64 * 1024;
const MAX_METADATA_BYTES = 64 * 1024 * 1024;
const MAX_ATTACHMENTS = 100;

export const crashpadFolder: Source = {
  name: 'crashpad',
  title: 'a Crashpad database',
  async detect({ folder, file }) {
    if (file !== null) return false;
    const names = await folder.names();
    if (names.includes('reports') && names.includes('metadata')) return true;
    return ['new', 'pending', 'completed'].every((name) => names.includes(name));
  },
  async *items(place): AsyncGenerator<SourceItem> {
    const { folder } = place;
    const created = await timesOnWindows(folder);
    for (const state of STATES) {
      for (const name of await folder.names(state)) {
        // Crashpad writes a dump under another name, or into `new`, until it is whole.
        if (DUMP.test(name)) yield itemOf(place, state, name, created.get(name.toLowerCase()) ?? null);
        else if (name.toLowerCase().endsWith('.dmp'))
          yield refusedReport(`${state}/${name}`, 'no_metadata', 'its name is no id');
      }
    }
  },
};

function itemOf(
  { folder, maxBytes }: SourcePlace,
  state: string,
  name: string,
  created: number | null,
): SourceItem {
  const file = `${state}/${name}`;
  return {
    is: 'report',
    name: file,
    async request(intake) {
      // The annotations are read before anything is sent, so the dump has to be held as a whole.
      const { bytes, modifiedAt } = await folder.read(file, maxBytes);
      const { annotations, problem } = dumpFacts(bytes);
      const id = name.replace(/\.dmp$/i, '');
      const files: FormPart[] = [{ part: DUMP_PART, filename: name, bytes }];
      for (const attached of (await folder.names(`attachments/${id}`)).slice(0, MAX_ATTACHMENTS)) {
        const opened = await folder.open(`attachments/${id}/${attached}`).catch(ignoreRefusal);
        if (opened !== null) files.push({ part: attached, filename: attached, bytes: opened });
      }
      const receivedAt = created ?? (await timeOfMeta(folder, `${state}/${id}.meta`)) ?? modifiedAt;
      return formRequest({ fields: problem === null ? annotations : [], files, receivedAt }, intake);
    },
  };
}

/** A link among the attachments costs no report. */
function ignoreRefusal(error: unknown): null {
  if (error instanceof FileRefused) return null;
  throw error;
}

/** Milliseconds since 1970 at which the report was made; null: nothing there says it. */
async function timeOfMeta(folder: SourceFolder, file: string): Promise<number | null> {
  try {
    const meta = readCrashpadMeta((await folder.read(file, MAX_META_BYTES)).bytes);
    return meta === null ? null : millisecondsOf(meta.created);
  } catch (error) {
    return ignoreRefusal(error);
  }
}

/** Null: no time that a report can have arrived at (until 2242). */
function millisecondsOf(seconds: number): number | null {
  return seconds > 0 && isTime(seconds * 1000) ? seconds * 1000 : null;
}

/** By the name of the dump in lower case. */
async function timesOnWindows(folder: SourceFolder): Promise<ReadonlyMap<string, number>> {
  try {
    const { bytes } = await folder.read('metadata', MAX_METADATA_BYTES);
    const records = readCrashpadRecords(bytes) ?? [];
    return new Map(
      records.flatMap(({ dump, created }) => {
        const time = millisecondsOf(created);
        return time === null ? [] : [[dump.toLowerCase(), time] as const];
      }),
    );
  } catch (error) {
    return ignoreRefusal(error) ?? new Map();
  }
}
