// What several sources share: a refusal as an item, and a report of fields and dumps as a request.
import type { LocalIntake } from '../../submit/local-intake.ts';
import { jsonText } from '../record-fields.ts';
import { FileRefused, type SourceFile, type SourceFolder } from '../source-folder.ts';
import { formRequest, type ReportForm } from './form-request.ts';
import type { SourceItem } from './source.ts';

export function refusedReport(name: string, code: string, why: string): SourceItem {
  return { is: 'refused', what: 'report', name, code, why };
}

/** Parts that lie in files of the folder, opened when their turn comes. */
export interface FiledPart {
  readonly part: string;
  readonly filename: string;
  /** Relative to the folder. */
  readonly file: string;
}

/** Opens the files, and gives the request; `form` hears when the first was last written. */
export async function requestOfFiles(
  folder: SourceFolder,
  parts: readonly FiledPart[],
  form: (modifiedAt: number) => Omit<ReportForm, 'files'>,
  intake: Pick<LocalIntake, 'formTarget'>,
) {
  const opened: SourceFile[] = [];
  try {
    for (const { file } of parts) opened.push(await folder.open(file));
    const files = parts.flatMap(({ part, filename }, at) => {
      const bytes = opened[at];
      return bytes === undefined ? [] : [{ part, filename, bytes }];
    });
    return formRequest({ ...form(opened[0]?.modifiedAt ?? 0), files }, intake);
  } catch (error) {
    for (const { handle } of opened) await handle.close();
    throw error;
  }
}

/** A small JSON file; a refusal where it is none. */
export async function jsonFile(
  folder: SourceFolder,
  file: string,
): Promise<
  { readonly value: unknown; readonly modifiedAt: number } | { readonly refused: FileRefused | string }
> {
  try {
    const { bytes, modifiedAt } = await folder.read(file);
    return { value: JSON.parse(bytes.toString('utf8')), modifiedAt };
  } catch (error) {
    if (error instanceof FileRefused) return { refused: error };
    if (error instanceof SyntaxError) return { refused: `${file} is no JSON` };
    throw error;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** The members of a JSON object as fields of a form: texts as they are, anything else as JSON. Throws `BadRecord`. */
export function fieldsOf(value: JsonObject): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([key, one]: [string, unknown]) =>
    one === null || one === undefined ? [] : [[key, typeof one === 'string' ? one : jsonText(one)] as const],
  );
}
