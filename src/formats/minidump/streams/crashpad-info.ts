// CrashpadInfo stream (0x43500001): report and client id, and the annotations that the program set, for the process
// and for each module. Source: Crashpad minidump_extensions.h.
import type { ByteReader } from '../../../base/byte-reader.ts';
import { dashedGuid, readGuidHex } from '../guid.ts';
import { type ParseContext, readLocation } from '../parse-context.ts';
import { readUtf8At } from '../strings.ts';

/** A typed annotation of a module; only strings have a value that we can show. */
interface AnnotationObject {
  readonly name: string;
  readonly type: number;
  readonly value: string | null;
}

/** Annotations of one module, by its index in the module list. */
interface CrashpadModuleAnnotations {
  readonly moduleIndex: number;
  readonly list: readonly string[];
  readonly simple: ReadonlyMap<string, string>;
  readonly objects: readonly AnnotationObject[];
}

/** What Crashpad adds to a minidump. */
export interface CrashpadInfo {
  readonly reportId: string;
  readonly clientId: string;
  readonly annotations: ReadonlyMap<string, string>;
  readonly modules: readonly CrashpadModuleAnnotations[];
}

const PART = 'CrashpadInfo';

// MinidumpCrashpadInfo: version u32, report id GUID, client id GUID, simple annotations {size, rva},
// module list {size, rva}.
const VERSION = 1;
const STRING_ANNOTATION = 1;

// MinidumpModuleCrashpadInfoLink: module index u32, location {size, rva}.
const LINK_BYTES = 12;
// MinidumpSimpleStringDictionaryEntry: key rva u32, value rva u32.
const ENTRY_BYTES = 8;
// MinidumpAnnotation: name rva u32, type u16, reserved u16, value rva u32.
const ANNOTATION_BYTES = 12;

/** How many annotations may still be read from this dump. */
interface Budget {
  left: number;
}

/** Reads the CrashpadInfo stream. */
export function readCrashpadInfo(context: ParseContext, stream: ByteReader): CrashpadInfo | null {
  const version = stream.u32(0);
  if (version < VERSION) {
    context.notes.add(PART, `version ${version} is not defined`);
    return null;
  }
  const budget: Budget = { left: context.limits.maxAnnotations };
  const modules: CrashpadModuleAnnotations[] = [];
  const links = readLocation(context, stream, 44);
  for (const link of links === null ? [] : listed(context, links, LINK_BYTES, budget)) {
    const info = readLocation(context, link, 4);
    if (info !== null) modules.push(readModule(context, link.u32(0), info, budget));
    else context.notes.add(PART, `the annotations of module ${link.u32(0)} lie outside of the file`);
  }
  const simple = readLocation(context, stream, 36);
  return {
    reportId: dashedGuid(readGuidHex(stream, 4)),
    clientId: dashedGuid(readGuidHex(stream, 20)),
    annotations: simple === null ? new Map() : readDictionary(context, simple, budget),
    modules,
  };
}

// MinidumpModuleCrashpadInfo: version u32, list annotations {size, rva}, simple annotations {size, rva},
// annotation objects {size, rva}.
function readModule(
  context: ParseContext,
  moduleIndex: number,
  info: ByteReader,
  budget: Budget,
): CrashpadModuleAnnotations {
  const part = (offset: number): ByteReader | null =>
    info.has(offset, 8) ? readLocation(context, info, offset) : null;
  const [list, simple, objects] = [part(4), part(12), part(20)];
  return {
    moduleIndex,
    list:
      list === null
        ? []
        : listed(context, list, 4, budget).flatMap((entry) => readUtf8At(context, entry.u32(0)) ?? []),
    simple: simple === null ? new Map() : readDictionary(context, simple, budget),
    objects:
      objects === null
        ? []
        : listed(context, objects, ANNOTATION_BYTES, budget).flatMap((entry) => readObject(context, entry)),
  };
}

function readDictionary(context: ParseContext, list: ByteReader, budget: Budget): Map<string, string> {
  const dictionary = new Map<string, string>();
  for (const entry of listed(context, list, ENTRY_BYTES, budget)) {
    const key = readUtf8At(context, entry.u32(0));
    const value = readUtf8At(context, entry.u32(4));
    if (key === null || value === null) context.notes.add(PART, 'an annotation cannot be read');
    else dictionary.set(key, value);
  }
  return dictionary;
}

function readObject(context: ParseContext, entry: ByteReader): AnnotationObject[] {
  const name = readUtf8At(context, entry.u32(0));
  if (name === null) {
    context.notes.add(PART, 'the name of an annotation cannot be read');
    return [];
  }
  const type = entry.u16(4);
  return [{ name, type, value: type === STRING_ANNOTATION ? readUtf8At(context, entry.u32(8)) : null }];
}

/** Entries after a u32 count, as far as the list's own bytes and the budget of the dump go. */
function listed(context: ParseContext, list: ByteReader, entryBytes: number, budget: Budget): ByteReader[] {
  if (!list.has(0, 4)) return [];
  const claimed = list.u32(0);
  const count = Math.min(claimed, Math.floor((list.length - 4) / entryBytes), budget.left);
  if (count < claimed) context.notes.add(PART, `a list claims ${claimed} entries, ${count} are read`);
  budget.left -= count;
  return Array.from({ length: count }, (_, index) => list.require(4 + index * entryBytes, entryBytes));
}
