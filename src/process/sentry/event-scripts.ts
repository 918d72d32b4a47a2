// Places in an event's scripts, mapped to their sources: by the debug ids that the event lists, else by its release.
import { asObject, own, type JsonObject } from '../../report/crashkit/json-object.ts';
import type { ProcessedReport } from '../../report/processed-report.ts';
import type { Report } from '../../report/report.ts';
import { textOf, valuesOf } from '../../report/sentry/event-values.ts';
import {
  mapScripts,
  type Mapping,
  type ScriptContext,
  type ScriptPlace,
} from '../symbols/source-maps/mapped-scripts.ts';
import type { Mappings } from '../symbols/source-maps/mapping-files.ts';
import type { EventException, EventFrame, EventThread } from './event-model.ts';

const MAX_IMAGES = 5000;
/** What no build tool makes a map of: the engine's own code, code without a file, extensions, the runtime of Node. */
const NO_SCRIPT =
  /^(?:<.*>|\[.*\]|native|node:.*|internal\/.*|eval code)$|^(?:chrome|moz|safari(?:-web)?|ms-browser)-extension:/;

const LIBRARY = /(?:^|[\\/])node_modules[\\/]/;
/** Folders and names that build tools write to. */
const OUTPUT =
  /(?:^|[\\/])(?:dist|build|out|\.next|\.output|\.nuxt|\.svelte-kit|\.webpack|\.serverless)[\\/]|\.(?:min|bundle)\.[cm]?js$/;
/** Nobody writes lines that long; clients cut them. */
const LONG_LINE = 250;
const CUT = '{snip}';

/**
 * Whether a script of Node that the client sent the lines of was made by a build tool: programs of Node mostly run as they were written,
 * and no map is missed for those.
 */
function wasBuilt({ path, file, column, source, inApp }: EventFrame): boolean {
  if (inApp === false) return false;
  const line = source?.[(source.length - 1) / 2] ?? '';
  return (
    OUTPUT.test(path ?? file ?? '') ||
    (column ?? 0) > LONG_LINE ||
    line.length > LONG_LINE ||
    line.includes(CUT)
  );
}

/** What became of an event's frames. */
export interface MappedEvent {
  readonly exceptions: readonly EventException[];
  readonly threads: readonly EventThread[];
  readonly missing: ProcessedReport['missingSymbols'];
}

type Parts = Pick<MappedEvent, 'exceptions' | 'threads'>;

/** Whether any frame is one of a script with a place. */
export function hasScripts({ exceptions, threads }: Parts): boolean {
  return [...exceptions, ...threads].some(({ frames }) => frames.some((frame) => placeOf(frame) !== null));
}

/** Maps what can be mapped. */
export async function mapEvent(
  event: JsonObject,
  parts: Parts,
  report: Pick<Report, 'account' | 'product'>,
  mappings: Mappings,
): Promise<MappedEvent> {
  const all = [...parts.exceptions, ...parts.threads].map(({ frames }) => frames);
  const { stacks, missing } = await mapScripts(
    all.map((frames) => frames.map((frame) => placeOf(frame))),
    contextOf(event, report),
    mappings,
  );
  const mapped = all.map((frames, index) =>
    frames.map((frame, at) => mappedFrame(frame, stacks[index]?.[at] ?? null)),
  );
  return {
    exceptions: parts.exceptions.map((exception, index) => ({ ...exception, frames: mapped[index] ?? [] })),
    threads: parts.threads.map((thread, index) => ({
      ...thread,
      frames: mapped[parts.exceptions.length + index] ?? [],
    })),
    missing,
  };
}

function placeOf(frame: EventFrame): ScriptPlace | null {
  const { path, file, line, column, source, language } = frame;
  const url = path ?? file;
  if (language !== 'javascript' || url === null || NO_SCRIPT.test(url)) return null;
  // A place without column in a source that the client sent is one that was never minified.
  if (line === null && column === null) return null;
  return { url, line, column, wantsMap: (source === null || wasBuilt(frame)) && !LIBRARY.test(url) };
}

function mappedFrame(frame: EventFrame, mapping: Mapping | null): EventFrame {
  if (mapping === null) return frame;
  if (mapping.kind === 'unmapped') return { ...frame, unmapped: mapping.why };
  const { at, file } = mapping;
  return {
    ...frame,
    function: mapping.function,
    // A browser's client has no modules: what it sends as one is made of the minified file.
    module: null,
    file,
    path: at.source,
    line: at.line,
    column: at.column,
    inApp: at.isIgnored ? false : frame.inApp,
    source: at.context ?? null,
    minified: `${frame.path ?? frame.file ?? ''}:${frame.line ?? ''}:${frame.column ?? ''}`,
  };
}

function contextOf(
  event: JsonObject,
  { account, product }: Pick<Report, 'account' | 'product'>,
): ScriptContext {
  const release = textOf(event, 'release');
  const meta = asObject(own(event, 'debug_meta'));
  const images = meta === null ? [] : valuesOf(own(meta, 'images')).slice(0, MAX_IMAGES);
  const debugIds = new Map<string, string>();
  for (const image of images) {
    const url = textOf(image, 'code_file');
    const id = textOf(image, 'debug_id');
    if (textOf(image, 'type') === 'sourcemap' && url !== null && id !== null) debugIds.set(url, id);
  }
  return {
    releases: release === null ? [] : [{ account, product, release }],
    dist: textOf(event, 'dist'),
    debugIds,
  };
}
