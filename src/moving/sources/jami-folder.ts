// The folder of Jami's example server (`crash_reports/`): each dump under the name that its client gave, the form's fields as JSON in
// `<name>.info` beside it. What its access server gives out as a zip holds the two as `<name>.dmp` and `<name>.info`.
import { FileRefused } from '../source-folder.ts';
import { asObject, fieldsOf, jsonFile, refusedReport, requestOfFiles } from './dump-beside.ts';
import { DUMP_PART } from './form-request.ts';
import type { Source, SourceItem, SourcePlace } from './source.ts';

const INFO = '.info';
const LOOKED_AT = 1000;

export const jamiFolder: Source = {
  name: 'jami',
  title: 'the folder of a Jami crash report server',
  async detect({ folder, file }) {
    if (file !== null) return false;
    const names = (await folder.names()).slice(0, LOOKED_AT);
    const all = new Set(names);
    return names.some((name) => name.endsWith(INFO) && dumpOf(name, all) !== null);
  },
  async *items({ folder }: SourcePlace): AsyncGenerator<SourceItem> {
    const names = await folder.names();
    const all = new Set(names);
    const told = new Set<string>();
    for (const info of names.filter((name) => name.endsWith(INFO))) {
      const dump = dumpOf(info, all);
      if (dump === null) {
        yield refusedReport(info, 'missing_file', 'its dump is not there');
        continue;
      }
      told.add(dump);
      const read = await jsonFile(folder, info);
      const members = 'value' in read ? asObject(read.value) : null;
      if (members === null) {
        const why = 'value' in read ? `${info} is no JSON object` : read.refused;
        yield refusedReport(dump, 'no_metadata', why instanceof FileRefused ? why.message : why);
        continue;
      }
      yield {
        is: 'report',
        name: dump,
        request: (intake) =>
          requestOfFiles(
            folder,
            [{ part: DUMP_PART, filename: dump, file: dump }],
            (modifiedAt) => ({ fields: fieldsOf(members), receivedAt: modifiedAt }),
            intake,
          ),
      };
    }
    for (const name of names) {
      if (name.endsWith('.dmp') && !told.has(name))
        yield refusedReport(name, 'no_metadata', 'there is no .info beside it');
    }
  },
};

function dumpOf(info: string, all: ReadonlySet<string>): string | null {
  const beside = info.slice(0, -INFO.length);
  return [beside, `${beside}.dmp`].find((name) => all.has(name)) ?? null;
}
