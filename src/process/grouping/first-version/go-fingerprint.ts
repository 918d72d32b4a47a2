// What makes two Go panics the same bug: the cleaned message and the frames of the crashing goroutine.
import type { GoTrace } from '../../../formats/trace/go-panic.ts';
import type { TraceFrame } from '../../../formats/trace/trace.ts';
import { cleanGoMessage } from '../clean-go-message.ts';
import { GO_MESSAGE_RULES, type MessageRule } from '../go-message-rules.ts';

/** Frames that count; deeper ones are servers and schedulers. */
const MAX_FRAMES = 10;

/** A fingerprint and how it came about. */
export interface GoFingerprint {
  readonly message: string;
  /** Parts whose equality makes two panics one bug. */
  readonly parts: readonly string[];
  /** The frames within `parts`; empty where the place does not matter. */
  readonly frames: readonly string[];
  readonly explanation: readonly string[];
}

/** The fingerprint of a panic log, or null where it has no panic line. */
export function goFingerprint(
  trace: GoTrace,
  rules: readonly MessageRule[] = GO_MESSAGE_RULES,
): GoFingerprint | null {
  if (trace.subject === null) return null;
  const { text, rules: acted, placeDoesNotMatter } = cleanGoMessage(trace.subject, rules);
  const explanation = acted.map((name) => `the message was cleaned by the rule "${name}"`);
  if (placeDoesNotMatter) {
    explanation.push('for such a message the place does not matter');
    return { message: text, parts: [text], frames: [], explanation };
  }
  const crashed = trace.threads.find((thread) => thread.crashed);
  const frames = (crashed?.frames ?? []).filter((frame) => !isPanicMachinery(frame)).slice(0, MAX_FRAMES);
  const names = frames.map((frame) => goFrameName(frame));
  explanation.push(
    crashed === undefined
      ? 'the log has no goroutine, so the message stands alone'
      : `the frames are those of ${crashed.name}, without the runtime's own handling of the panic`,
  );
  return { message: text, parts: [text, ...names], frames: names, explanation };
}

/** The name of a Go frame as it stands in signatures: import path, receiver, function; closures without numbers. */
export function goFrameName(frame: TraceFrame): string {
  const owner = frame.class === null ? '' : `(${frame.class}).`;
  // Closures and generic instances are numbered and named by the compiler, differently with every change nearby.
  const called = plainCalled(frame.function ?? '');
  const packageName = frame.package === null ? '' : `${frame.package}.`;
  const name = `${packageName}${owner}${called}`;
  return name.includes('/vendor/') ? name.replace(/^.*\/vendor\//, '') : name;
}

/** Names without a mark of the compiler, which most are, are left alone at one look. */
function plainCalled(called: string): string {
  return /[[.-]/.test(called)
    ? called
        .replace(/\[[^\]]*\]/g, '')
        .replace(/\.(func|gowrap|deferwrap)\d[\d.]*/g, '.$1')
        .replace(/-fm$/, '')
    : called;
}

/** Frames by which the runtime raises a panic; they stand before the place that caused it. */
function isPanicMachinery(frame: TraceFrame): boolean {
  if (frame.package === null) return frame.function === 'panic' || frame.function === 'goexit';
  if (
    frame.package !== 'runtime' &&
    !frame.package.startsWith('runtime/') &&
    !frame.package.startsWith('internal/runtime/')
  ) {
    return false;
  }
  return !/^(?:main|GC|Gosched|Stack)$/.test(frame.function ?? '');
}
