// Breakpad's own streams: which threads wrote and wanted the dump (0x47670001), and the assertion that failed
// (0x47670002).
import type { ByteReader } from '../../../base/byte-reader.ts';
import { decodeUtf16, untilNul } from '../strings.ts';

/** Thread ids of the BreakpadInfo stream, where its validity bits grant them. */
export interface BreakpadInfo {
  readonly dumpThreadId: number | null;
  readonly requestingThreadId: number | null;
}

/** A failed check of the C runtime. */
export interface AssertionInfo {
  readonly expression: string;
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly kind: 'assertion' | 'invalid-parameter' | 'pure-virtual-call';
}

// MDRawBreakpadInfo: validity u32, dump thread u32, requesting thread u32.
const DUMP_THREAD_VALID = 1;
const REQUESTING_THREAD_VALID = 2;

// MDRawAssertionInfo: expression, function and file of 128 UTF-16 units each, line u32, type u32.
const TEXT_BYTES = 256;

/** Reads the BreakpadInfo stream. */
export function readBreakpadInfo(stream: ByteReader): BreakpadInfo {
  const validity = stream.u32(0);
  return {
    dumpThreadId: (validity & DUMP_THREAD_VALID) === 0 ? null : stream.u32(4),
    requestingThreadId: (validity & REQUESTING_THREAD_VALID) === 0 ? null : stream.u32(8),
  };
}

/** Reads the AssertionInfo stream. */
export function readAssertion(stream: ByteReader): AssertionInfo {
  const text = (index: number): string =>
    untilNul(decodeUtf16(stream.require(index * TEXT_BYTES, TEXT_BYTES)));
  const type = stream.u32(3 * TEXT_BYTES + 4);
  return {
    expression: text(0),
    function: text(1),
    file: text(2),
    line: stream.u32(3 * TEXT_BYTES),
    kind: type === 1 ? 'invalid-parameter' : type === 2 ? 'pure-virtual-call' : 'assertion',
  };
}

/**
 * The assertion in one line, or null where it says nothing: the Windows CRT gives release builds an invalid
 * parameter handler without any text, and the type alone then is the message.
 */
export function describeAssertion(info: AssertionInfo): string | null {
  const kinds = {
    assertion: null,
    'invalid-parameter': 'Invalid parameter passed to library function',
    'pure-virtual-call': 'Pure virtual function call',
  };
  const where = info.file === '' ? '' : ` at ${info.file}${info.line === 0 ? '' : `:${info.line}`}`;
  const within = info.function === '' ? '' : ` in ${info.function}`;
  const what = [kinds[info.kind], info.expression === '' ? null : info.expression]
    .filter((part) => part !== null)
    .join(': ');
  const line = `${what}${within}${where}`.trim();
  return line === '' ? null : line;
}
