// Frames of JavaScript in texts and CrashKit payloads, mapped to their sources by the version of the report as the release.
import type { Trace, TraceFrame } from '../../formats/trace/trace.ts';
import type { CrashKitException, CrashKitLocation } from '../../report/crashkit/occurrence.ts';
import type { ProcessedReport } from '../../report/processed-report.ts';
import type { Report } from '../../report/report.ts';
import {
  mapScripts,
  type Mapping,
  type ScriptContext,
  type ScriptPlace,
} from '../symbols/source-maps/mapped-scripts.ts';
import type { Mappings } from '../symbols/source-maps/mapping-files.ts';

/** What no build tool makes a map of. */
const NO_SCRIPT =
  /^(?:<.*>|\[.*\]|native|node:.*|internal\/.*)$|^(?:chrome|moz|safari(?:-web)?)-extension:|(?:^|[\\/])node_modules[\\/]/;
/** Of what pages load, and of apps that hold pages, a map is expected; programs of Node mostly run as they were written. */
const LOADED = /^(?:https?|app|capacitor|ionic|tauri|electron|file):\/\//;

/** What was mapped, and what is missing for the rest. */
interface Mapped<T> {
  readonly mapped: T;
  readonly missing: ProcessedReport['missingSymbols'];
}

/** A trace of JavaScript with its frames mapped; any other as it is. */
export async function withMaps(
  trace: Trace,
  report: Pick<Report, 'account' | 'product' | 'version'>,
  mappings: Mappings | undefined,
): Promise<Mapped<Trace>> {
  const stacks = [...trace.exceptions, ...trace.threads].map(({ frames }) => frames);
  if (mappings === undefined || trace.format !== 'javascript') return { mapped: trace, missing: [] };
  const places = stacks.map((frames) => frames.map((frame) => placeOf(frame.file, frame)));
  const found = await mapScripts(places, contextOf(report, report.version), mappings);
  const frames = (index: number): readonly TraceFrame[] =>
    (stacks[index] ?? []).map((frame, at) => tracedFrame(frame, found.stacks[index]?.[at] ?? null));
  return {
    mapped: {
      ...trace,
      exceptions: trace.exceptions.map((exception, index) => ({ ...exception, frames: frames(index) })),
      threads: trace.threads.map((thread, index) => ({
        ...thread,
        frames: frames(trace.exceptions.length + index),
      })),
    },
    missing: found.missing,
  };
}

/** The places of a CrashKit occurrence of JavaScript. */
export async function mappedExceptions(
  exceptions: readonly CrashKitException[],
  version: string | null,
  report: Pick<Report, 'account' | 'product'>,
  mappings: Mappings,
): Promise<Mapped<readonly CrashKitException[]>> {
  const places = exceptions.map(({ locations }) =>
    locations.map((location) =>
      placeOf(location.file, { line: location.line > 0 ? location.line : null, column: location.column }),
    ),
  );
  const found = await mapScripts(places, contextOf(report, version), mappings);
  return {
    mapped: exceptions.map((exception, index) => ({
      ...exception,
      locations: exception.locations.map((location, at) =>
        mappedLocation(location, found.stacks[index]?.[at] ?? null),
      ),
    })),
    missing: found.missing,
  };
}

function placeOf(
  file: string | null,
  { line, column }: { readonly line: number | null; readonly column: number | null },
): ScriptPlace | null {
  if (file === null || file === '' || line === null || NO_SCRIPT.test(file)) return null;
  return { url: file, line, column, wantsMap: LOADED.test(file) };
}

/** Build tools name a release by the version alone, or with the product in front. */
function contextOf(
  { account, product }: Pick<Report, 'account' | 'product'>,
  version: string | null,
): ScriptContext {
  const releases = version === null || version === '' ? [] : [version, `${product}@${version}`];
  return {
    releases: releases.map((release) => ({ account, product, release })),
    dist: null,
    debugIds: new Map(),
  };
}

function tracedFrame(frame: TraceFrame, mapping: Mapping | null): TraceFrame {
  if (mapping === null) return frame;
  if (mapping.kind === 'unmapped') return { ...frame, unmapped: mapping.why };
  const { at, file } = mapping;
  return {
    ...frame,
    function: mapping.function,
    class: null,
    package: null,
    module: null,
    file,
    line: at.line,
    column: at.column,
    inApp: isForeign(file, at.isIgnored) ? false : (frame.inApp ?? true),
    raw: [mapping.function, file].filter((part) => part !== null).join(' '),
    source: at.context,
    minified: `${frame.file ?? ''}:${frame.line ?? ''}:${frame.column ?? ''}`,
  };
}

function mappedLocation(location: CrashKitLocation, mapping: Mapping | null): CrashKitLocation {
  if (mapping === null) return location;
  if (mapping.kind === 'unmapped') return { ...location, unmapped: mapping.why };
  const { at, file } = mapping;
  return {
    ...location,
    package: file,
    module: '',
    file,
    className: null,
    method: mapping.function ?? '',
    line: at.line,
    column: at.column,
    claimed: location.claimed && !isForeign(file, at.isIgnored),
    claimedBy: isForeign(file, at.isIgnored) ? 'the source map' : location.claimedBy,
    source: at.context ?? [],
    minified: `${location.file}:${location.line}:${location.column ?? ''}`,
  };
}

function isForeign(file: string, isIgnored: boolean): boolean {
  return isIgnored || NO_SCRIPT.test(file);
}
