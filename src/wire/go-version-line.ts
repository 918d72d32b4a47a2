// The version line of a Go program, with which a Syncthing report begins (docs/protocols/syncthing.md):
// `syncthing v1.1.4 "Erbium Earthworm" (go1.12.5 darwin-amd64) user@host 2019-05-21 20:36:38 UTC [tag, tag]`.

/** What the line says. */
export interface GoVersionLine {
  /** The program's name; `syncthing` unless another program uses the protocol. */
  readonly program: string;
  readonly version: string;
  readonly codename: string;
  /** Version of the Go runtime. */
  readonly runtime: string;
  readonly os: string;
  readonly architecture: string;
  /** `user@host` of the build; null where it is missing. */
  readonly builder: string | null;
  readonly built: string | null;
  readonly tags: readonly string[];
}

/** Longer lines are no version lines. */
const MAX_LINE = 2000;
// Whatever stands before the program's name (a timestamp, a level) is passed over, in any form.
const LINE =
  /(?:^|\s)([^\s"]{1,100}) (v\d[^\s"]{0,200}) "([^"]{0,200})" \(([^\s()]{1,100}) ([^()]{1,100})-([^\s()-]{1,50})\)(.*)$/;

/** Reads a line; null where it is of another form. */
export function readGoVersionLine(line: string): GoVersionLine | null {
  if (line.length > MAX_LINE) return null;
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, program = '', version = '', codename = '', runtime = '', os = '', architecture = '', rest = ''] =
    match;
  const tail = rest.replace(/\s*\(log\.pkg=[^)]*\)\s*$/, '').trim();
  const tagged = /^(.*?)\s*\[([^\]]*)\]$/.exec(tail);
  const build = (tagged?.[1] ?? tail).trim();
  const space = build.indexOf(' ');
  const tags = (tagged?.[2] ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return {
    program,
    version,
    codename,
    runtime,
    os,
    architecture,
    builder: filled(space === -1 ? build : build.slice(0, space)),
    built: filled(space === -1 ? '' : build.slice(space + 1).trim()),
    tags,
  };
}

function filled(text: string): string | null {
  return text === '' ? null : text;
}
