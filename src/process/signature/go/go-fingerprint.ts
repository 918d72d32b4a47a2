// What makes two Go panics the same bug: the cleaned message and the frames of the crashing goroutine.
import type { GoTrace } from '../../../formats/trace/go-panic.ts';
import type { TraceFrame } from '../../../formats/trace/trace.ts';
import { GO_MESSAGE_RULES, type MessageRule } from './message-rules.ts';

/** Messages are cut to this: panics print whole data structures. */
const MAX_MESSAGE_LENGTH = 2000;
/** Frames that count; deeper ones are servers and schedulers. */
const MAX_FRAMES = 10;

/** A message without what varies, and which rules acted on it. */
export interface CleanedMessage {
  readonly text: string;
  readonly rules: readonly string[];
  /** True where the place must not be part of the fingerprint. */
  readonly placeDoesNotMatter: boolean;
}

/**
 * Cleans the first line of the runtime's output. Once a rule has acted for which the place does not matter, the
 * remaining rules are not asked, as Syncthing does: those messages group by exactly that text.
 */
export function cleanGoMessage(
  message: string,
  rules: readonly MessageRule[] = GO_MESSAGE_RULES,
): CleanedMessage {
  let text = message.slice(0, MAX_MESSAGE_LENGTH);
  const acted: string[] = [];
  const apply = (subset: readonly MessageRule[]): void => {
    for (const { name, pattern, replacement } of subset) {
      const cleaned = text.replace(pattern, replacement);
      if (cleaned !== text) acted.push(name);
      text = cleaned;
    }
  };
  apply(rules.filter(({ placeDoesNotMatter }) => placeDoesNotMatter));
  const placeDoesNotMatter = acted.length > 0;
  if (!placeDoesNotMatter) apply(rules.filter((rule) => !rule.placeDoesNotMatter));
  return { text, rules: acted, placeDoesNotMatter };
}

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
  const called = (frame.function ?? '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\.(func|gowrap|deferwrap)\d[\d.]*/g, '.$1')
    .replace(/-fm$/, '');
  const packageName = frame.package === null ? '' : `${frame.package}.`;
  return `${packageName}${owner}${called}`.replace(/^.*\/vendor\//, '');
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
