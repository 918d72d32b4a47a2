// What is known of the frames of a language: those of its run-time, those of libraries, and those that say nothing alone. Data, in lists/.
import { DEFAULT_LISTS } from '../signature/default-lists.ts';
import { existsSync, readFileSync } from 'node:fs';

/** Names and paths are cut to this before they are compared. */
const MAX_MATCHED_LENGTH = 500;

/** Says which entry matches, or null. */
export type FrameMatcher = (name: string, file: string | null) => string | null;

/** The lists of one language. */
export interface FrameLists {
  readonly runtime: FrameMatcher;
  readonly libraries: FrameMatcher;
  /** Asked with `Owner.member`. */
  readonly helpers: FrameMatcher;
  /** Asked with the whole name: frames that say nothing alone, also where they fail by themselves. */
  readonly prefixes: FrameMatcher;
}

const NOTHING: FrameMatcher = () => null;
const loaded = new Map<string, FrameLists>();

/** The lists of a family of languages; empty ones for a language that has none. */
export function frameLists(family: string): FrameLists {
  let lists = loaded.get(family);
  if (lists === undefined) {
    lists = compileFrameLists(family, frameListTexts(family));
    loaded.set(family, lists);
  }
  return lists;
}

/** The entries of one family by section: what the lists say, for whoever wants to know what they would say without some of them. */
export interface FrameListTexts {
  readonly runtime: readonly string[];
  readonly libraries: readonly string[];
  readonly helpers: readonly string[];
}

/** The entries of a family; none for one that has no list. */
export function frameListTexts(family: string): FrameListTexts {
  // Only names that are in the code reach this; it must not become a path all the same.
  const url = new URL(`lists/${family}.txt`, import.meta.url);
  if (!/^[a-z]+$/.test(family) || !existsSync(url)) return { runtime: [], libraries: [], helpers: [] };
  const sections = new Map<string, string[]>();
  let entries: string[] = [];
  for (const line of readFileSync(url, 'utf8').split('\n')) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const section = /^\[([a-z-]+)\]$/.exec(text)?.[1];
    if (section === undefined) entries.push(text);
    else sections.set(section, (entries = []));
  }
  return {
    runtime: sections.get('run-time') ?? [],
    libraries: sections.get('libraries') ?? [],
    helpers: sections.get('helpers') ?? [],
  };
}

/** Lists ready for use. */
export function compileFrameLists(
  family: string,
  { runtime, libraries, helpers }: FrameListTexts,
): FrameLists {
  const own: FrameLists = {
    runtime: matcher(runtime),
    libraries: matcher(libraries),
    helpers: matcher(helpers),
    prefixes: NOTHING,
  };
  // Native signatures have lists of their own, which are as good for keys: code that is called to crash, or by everybody.
  return family !== 'native'
    ? own
    : {
        ...own,
        runtime: (name, file) => own.runtime(name, file) ?? DEFAULT_LISTS.irrelevant(name),
        prefixes: (name) => DEFAULT_LISTS.prefix(name),
      };
}

/** One expression for all entries decides quickly; only a match then looks for the entry that it is due to. */
function matcher(entries: readonly string[]): FrameMatcher {
  const names = entries.filter((entry) => !entry.startsWith('file:'));
  const files = entries.filter((entry) => entry.startsWith('file:')).map((entry) => entry.slice(5));
  const anyName =
    names.length === 0 ? null : new RegExp(`^(?:${names.map((name) => `(?:${name})`).join('|')})`);
  const anyFile = files.length === 0 ? null : new RegExp(files.map((file) => `(?:${file})`).join('|'));
  return (name, file) => {
    const text = name.slice(0, MAX_MATCHED_LENGTH);
    if (anyName?.test(text) === true)
      return names.find((entry) => new RegExp(`^(?:${entry})`).test(text)) ?? '';
    if (file === null || anyFile === null) return null;
    const path = file.slice(-MAX_MATCHED_LENGTH);
    return anyFile.test(path) ? (files.find((entry) => new RegExp(entry).test(path)) ?? '') : null;
  };
}
