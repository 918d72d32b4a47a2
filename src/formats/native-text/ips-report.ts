// Apple's crash reports since iOS 15 and macOS 12 (`.ips`): one line of JSON about the report, then the report as JSON.
// Source: "Interpreting the JSON format of a crash report", Apple developer documentation.
import { TraceBuilder } from '../trace/trace-builder.ts';
import type { Trace, TraceDatum, TraceFrame, TraceModule, TraceThread } from '../trace/trace.ts';
import { type JsonFields, jsonCount, jsonFields, jsonList, jsonText, parsedJson } from './json-value.ts';
import { frameOf } from './native-frame.ts';

const MAX_THREADS = 500;
const MAX_FRAMES = 600;
const MAX_IMAGES = 2000;

/** Reads a report; null where the text is none. */
export function readIpsReport(written: string): Trace | null {
  const text = written.trimStart();
  const end = text.indexOf('\n');
  const header = jsonFields(parsedJson(end < 0 ? text : text.slice(0, end)));
  const body =
    jsonFields(header !== null && end >= 0 ? parsedJson(text.slice(end + 1)) : null) ??
    jsonFields(parsedJson(text));
  if (body === null || !Array.isArray(body['threads']) || !Array.isArray(body['usedImages'])) return null;
  const images = jsonList(body['usedImages'], MAX_IMAGES);
  const builder = new TraceBuilder([]);
  const threads = jsonList(body['threads'], MAX_THREADS);
  const faulting = jsonCount(body['faultingThread']);
  const crashed = threads.find((thread, index) => thread['triggered'] === true || index === faulting);
  const exception = jsonFields(body['exception']) ?? {};
  const termination = jsonFields(body['termination']) ?? {};
  const kind =
    jsonText(exception['type']) ??
    jsonText(exception['signal']) ??
    jsonText(termination['namespace']) ??
    'crash';
  const opened = builder.exception(kind, messageOf(body, exception, termination));
  // What an Objective-C or C++ program threw has the stack of the throw beside that of the abort.
  const thrown = jsonList(body['lastExceptionBacktrace'], MAX_FRAMES);
  for (const frame of framesOf(
    thrown.length > 0 ? thrown : jsonList(crashed?.['frames'], MAX_FRAMES),
    images,
  ))
    builder.frame(opened.frames, frame);
  const signal = jsonText(exception['signal']);
  if (signal !== null) opened.data.push(['signal', signal]);
  return builder.trace('native', [opened], {
    dialect: 'apple',
    threads: threads.map((thread, index): TraceThread => {
      const name = jsonText(thread['name']) ?? jsonText(thread['queue']) ?? `thread ${index}`;
      const frames = framesOf(jsonList(thread['frames'], MAX_FRAMES), images);
      return { name, state: '', frames, createdBy: null, crashed: thread === crashed };
    }),
    data: dataOf(body, header),
    address: /0x[0-9a-fA-F]{1,16}/.exec(jsonText(exception['subtype']) ?? '')?.[0] ?? null,
    modules: images.flatMap((image): TraceModule[] => {
      const name = jsonText(image['name']);
      return name === null
        ? []
        : [{ name, path: jsonText(image['path']), base: hexOf(image['base']), buildId: buildIdOf(image) }];
    }),
  });
}

/** The words of the program itself first: `asi` holds what it said before it died. */
function messageOf(body: JsonFields, exception: JsonFields, termination: JsonFields): string {
  const said = Object.values(jsonFields(body['asi']) ?? {}).flatMap((lines) =>
    Array.isArray(lines) ? lines : [],
  );
  const reason = jsonFields(body['exceptionReason']);
  return (
    jsonText(reason?.['composed_message']) ??
    jsonText(said.find((line) => typeof line === 'string' && line !== 'abort() called') ?? said[0]) ??
    jsonText(exception['subtype']) ??
    jsonText(exception['message']) ??
    jsonText(termination['indicator']) ??
    ''
  );
}

function dataOf(body: JsonFields, header: JsonFields | null): readonly TraceDatum[] {
  const os = jsonFields(body['osVersion']);
  const pairs: readonly (readonly [string, string | null])[] = [
    ['process', jsonText(body['procName']) ?? jsonText(header?.['app_name'])],
    ['version', jsonText(header?.['app_version'])],
    ['os', jsonText(os?.['train']) ?? jsonText(header?.['os_version'])],
    ['cpu', jsonText(body['cpuType'])],
    ['model', jsonText(body['modelCode'])],
  ];
  return pairs.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

function framesOf(frames: readonly JsonFields[], images: readonly JsonFields[]): readonly TraceFrame[] {
  return frames.map((frame) => {
    const index = jsonCount(frame['imageIndex']);
    const image = index === null ? undefined : images[index];
    const offset = jsonCount(frame['imageOffset']);
    const symbol = jsonText(frame['symbol']);
    const line = jsonCount(frame['sourceLine']);
    const name = jsonText(image?.['name']);
    const read = frameOf(`${name ?? '???'} ${symbol ?? ''} + ${offset ?? 0}`, {
      function: symbol ?? undefined,
      module: jsonText(image?.['path']) ?? name ?? undefined,
      file: jsonText(frame['sourceFile']) ?? undefined,
      line: line === null ? undefined : String(line),
      offset: offset === null ? undefined : offset.toString(16),
      buildId: image === undefined ? undefined : (buildIdOf(image) ?? undefined),
    });
    return { ...read, module: name };
  });
}

function buildIdOf(image: JsonFields): string | null {
  return jsonText(image['uuid'])?.replaceAll('-', '').toLowerCase() ?? null;
}

function hexOf(value: unknown): string | null {
  const base = jsonCount(value);
  return base === null ? null : `0x${base.toString(16)}`;
}
