// Node's diagnostic reports (`report.<date>.json`): an event, the JavaScript stack and the native one. Source: Node's
// documentation of diagnostic reports, versions 1 to 5.
import { parseJavaScriptStack } from '../trace/javascript-stack.ts';
import { TraceBuilder } from '../trace/trace-builder.ts';
import type { Trace, TraceDatum, TraceFrame } from '../trace/trace.ts';
import { type JsonFields, jsonCount, jsonFields, jsonList, jsonText, parsedJson } from './json-value.ts';
import { frameOf } from './native-frame.ts';

const MAX_FRAMES = 500;

/** Reads a report; null where the text is none. */
export function readNodeReport(text: string): Trace | null {
  if (!text.includes('"nodejsVersion"') || !text.includes('"javascriptStack"')) return null;
  const report = jsonFields(parsedJson(text));
  const header = jsonFields(report?.['header']);
  const script = jsonFields(report?.['javascriptStack']);
  if (report === null || header === null || script === null) return null;
  const event = jsonText(header['event']) ?? 'report';
  const message = jsonText(script['message'], 4000) ?? event;
  const stack = Array.isArray(script['stack'])
    ? script['stack'].slice(0, MAX_FRAMES).filter((line) => typeof line === 'string')
    : [];
  const parsed = parseJavaScriptStack([message, ...stack.map((line) => `    ${line}`)].join('\n'));
  const native = jsonList(report['nativeStack'], MAX_FRAMES).map((frame) => nativeFrame(frame));
  if (parsed.exceptions.some(({ frames }) => frames.length > 0)) return { ...parsed, data: dataOf(header) };
  const builder = new TraceBuilder([]);
  const exception = builder.exception(event, message);
  for (const frame of native) builder.frame(exception.frames, frame);
  return builder.trace('native', [exception], { dialect: 'node', data: dataOf(header) });
}

function nativeFrame(frame: JsonFields): TraceFrame {
  const symbol = jsonText(frame['symbol']) ?? '';
  const named = /^(.*?)(?: \[([^\]]{1,300})\])?$/.exec(symbol);
  return frameOf(symbol, {
    function: named?.[1] ?? symbol,
    module: named?.[2],
    address: jsonText(frame['pc'])?.replace(/^0x/, ''),
  });
}

function dataOf(header: JsonFields): readonly TraceDatum[] {
  const pid = jsonCount(header['processId']);
  const pairs: readonly (readonly [string, string | null])[] = [
    ['event', jsonText(header['event'])],
    ['trigger', jsonText(header['trigger'])],
    ['node', jsonText(header['nodejsVersion'])],
    ['os', jsonText(header['osName'])],
    ['cpu', jsonText(header['arch'])],
    ['pid', pid === null ? null : String(pid)],
  ];
  return pairs.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}
