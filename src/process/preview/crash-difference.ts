// Two crashes side by side: what keeps them from being one bug, in words, and their stacks aligned.
import type { KeyParts, ProcessedCrash } from '../../report/processed-report.ts';
import { crashKey, keyWords } from '../grouping/crash-key.ts';
import { stackNames } from '../grouping/stack-names.ts';

/** A row of two aligned stacks; null where a stack has no frame there. */
export interface AlignedFrames {
  readonly one: string | null;
  readonly other: string | null;
}

/** One part of the keys of two crashes. */
export interface KeyPartDifference {
  readonly part: 'kind' | 'frames' | 'message';
  /** Empty: it is no part of this one's key. */
  readonly one: readonly string[];
  readonly other: readonly string[];
  readonly isSame: boolean;
}

/** What two crashes differ in. */
export interface CrashDifference {
  /** Why they are not one bug, one sentence each. */
  readonly reasons: readonly string[];
  /** What their keys are made of; empty where something else than stacks gives one of them. */
  readonly parts: readonly KeyPartDifference[];
  /** Innermost first. */
  readonly frames: readonly AlignedFrames[];
}

type Compared = Pick<
  ProcessedCrash,
  'kind' | 'language' | 'exceptions' | 'threads' | 'grouping' | 'signature'
>;

/** Compares two crashes of bugs that are not the same. Without `seesMessages` no message is quoted. */
export function crashDifference(
  one: Compared,
  other: Compared,
  { seesMessages }: { readonly seesMessages: boolean },
): CrashDifference {
  const frames = aligned(stackNames(one), stackNames(other));
  for (const [crash, which] of [
    [one, 'this bug'],
    [other, 'the other bug'],
  ] as const) {
    const { source, rule } = crash.grouping;
    if (source === 'product_rule')
      return { reasons: [`The product's rule "${rule ?? ''}" decides about ${which}.`], parts: [], frames };
    if (source === 'client_fingerprint') {
      const reason = `The program sent a fingerprint for ${which}, which decides.`;
      return { reasons: [reason], parts: [], frames };
    }
  }
  const [mine, theirs] = [partsOf(one), partsOf(other)];
  if (mine === null || theirs === null) {
    const reason = `Their signatures differ: "${cut(one.signature)}" and "${cut(other.signature)}".`;
    return { reasons: [reason], parts: [], frames };
  }
  return {
    reasons: reasonsOf(mine, theirs, [one, other]),
    parts: differences(mine, theirs, seesMessages),
    frames,
  };
}

function reasonsOf(
  mine: KeyParts,
  theirs: KeyParts,
  [one, other]: readonly [Compared, Compared],
): readonly string[] {
  const reasons: string[] = [];
  if (mine.kind !== theirs.kind)
    reasons.push(`Their kinds differ: "${cut(mine.kind)}" and "${cut(theirs.kind)}".`);
  if (mine.frames.join('\n') !== theirs.frames.join('\n')) {
    const named = (frames: readonly string[]): string =>
      frames.length === 0 ? 'no frame' : frames.map((frame) => `"${cut(frame)}"`).join(', ');
    reasons.push(`The frames that name them differ: ${named(mine.frames)}, and ${named(theirs.frames)}.`);
  }
  if (mine.message !== theirs.message) reasons.push('What they say differs, and their frames say little.');
  if (reasons.length > 0) return reasons;
  const [caller, otherCaller] = [one.grouping.caller?.frame, other.grouping.caller?.frame];
  if (caller !== undefined && otherCaller !== undefined && caller !== otherCaller) {
    const reason = `Their frame is reached from many places, and their callers differ: "${cut(caller)}" and "${cut(otherCaller)}".`;
    return [reason];
  }
  return [
    'Their keys would be the same today: they were filed under earlier keys, or people keep them apart.',
  ];
}

function differences(mine: KeyParts, theirs: KeyParts, seesMessages: boolean): readonly KeyPartDifference[] {
  const said = ({ message }: KeyParts): readonly string[] =>
    message === null ? [] : [seesMessages ? message : '(protected)'];
  return [
    { part: 'kind', one: [mine.kind], other: [theirs.kind], isSame: mine.kind === theirs.kind },
    {
      part: 'frames',
      one: mine.frames,
      other: theirs.frames,
      isSame: mine.frames.join('\n') === theirs.frames.join('\n'),
    },
    ...(mine.message === null && theirs.message === null
      ? []
      : [
          {
            part: 'message',
            one: said(mine),
            other: said(theirs),
            isSame: mine.message === theirs.message,
          } as const,
        ]),
  ];
}

/** As they were when the key was made; of older reports as they would be today. */
function partsOf(crash: Compared): KeyParts | null {
  if (crash.grouping.parts !== undefined) return crash.grouping.parts;
  // Minidumps without names go by their signature.
  if (crash.language === null) return null;
  const isClaimedByClient = crash.exceptions.some(({ frames }) => frames.some(({ inApp }) => inApp === true));
  const key = crashKey({ language: crash.language, exceptions: crash.exceptions, isClaimedByClient });
  return key === null ? null : keyWords(key);
}

function cut(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`;
}

/** The longest common subsequence, with what is on one side alone between. */
function aligned(one: readonly string[], other: readonly string[]): readonly AlignedFrames[] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  const at = (row: number, column: number): number => lengths[row]?.[column] ?? 0;
  for (let row = one.length - 1; row >= 0; row -= 1) {
    for (let column = other.length - 1; column >= 0; column -= 1) {
      const same = one[row] === other[column];
      const best = same ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
      const line = lengths[row];
      if (line !== undefined) line[column] = best;
    }
  }
  const rows: AlignedFrames[] = [];
  let [row, column] = [0, 0];
  while (row < one.length || column < other.length) {
    const [left, right] = [one[row] ?? null, other[column] ?? null];
    if (left !== null && left === right) {
      rows.push({ one: left, other: right });
      row += 1;
      column += 1;
    } else if (left !== null && (right === null || at(row + 1, column) >= at(row, column + 1))) {
      rows.push({ one: left, other: null });
      row += 1;
    } else {
      rows.push({ one: null, other: right });
      column += 1;
    }
  }
  return rows;
}
