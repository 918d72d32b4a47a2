// Signature lists: which frames mean nothing, which lead on to the next one, where a stack really starts. Data, in
// one pattern a line; Mayday's own lists are the text files beside this one, products add to them.

/** The texts of the four lists, each with one entry a line; blank lines and lines with `#` say nothing. */
export interface ListTexts {
  /** Regular expressions; a frame that starts with a match is skipped. */
  readonly irrelevant: string;
  /** Regular expressions; a frame that starts with a match is kept, and the next one looked at. */
  readonly prefix: string;
  /** Exact frames; the stack is cut to start at the first of them. */
  readonly sentinels: string;
  /** Regular expressions; a frame that starts with a match carries its line number. */
  readonly lineNumbers: string;
}

/** A sentinel, which may count only in stacks that also hold a given frame. */
export interface Sentinel {
  readonly frame: string;
  readonly onlyIfStackContains: string | null;
}

/** Lists ready for use. */
export interface SignatureLists {
  readonly irrelevant: FramePattern;
  readonly prefix: FramePattern;
  readonly lineNumbers: FramePattern;
  readonly sentinels: readonly Sentinel[];
  /** Entries that are no regular expressions: `prefix line 4: …`. They are left out. */
  readonly problems: readonly string[];
}

/** Says which entry a frame matches at its start, or null. */
export type FramePattern = (frame: string) => string | null;

const MAX_ENTRIES = 5000;
const MAX_ENTRY_LENGTH = 500;
/** Frames are cut to this before they are matched, which bounds what a pattern of a product can cost. */
const MAX_MATCHED_LENGTH = 1000;

/** The entries of a list text. */
export function listEntries(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .slice(0, MAX_ENTRIES);
}

/** Compiles list texts, one after the other: Mayday's first, then those of the product. */
export function compileLists(
  texts: readonly Partial<ListTexts>[],
  sentinels: readonly Sentinel[] = [],
): SignatureLists {
  const problems: string[] = [];
  const pattern = (name: keyof ListTexts): FramePattern =>
    compilePatterns(
      texts.flatMap((text) => listEntries(text[name] ?? '')),
      name,
      problems,
    );
  return {
    irrelevant: pattern('irrelevant'),
    prefix: pattern('prefix'),
    lineNumbers: pattern('lineNumbers'),
    sentinels: [
      ...sentinels,
      ...texts
        .flatMap((text) => listEntries(text.sentinels ?? ''))
        .map((frame): Sentinel => ({ frame, onlyIfStackContains: null })),
    ],
    problems,
  };
}

/** One expression for all entries decides quickly; only a match then looks for the entry that it is due to. */
function compilePatterns(entries: readonly string[], name: string, problems: string[]): FramePattern {
  const compiled: { entry: string; expression: RegExp }[] = [];
  for (const [index, entry] of entries.entries()) {
    const expression = entry.length > MAX_ENTRY_LENGTH ? null : sticky(entry);
    if (expression === null)
      problems.push(`${name} entry ${index + 1} is not a usable regular expression: ${entry.slice(0, 80)}`);
    else compiled.push({ entry, expression });
  }
  const all = sticky(compiled.map(({ entry }) => `(?:${entry})`).join('|'));
  return (frame) => {
    const text = frame.slice(0, MAX_MATCHED_LENGTH);
    if (compiled.length === 0 || (all !== null && !matchesAtStart(all, text))) return null;
    return compiled.find(({ expression }) => matchesAtStart(expression, text))?.entry ?? null;
  };
}

function matchesAtStart(expression: RegExp, text: string): boolean {
  expression.lastIndex = 0;
  return expression.test(text);
}

function sticky(source: string): RegExp | null {
  try {
    return new RegExp(source, 'y');
  } catch {
    return null;
  }
}
