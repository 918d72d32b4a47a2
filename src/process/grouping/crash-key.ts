// The engine: from the stacks of a crash to the key under which it is filed, its title, and why. The same for every way in.
//
// Key = kind of the root cause + the first own frame; the next frame joins while a frame says little alone (a check, an accessor, an
// anonymous function); the message joins where the frames say little. No line numbers, folders, hashes, counters or addresses.
import type { KeyParts } from '../../report/processed-report.ts';
import { placelessMessage } from './clean-go-message.ts';
import { chooseFrames, OVERFLOW, type Chosen } from './choose-frames.ts';
import { crashKind } from './crash-kind.ts';
import { hashedKey } from './hashed-key.ts';
import { messagePart } from './message-part.ts';
import { firstLine } from './message-values.ts';
import { frameLists } from './frame-lists.ts';
import type { FrameName } from './names/frame-naming.ts';
import { languageFamily } from './names/name-frame.ts';
import { nativeCrashKind } from './native-crash-kind.ts';
import { stackNumbers } from './stack-numbers.ts';
import { rootCause } from './root-cause.ts';
import { homeOf, NO_PRODUCT_FRAMES, seenStack, type EngineOptions, type SeenFrame } from './seen-stack.ts';
import type { StackedCrash } from './stacked-crash.ts';

/** Goes up when keys change. Keys of older versions are aliases. */
export const KEY_VERSION = 2;

/** Length of a part of a key in words. */
const MAX_WORDS = 300;

/** Kinds of native code whose message is the expression that did not hold. */
const FAILED_CHECK = /^(?:(?:assertion|check|CSA_\w{1,30}) failed|out of memory|fatal (?:error|log))$/i;

/** A key and how it came about. */
export interface CrashKey {
  readonly key: string;
  /** What the key is made of: kind, compared names, message. */
  readonly parts: readonly string[];
  /** `kind: frame`; where no frame says more, `kind: message`. */
  readonly title: string;
  /** The title without any message. */
  readonly plainTitle: string;
  /** The frames in the key, innermost first. */
  readonly frames: readonly SeenFrame[];
  /** Frames of the same stack that follow those of the key; what an adaptive key takes next. */
  readonly next: readonly SeenFrame[];
  /** True where the message is part of the key. */
  readonly hasMessage: boolean;
  /** Where the crash begins: see `homeOf`. */
  readonly home: string | null;
  /** One sentence. */
  readonly because: string;
  /** Why this title, step by step. */
  readonly steps: readonly string[];
}

/** The key of a crash; null where it has no exception. */
export function crashKey(crash: StackedCrash, options: EngineOptions = NO_PRODUCT_FRAMES): CrashKey | null {
  const root = rootCause(crash.exceptions);
  if (root === null) return null;
  const family = languageFamily(crash.language);
  const kind = crashKind(family, root.exception);
  const steps = [`"${kind === '' ? 'unknown' : kind}" is the kind: ${root.because}.`];
  // A stack that overflowed is named by itself: whoever waited for it above has nothing to do with it.
  const isOverflow = OVERFLOW.test(kind);
  const seen = seenStack(isOverflow ? [root.exception] : root.search, {
    family,
    isClaimedByClient: crash.isClaimedByClient,
    options,
    isWhole: isOverflow,
  });
  const alone = family === 'go' ? placelessMessage(firstLine(root.exception.message)) : null;
  if (alone !== null) return keyOfMessage(family, kind, alone, steps);
  const chosen = chooseFrames(seen, {
    kind,
    message: root.exception.message,
    steps,
    helpers: options.helpers,
    lists: (options.lists ?? frameLists)(family),
  });
  const message =
    crash.messageOnlyWithoutFrames === true && chosen.frames.length > 0
      ? null
      : messagePart(root.exception, { kind, family, chosen: chosen.frames, steps });
  const parts = [
    family,
    family === 'native' ? nativeCrashKind(kind) : kind,
    ...chosen.frames.map(({ name }) => name.compared),
    ...(message === null ? [] : [`"${message}"`]),
  ];
  return {
    key: hashedKey(`K${KEY_VERSION}.`, parts),
    parts,
    title: titleOf(kind, chosen, firstLine(root.exception.message)),
    plainTitle: titleOf(kind, chosen, ''),
    frames: chosen.frames,
    next: chosen.next,
    hasMessage: message !== null,
    home: homeOf(seen, family),
    because: becauseOf(chosen.frames, message),
    steps,
  };
}

