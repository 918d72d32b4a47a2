// From normalised frames to a signature: skip what means nothing, go on past what leads on, stop at what names it.
import { HANDLER_FRAMES } from '../../../formats/stackwalk/handler-frames.ts';
import type { SignatureLists } from '../lists.ts';
import type { SignatureMode } from '../mode.ts';

/** A signature and how it came about. */
export interface WalkResult {
  readonly signature: string;
  readonly notes: readonly string[];
  /** One line for each decision, in order. */
  readonly explanation: readonly string[];
  /** The frame that ended the walk: what names the crash. Null where all frames only lead on. */
  readonly decisive: string | null;
}

/** Walks a stack. `thread` is the thread's number, for the note that there was nothing to see. */
export function walkFrames(
  frames: readonly string[],
  lists: SignatureLists,
  { mode, thread }: { readonly mode: SignatureMode; readonly thread: number | null },
): WalkResult {
  const explanation: string[] = [];
  // Socorro's debug log does not tell which entry decided.
  const by = (entry: string): string => (mode === 'socorro' ? '' : ` (${entry})`);
  const start = sentinelIndex(frames, lists, mode);
  if (start > 0 || (start === 0 && frames.length > 0)) {
    explanation.push(`sentinel; starting at "${frames[start] ?? ''}" index ${start}`);
  }
  const stack = start > 0 ? frames.slice(start) : frames;
  const kept: string[] = [];
  let decisive: string | null = null;
  for (const frame of stack) {
    if (frame === '') {
      explanation.push('empty frame; skipped');
      continue;
    }
    const irrelevant = lists.irrelevant(frame);
    if (irrelevant !== null) {
      explanation.push(`irrelevant${by(irrelevant)}; ignoring: "${frame}"`);
      continue;
    }
    const prefix = lists.prefix(frame);
    const shown = mode === 'default' && prefix !== null ? withoutOffset(frame) : frame;
    if (isModuleOnly(shown, mode) && kept.at(-1) === shown) {
      explanation.push(`same module again; ignoring: "${frame}"`);
      continue;
    }
    kept.push(shown);
    if (prefix === null) {
      decisive = shown;
      explanation.push(`not a prefix; stop: "${frame}"`);
      break;
    }
    explanation.push(`prefix${by(prefix)}; continue iterating: "${frame}"`);
  }
  if (kept.length > 0) return { signature: kept.join(' | '), notes: [], explanation, decisive };
  if (thread === null) {
    const signature = 'EMPTY: no crashing thread identified';
    return { signature, notes: ['CSignatureTool: no crashing thread identified'], explanation, decisive };
  }
  const notes = [`CSignatureTool: no frame data for crashing thread (${thread})`];
  return {
    signature: firstOf(stack, mode) ?? 'EMPTY: no frame data available',
    notes,
    explanation,
    decisive,
  };
}

function firstOf(stack: readonly string[], mode: SignatureMode): string | null {
  // Where every frame is irrelevant the first one is better than nothing; Socorro takes it even if it is empty.
  if (mode === 'socorro') return stack[0] ?? null;
  return stack.find((frame) => frame !== '') ?? null;
}

/** Ways to end the own process, with symbols of the system or without. */
const ENDS_PROCESS =
  /^(?:_*(?:abort|raise|gsignal|kill|tgkill|t?kill_syscall|pthread_kill\w*|exit|_?exit_group|syscall|libc_message|assert_fail)|__GI_\w+|RaiseException|RaiseFailFastException|TerminateProcess|(?:Nt|Zw)\w+|RtlReport\w+|std::terminate|core::panicking::\w+)\b|^[\w.+-]+\.(?:so[.\d]*|dll|dylib)(?:@0x[0-9a-f]+)?$/;

/**
 * The earliest frame that equals a sentinel, or -1. A handler that ended the process was called for a crash, which is below its
 * trampoline; one that crashed itself is the crash (a handler of SIGUSR1 that writes through a null pointer).
 */
function sentinelIndex(frames: readonly string[], lists: SignatureLists, mode: SignatureMode): number {
  let earliest = -1;
  for (const { frame, onlyIfStackContains } of lists.sentinels) {
    if (onlyIfStackContains !== null && !frames.includes(onlyIfStackContains)) continue;
    const index = frames.indexOf(frame);
    if (index < 0 || (earliest >= 0 && index >= earliest)) continue;
    const isHandler =
      mode === 'socorro' ||
      !HANDLER_FRAMES.has(frame) ||
      frames.slice(0, index).some((above) => ENDS_PROCESS.test(above));
    if (isHandler || index === 0) earliest = index;
  }
  return earliest;
}

/**
 * A frame that is only a module. Stacks through libraries without symbols repeat them, and in `default` mode a
 * library on the prefix list stands without its offset, which changes with every update of the system.
 */
function isModuleOnly(frame: string, mode: SignatureMode): boolean {
  if (frame.startsWith('(unloaded')) return false;
  const lower = frame.toLowerCase();
  if (lower.endsWith('.dll') || lower.endsWith('.so')) return true;
  if (mode === 'default' && /\.(?:dylib|so\.[\d.]+)$/.test(lower)) return true;
  return frame === 'XUL' || frame === '<name omitted>' || frame.startsWith('<unknown in');
}

function withoutOffset(frame: string): string {
  const match = /^(.+)@0x[0-9a-f]+$/.exec(frame);
  return match?.[1] ?? frame;
}
