// Who owns a path: lines as in a CODEOWNERS file, a pattern and then people or teams. The last line that fits decides; one without
// owners says that nobody does. Patterns are those of .gitignore, without negation and character ranges, as GitHub and GitLab read them.

/** Who owns a path, and the line that says so. */
export interface PathOwners {
  readonly owners: readonly string[];
  readonly pattern: string;
}

interface OwnerLine extends PathOwners {
  /** Segments from the root of the repository; `**` stands for any number of them. */
  readonly segments: readonly string[];
  /** Whether files below what the pattern names belong to it, too. */
  readonly takesBelow: boolean;
}

/** Reads lines; remarks, headings of sections (GitLab) and negations, which GitHub knows none of, are left out. */
function readOwners(lines: readonly string[]): readonly OwnerLine[] {
  return lines.flatMap((line) => {
    const text = line.trim();
    if (text === '' || /^(?:[#!]|\^?\[)/.test(text)) return [];
    // A space in a path is written with a backslash.
    const [pattern = '', ...owners] = (text.match(/(?:\\.|\S)+/g) ?? []).map((part) => part);
    const end = owners.findIndex((owner) => owner.startsWith('#'));
    return [ownerLine(pattern, end === -1 ? owners : owners.slice(0, end))];
  });
}

function ownerLine(pattern: string, owners: readonly string[]): OwnerLine {
  const bare = pattern.replaceAll(/\\(.)/g, '$1');
  const names = bare.split('/').filter((part) => part !== '');
  // With a slash before its end a pattern begins at the root; else it fits at any depth.
  const isAnchored = bare.slice(0, -1).includes('/');
  const last = names.at(-1) ?? '';
  return {
    pattern,
    owners,
    segments: isAnchored ? names : ['**', ...names],
    // `docs/*` means the files of the folder alone; `docs` and `docs/` all below it.
    takesBelow: bare.endsWith('/') || !isAnchored || !/[*?]/.test(last) || last === '**',
  };
}

/** Gives the owners of paths; null: no line fits. */
export function ownersOf(lines: readonly string[]): (path: string) => PathOwners | null {
  const read = readOwners(lines).toReversed();
  return (path) => {
    const segments = path.split('/');
    const found = read.find((line) => fits(line.segments, segments, line.takesBelow));
    return found === undefined ? null : { owners: found.owners, pattern: found.pattern };
  };
}

/** Walks both at once and remembers where the last `**` could take one more: linear but for that, whatever the pattern. */
function fits(pattern: readonly string[], path: readonly string[], takesBelow: boolean): boolean {
  let [at, here] = [0, 0];
  let back: { readonly at: number; here: number } | null = null;
  for (;;) {
    const wanted = pattern[at];
    if (wanted === undefined && (here === path.length || takesBelow)) return true;
    if (wanted === '**') {
      back = { at: at + 1, here };
      at += 1;
      continue;
    }
    const name = path[here];
    if (wanted !== undefined && name !== undefined && fitsName(wanted, name)) {
      at += 1;
      here += 1;
      continue;
    }
    if (back === null || back.here >= path.length) return false;
    back.here += 1;
    at = back.at;
    here = back.here;
  }
}

/** `*` and `?` within one name. */
function fitsName(pattern: string, name: string): boolean {
  let [at, here] = [0, 0];
  let back: { readonly at: number; here: number } | null = null;
  while (here < name.length || at < pattern.length) {
    if (pattern[at] === '*') {
      back = { at: at + 1, here };
      at += 1;
    } else if (here < name.length && (pattern[at] === '?' || pattern[at] === name[here])) {
      at += 1;
      here += 1;
    } else if (back !== null && back.here < name.length) {
      back.here += 1;
      at = back.at;
      here = back.here;
    } else {
      return false;
    }
  }
  return true;
}
