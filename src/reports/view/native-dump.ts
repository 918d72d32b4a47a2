// What pages show of a processed minidump (docs/processed-minidump.md), read out of its JSON: `ProcessedReport` holds it as
// unknown, and old reports may hold older shapes. What is absent or of another type is null or empty.

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export interface NativeModule {
  readonly name: string;
  readonly start: string;
  readonly end: string;
  readonly version: string | null;
  readonly debugFile: string | null;
  readonly debugId: string | null;
  readonly codeId: string | null;
  /** The whole path on the user's disk; protected. */
  readonly path: string | null;
  /** In plain words: what became of its symbols. */
  readonly symbols: string;
  /** Its frames have no names for lack of symbols. */
  readonly lacking: boolean;
}

export interface BitFlip {
  readonly address: string;
  readonly register: string | null;
  readonly confidence: number | null;
}

/** The facts of one dump. */
export interface NativeDump {
  readonly status: string;
  readonly error: string | null;
  readonly reason: string | null;
  readonly address: string | null;
  readonly adjusted: { readonly kind: string; readonly value: string | null } | null;
  readonly instruction: string | null;
  readonly accesses: readonly {
    readonly address: string;
    readonly type: string | null;
    readonly size: number | null;
    readonly guardPage: boolean;
  }[];
  readonly assertion: string | null;
  readonly inconsistencies: readonly string[];
  readonly bitFlips: readonly BitFlip[];
  readonly mapping: { readonly permissions: string; readonly name: string } | null;
  readonly os: string | null;
  readonly cpu: string | null;
  readonly cpuCount: number | null;
  readonly pid: number | null;
  readonly lastError: string | null;
  readonly threadCount: number | null;
  /** Registers of frame 0 of the crashing thread, in the order of the dump. */
  readonly registers: readonly (readonly [name: string, value: string])[];
  readonly modules: readonly NativeModule[];
  readonly unloaded: readonly string[];
  /** Crashpad's annotations with where they come from; protected. */
  readonly crashpad: readonly (readonly [name: string, value: string])[];
  readonly macRecords: readonly string[];
  readonly notes: readonly string[];
}

/** What `symbols` of a module means. */
const SYMBOLS: Readonly<Record<string, string>> = {
  loaded: 'found',
  missing: 'not found',
  not_asked: 'not needed',
  no_debug_id: 'none possible: no debug id',
  failed: 'damaged',
  over_limit: 'left out: a limit of symbols was reached',
};

function symbolState(module: Fields, more: Fields): { readonly symbols: string; readonly lacking: boolean } {
  const state =
    text(more['symbols']) ??
    (module['loaded_symbols'] === true
      ? 'loaded'
      : module['missing_symbols'] === true
        ? 'missing'
        : 'not_asked');
  const words = [
    SYMBOLS[state] ?? state,
    state === 'loaded' && more['has_cfi'] === false ? 'no unwind data' : null,
    state === 'loaded' && more['partial'] === true ? 'another file of the build is missing' : null,
    module['corrupt_symbols'] === true ? 'damaged lines left out' : null,
  ].filter((word) => word !== null);
  return { symbols: words.join(', '), lacking: state === 'missing' || state === 'failed' };
}

function readModule(value: unknown, extra: unknown): NativeModule {
  const module = fields(value);
  const more = fields(extra);
  return {
    name: text(module['filename']) ?? '(no name)',
    start: text(module['base_addr']) ?? '',
    end: text(module['end_addr']) ?? '',
    version: text(module['version']),
    debugFile: text(module['debug_file']),
    debugId: text(module['debug_id']),
    codeId: text(module['code_id']),
    path: text(more['code_file']),
    ...symbolState(module, more),
  };
}

/** Reads a processed minidump. */
export function readNativeDump(json: unknown): NativeDump {
  const dump = fields(json);
  const crash = fields(dump['crash_info']);
  const system = fields(dump['system_info']);
  const crashing = fields(dump['crashing_thread']);
  const mayday = fields(dump['mayday']);
  const adjusted = fields(crash['adjusted_address']);
  const kind = text(adjusted['kind']);
  const mapping = fields(mayday['crash_mapping']);
  const moreModules = list(mayday['modules']);
  return {
    status: text(dump['status']) ?? 'unknown',
    error: text(mayday['error']),
    reason: text(crash['type']),
    address: text(crash['address']),
    adjusted: kind === null ? null : { kind, value: text(adjusted['offset']) ?? text(adjusted['address']) },
    instruction: text(crash['instruction']),
    accesses: list(crash['memory_accesses']).flatMap((value) => {
      const access = fields(value);
      const address = text(access['address']);
      return address === null
        ? []
        : [
            {
              address,
              type: text(access['access_type']),
              size: number(access['size']),
              guardPage: access['is_likely_guard_page'] === true,
            },
          ];
    }),
    assertion: text(crash['assertion']),
    inconsistencies: list(crash['crash_inconsistencies']).flatMap((value) => text(value) ?? []),
    bitFlips: list(crash['possible_bit_flips']).flatMap((value) => {
      const flip = fields(value);
      const address = text(flip['address']);
      return address === null
        ? []
        : [{ address, register: text(flip['source_register']), confidence: number(flip['confidence']) }];
    }),
    mapping:
      text(mapping['base_addr']) === null
        ? null
        : { permissions: text(mapping['permissions']) ?? '', name: text(mapping['name']) ?? '' },
    os: [text(system['os']), text(system['os_ver'])].filter((part) => part !== null).join(' ') || null,
    cpu:
      [text(system['cpu_arch']), text(system['cpu_info'])].filter((part) => part !== null).join(', ') || null,
    cpuCount: number(system['cpu_count']),
    pid: number(dump['pid']),
    lastError: text(crashing['last_error_value']),
    threadCount: number(dump['thread_count']),
    registers: Object.entries(fields(fields(list(crashing['frames'])[0])['registers'])).flatMap(
      ([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []),
    ),
    modules: list(dump['modules']).map((module, at) => readModule(module, moreModules[at])),
    unloaded: list(dump['unloaded_modules']).flatMap((module) => text(fields(module)['filename']) ?? []),
    crashpad: crashpadAnnotations(fields(mayday['crashpad'])),
    macRecords: list(fields(dump['mac_crash_info'])['records']).flatMap((record) => {
      const words = Object.values(fields(record)).flatMap((value) => text(value) ?? []);
      return words.length === 0 ? [] : [words.join(' · ')];
    }),
    notes: list(mayday['notes']).flatMap((note) => {
      const words = [text(fields(note)['part']), text(fields(note)['text'])].filter((part) => part !== null);
      return words.length === 0 ? [] : [words.join(': ')];
    }),
  };
}

function crashpadAnnotations(crashpad: Fields): readonly (readonly [string, string])[] {
  const pairs = (value: unknown, prefix: string): (readonly [string, string])[] =>
    Object.entries(fields(value)).map(([name, one]) => [`${prefix}${name}`, String(one)]);
  const found = pairs(crashpad['annotations'], '');
  for (const value of list(crashpad['modules'])) {
    const module = fields(value);
    const prefix = `${text(module['module']) ?? 'module'}: `;
    found.push(...pairs(module['simple_annotations'], prefix));
    for (const line of list(module['list_annotations'])) {
      if (typeof line === 'string') found.push([`${prefix}list`, line]);
    }
    for (const object of list(module['annotation_objects'])) {
      const { name, value: held } = fields(object);
      if (typeof name === 'string' && typeof held === 'string') found.push([`${prefix}${name}`, held]);
    }
  }
  return found;
}
