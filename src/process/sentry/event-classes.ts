// Obfuscated Java classes of an event under their own names, by the mappings that its build names (`debug_meta`, type `proguard`).
import type { ClassIndex, RetracedFrame } from '../../formats/java-mapping/class-index.ts';
import { asObject, own, type JsonObject } from '../../report/crashkit/json-object.ts';
import type { ProcessedReport } from '../../report/processed-report.ts';
import { textOf, valuesOf } from '../../report/sentry/event-values.ts';
import { idOfUuid } from '../symbols/source-maps/map-key.ts';
import { CLASSES_FILE, MISSED_CLASSES } from '../symbols/source-maps/mapping-formats.ts';
import { DAMAGED, type Mappings } from '../symbols/source-maps/mapping-files.ts';
import type { EventException, EventFrame, EventThread } from './event-model.ts';

const MAX_IMAGES = 5000;
const MAX_MAPPINGS = 10;
/** Classes of the platform keep their names. */
const PLATFORM =
  /^(?:java|javax|jdk|sun|android|androidx|dalvik|kotlin|kotlinx|com\.android|libcore|org\.json)\./;
const MISSING = 'No mapping of the classes of this build is stored.';

interface Parts {
  readonly exceptions: readonly EventException[];
  readonly threads: readonly EventThread[];
}

/** The ids of the mappings that an event names. */
export function classMappingIds(event: JsonObject): readonly string[] {
  const meta = asObject(own(event, 'debug_meta'));
  const images = meta === null ? [] : valuesOf(own(meta, 'images')).slice(0, MAX_IMAGES);
  const ids = images.flatMap((image) => {
    if (textOf(image, 'type') !== 'proguard') return [];
    const id = idOfUuid(textOf(image, 'uuid') ?? textOf(image, 'debug_id') ?? '');
    return id === null ? [] : [id];
  });
  return [...new Set(ids)].slice(0, MAX_MAPPINGS);
}

/** Names what the mappings know. */
export async function retraceEvent(
  ids: readonly string[],
  parts: Parts,
  mappings: Mappings,
): Promise<Parts & { readonly missing: ProcessedReport['missingSymbols'] }> {
  const found = await mappings.classes(ids.map((id) => [id]));
  const indexes = found.filter((one): one is ClassIndex => one !== null && one !== DAMAGED);
  const missing = ids
    .filter((_, index) => found[index] === null)
    .map((debugId) => ({ debugFile: CLASSES_FILE, debugId, codeFile: null, codeId: MISSED_CLASSES }));
  const isMissing = missing.length > 0;
  return {
    exceptions: parts.exceptions.map((exception) => ({
      ...named(exception, indexes),
      frames: retraced(exception.frames, indexes, isMissing),
    })),
    threads: parts.threads.map((thread) => ({
      ...thread,
      frames: retraced(thread.frames, indexes, isMissing),
    })),
    missing,
  };
}

function named(exception: EventException, indexes: readonly ClassIndex[]): EventException {
  const { type, module } = exception;
  if (type === null) return exception;
  const whole = module === null || module === '' ? type : `${module}.${type}`;
  for (const index of indexes) {
    const original = index.className(whole);
    if (original === null) continue;
    const dot = original.lastIndexOf('.');
    return {
      ...exception,
      type: original.slice(dot + 1),
      module: dot === -1 ? null : original.slice(0, dot),
    };
  }
  return exception;
}

function retraced(
  frames: readonly EventFrame[],
  indexes: readonly ClassIndex[],
  isMissing: boolean,
): readonly EventFrame[] {
  const questions = frames.map(({ module, function: method, line }) => ({
    class: module ?? '',
    method: method ?? '',
    line,
  }));
  const answers = indexes.map((index) => index.retrace(questions));
  return frames.flatMap((frame, at): readonly EventFrame[] => {
    const originals = answers.map((answer) => answer[at] ?? null).find((one) => one !== null) ?? null;
    if (originals !== null) return originals.map((original) => ownFrame(frame, original));
    const isOther =
      !isMissing || frame.module === null || PLATFORM.test(frame.module) || frame.language !== 'java';
    return [isOther ? frame : { ...frame, unmapped: MISSING }];
  });
}

function ownFrame(
  frame: EventFrame,
  { class: name, method, line, file, isInlined }: RetracedFrame,
): EventFrame {
  const isSame = name === frame.module && method === frame.function;
  return {
    ...frame,
    module: name,
    function: method,
    line,
    file: file ?? fileOf(name, frame.file),
    path: null,
    // The client judged by a name that says nothing.
    inApp: isSame || frame.inApp === true ? frame.inApp : null,
    ...(isInlined && { trust: 'inline' }),
    ...(!isSame && {
      minified: `${frame.module ?? ''}.${frame.function ?? ''}${frame.line === null ? '' : `:${frame.line}`}`,
    }),
  };
}

/** Where the mapping does not tell the file it is called like the outermost class, as Java wants it. */
function fileOf(name: string, sent: string | null): string {
  const outer = (name.slice(name.lastIndexOf('.') + 1).split('$')[0] ?? '').replace(/Kt$/, '');
  return `${outer}${sent?.endsWith('.kt') === true ? '.kt' : '.java'}`;
}
