// Stacks as text, in the layout that minidump-stackwalk has made familiar.
import type { FrameJson, MaydayThreadJson, ThreadJson } from './processed-minidump.ts';
import { baseName } from './module-names.ts';

const FOUND_BY: Readonly<Record<string, string>> = {
  context: 'given as instruction pointer in context',
  prewalked: 'already unwound',
  cfi: 'call frame info',
  cfi_scan: 'call frame info with scanning',
  frame_pointer: "previous frame's frame pointer",
  leaf: 'the return address of a function without a frame',
  scan: 'stack scanning',
};

const REGISTERS_PER_LINE = 2;

/** Lines of one thread's stack; inlined calls count as frames. */
export function stackLines(
  thread: ThreadJson,
  state: MaydayThreadJson | undefined,
  registers: Readonly<Record<string, string>> | undefined,
): string[] {
  if (state?.state === 'skipped') return [' <this thread wrote the dump>'];
  if (thread.frames.length === 0) return [' <no registers were captured>'];
  const lines: string[] = [];
  let number = 0;
  let expected = 0;
  for (const frame of thread.frames) {
    if (frame.frame > expected) lines.push(` … ${frame.frame - expected} frames left out …`);
    expected = frame.frame + 1;
    for (const inline of frame.inlines ?? []) {
      const place = inline.file === null ? '' : ` [${baseName(inline.file)} : ${inline.line ?? '?'}]`;
      lines.push(`${numbered(number)}  ${frame.module ?? '???'}!${inline.function}${place}`);
      lines.push('    Found by: inlining');
      number += 1;
    }
    lines.push(`${numbered(number)}  ${placeOf(frame)}`);
    if (frame.frame === 0 && registers !== undefined) lines.push(...registerLines(registers));
    for (const { module, offsets } of frame.unloaded_modules ?? []) {
      lines.push(`    Unloaded: ${module} + ${offsets.map(shortHex).join(', ')}`);
    }
    lines.push(`    Found by: ${FOUND_BY[frame.trust] ?? frame.trust}`);
    number += 1;
  }
  for (const note of state?.notes ?? []) lines.push(`    Note: ${note.replaceAll('_', ' ')}`);
  return lines;
}

function placeOf(frame: FrameJson): string {
  if (frame.module === null) return frame.offset;
  if (frame.function === null) return `${frame.module} + ${shortHex(frame.module_offset ?? '0x0')}`;
  const inFunction = `${frame.module}!${frame.function}`;
  if (frame.file !== null && frame.line !== null) {
    return `${inFunction} [${baseName(frame.file)} : ${frame.line}]`;
  }
  return `${inFunction} + ${shortHex(frame.function_offset ?? '0x0')}`;
}

function registerLines(registers: Readonly<Record<string, string>>): string[] {
  const cells = Object.entries(registers).map(([name, value]) => `${name.padStart(8)} = ${value}`);
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += REGISTERS_PER_LINE) {
    lines.push(cells.slice(at, at + REGISTERS_PER_LINE).join(''));
  }
  return lines;
}

function numbered(number: number): string {
  return String(number).padStart(2);
}

/** `0x00001d72` as `0x1d72`. */
function shortHex(value: string): string {
  return `0x${value.replace(/^0x0*(?=.)/, '')}`;
}