/** The key with the frame in it that called the last one; null where there is none, or the frames are not the program's own. */
export function keyWithCaller({
  key,
  frames,
  next,
}: CrashKey): { readonly key: string; readonly frame: string } | null {
  const [caller] = next;
  if (caller === undefined || frames.at(-1)?.tier !== 'own') return null;
  return {
    // Among the few callers of one key a short hash tells them apart.
    key: `${key}.c${stackNumbers([caller.name.compared])[0] ?? 0}`,
    frame: caller.name.shown,
  };
}

/** What a key is made of, in words. */
export function keyWords({ parts, frames, hasMessage }: CrashKey): KeyParts {
  return {
    kind: cut(parts[1] ?? ''),
    frames: frames.map(({ name }) => cut(name.shown)),
    message: hasMessage ? cut((parts.at(-1) ?? '').slice(1, -1)) : null,
  };
}

function cut(text: string): string {
  return text.length <= MAX_WORDS ? text : `${text.slice(0, MAX_WORDS - 3)}...`;
}

/** Some messages name their bug alone: a damaged database is the same wherever it was noticed. */
function keyOfMessage(family: string, kind: string, text: string, steps: readonly string[]): CrashKey {
  const parts = [family, kind, `"${text}"`];
  return {
    key: hashedKey(`K${KEY_VERSION}.`, parts),
    parts,
    title: titleOf(kind, { frames: [], next: [], named: null, within: [] }, text),
    plainTitle: titleOf(kind, { frames: [], next: [], named: null, within: [] }, ''),
    frames: [],
    next: [],
    hasMessage: true,
    home: null,
    because: 'Kind and message are its key: for such a message the place does not matter.',
    steps: [...steps, 'For such a message the place does not matter.'],
  };
}

function titleOf(kind: string, { named, within }: Chosen, message: string): string {
  const shownKind = kind === '' ? 'unknown' : kind;
  if (named === null) return message === '' ? shownKind : `${shownKind}: ${message}`;
  // A place without a function says where, and the message what.
  if (named.name.shown.startsWith('(') && message !== '')
    return `${shownKind}: ${message} ${named.name.shown}`;
  const inside = within.length === 0 ? '' : ` (in ${within.map(({ name }) => shortName(name)).join(', ')})`;
  // A failed check says what it checked, which a library without a function and the end of a process do not.
  if (FAILED_CHECK.test(kind) && message !== '') {
    if (named.name.isVague && named.name.member === '')
      return `${shownKind}: ${message} (${named.name.shown})`;
    if (named.tier !== 'own') return `${shownKind}: ${message}`;
  }
  return `${shownKind}: ${named.name.shown}${inside}`;
}

/** A helper is known by its class and name. */
function shortName({ owner, member }: FrameName): string {
  return owner === '' || owner === member ? member : `${owner}.${member}`;
}

function becauseOf(frames: readonly SeenFrame[], message: string | null): string {
  const names = frames.map(({ name }) => `"${name.shown.slice(0, 120)}"`).join(', ');
  if (frames.length === 0) return 'The crash has no frames: kind and message are its key.';
  const which = frames.length === 1 ? `the frame ${names}` : `the frames ${names}`;
  return message === null
    ? `Kind of the root cause and ${which} are its key.`
    : `Kind of the root cause, ${which} and the message are its key.`;
}
