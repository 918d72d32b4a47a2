// The fields that every crash can have, whatever brought it: their names in searches, what they hold, and their fixed numbers.
//
// A new field is a line at the end; numbers are stored, so they never change and are never used again.

/** What a field's operands are. `day`: days since 1970, asked for as dates; `bug` and `installation`: numbers, `#12`. */
export type FieldKind = 'text' | 'number' | 'time' | 'day' | 'version' | 'id';

export interface Field {
  readonly key: number;
  readonly kind: FieldKind;
  /** One line for people. */
  readonly about: string;
  /** Who may see it. `messages`: everybody, unless the product protects messages. */
  readonly seen: 'all' | 'messages';
}

function field(key: number, kind: FieldKind, about: string, seen: Field['seen'] = 'all'): Field {
  return { key, kind, about, seen };
}

/** By name. Keys below 100 are those of fields; what reports bring is numbered from 100. */
export const FIELDS = {
  report: field(1, 'id', 'number of the report within this server'),
  position: field(2, 'number', 'which crash of its report, from 0'),
  crash_id: field(3, 'text', 'crash id, whole or its beginning'),
  count: field(4, 'number', 'how many crashes the client counted as this one'),
  happened: field(5, 'day', 'day of the crash'),
  case: field(6, 'id', 'case of the bug'),
  received: field(7, 'time', 'when the report arrived'),
  installation: field(8, 'id', 'number of the installation within its product'),
  version: field(9, 'version', 'version of the program; < and > go by the order of versions'),
  platform: field(10, 'text', 'platform, as the product counts it'),
  os: field(11, 'text', 'operating system'),
  os_version: field(12, 'version', 'version of the operating system'),
  cpu: field(13, 'text', 'processor architecture'),
  channel: field(14, 'text', 'release channel'),
  environment: field(15, 'text', 'environment, such as production'),
  process_type: field(16, 'text', 'type of the process that crashed'),
  build: field(17, 'text', 'build id'),
  uptime: field(18, 'number', 'seconds that the program had run'),
  kind: field(19, 'text', 'kind of crash: native, go, java, javascript, …'),
  language: field(20, 'text', 'language of the program'),
  signature: field(21, 'text', 'title of the crash'),
  reason: field(22, 'text', 'crash reason, or kind of the exception'),
  message: field(23, 'text', 'message of the crash', 'messages'),
  severity: field(24, 'text', 'normal or major'),
  role: field(25, 'text', 'part of the program, as the client names it'),
  frame: field(26, 'text', 'functions on the stack of the crash'),
  module: field(27, 'text', 'modules and packages on the stack of the crash'),
  file: field(28, 'text', 'source files on the stack of the crash'),
  seq: field(29, 'id', 'number of the row; rows of a product are in its order'),
  pruned: field(
    30,
    'number',
    '1 where the report was pruned for want of room: its public fields alone are left',
  ),
  user: field(31, 'id', 'number of the user within its product; a name is looked for in what names users'),
} as const satisfies Readonly<Record<string, Field>>;

export type FieldName = keyof typeof FIELDS;

/** Annotations that say what a field says. Who may see them is decided by their own names, so they are no field. */
export const SAID_BY: Readonly<Partial<Record<FieldName, readonly string[]>>> = {
  channel: ['ReleaseChannel', 'release_channel', 'channel'],
};

/**
 * What names a person in the section "user" of Sentry's events and of CrashKit's reports, the surest first, as Sentry itself tells users apart.
 * An address names a network, and nobody.
 */
export const NAMES_A_USER = ['id', 'username', 'email'] as const;

/** `bug` is no fact: it follows from the case, so that merges and splits rewrite nothing. */
export const BUG_KEY = 99;
export const BUG_FIELD: Field = field(BUG_KEY, 'id', 'number of the bug');

/** `name=value` of what reports bring under more names than are numbered. */
export const OTHER_KEY = 98;

/** Keys that reports bring are numbered from here. */
export const FIRST_REPORTED_KEY = 100;

/** The section that fields stand in: `crash.version` is `version` even where a report brings a key of that name. */
export const FIELD_SECTION = 'crash';

/** Where a word without a key is looked for. */
export const WORD_FIELDS: readonly FieldName[] = [
  'signature',
  'message',
  'reason',
  'frame',
  'module',
  'file',
];

/** A field by its name; undefined where there is none. */
export function fieldNamed(name: string): Field | undefined {
  if (name === 'bug') return BUG_FIELD;
  return Object.hasOwn(FIELDS, name) ? FIELDS[name as FieldName] : undefined;
}

const BY_KEY = new Map<number, Field>(
  [...Object.values(FIELDS), BUG_FIELD].map((each: Field) => [each.key, each]),
);

/** A field by its number; undefined: it is a key that reports brought. */
export function fieldOfKey(key: number): Field | undefined {
  return BY_KEY.get(key);
}
