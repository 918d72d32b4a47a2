// The processed minidump: the JSON of `minidump-stackwalk --json` key for key, and Mayday's additions under `mayday`.
// docs/processed-minidump.md describes every field. Names are those of the published schema, hence snake_case.

/** Version of what stands under `mayday`. */
export const MAYDAY_FORMAT = 1;

/** Why a dump could not be processed completely; `OK` is the only good status. */
export type ProcessingStatus =
  | 'OK'
  | 'ERROR_EMPTY_FILE'
  | 'ERROR_NO_MINIDUMP_HEADER'
  | 'ERROR_UNSUPPORTED_VERSION'
  | 'ERROR_TRUNCATED'
  | 'ERROR_NO_SYSTEM_INFO'
  | 'ERROR_UNSUPPORTED_CPU'
  | 'ERROR_NO_THREAD_LIST';

export interface MemoryAccessJson {
  readonly address: string;
  readonly size: number | null;
  readonly is_likely_guard_page?: true;
  readonly access_type?: 'read' | 'write' | 'readwrite';
}

export interface BitFlipJson {
  readonly address: string;
  readonly source_register: string | null;
  readonly details: {
    readonly was_non_canonical: boolean;
    readonly is_null: boolean;
    readonly was_low: boolean;
    readonly nearby_registers: number;
    readonly poison_registers: boolean;
  };
  readonly confidence: number;
}

export type AdjustedAddressJson =
  | { readonly kind: 'null-pointer'; readonly offset: string }
  | { readonly kind: 'non-canonical'; readonly address: string };

export interface CrashInfoJson {
  readonly type: string | null;
  readonly address: string | null;
  readonly adjusted_address: AdjustedAddressJson | null;
  readonly instruction: string | null;
  readonly memory_accesses: readonly MemoryAccessJson[] | null;
  readonly instruction_pointer_update: { readonly address: string } | null;
  readonly possible_bit_flips: readonly BitFlipJson[] | null;
  readonly crash_inconsistencies: readonly string[] | null;
  /** Index into `threads`. */
  readonly crashing_thread: number | null;
  readonly assertion: string | null;
}

interface InlineJson {
  readonly function: string;
  readonly file: string | null;
  readonly line: number | null;
}

export interface FrameJson {
  readonly frame: number;
  readonly trust: string;
  readonly module: string | null;
  readonly module_offset: string | null;
  readonly offset: string;
  readonly function: string | null;
  readonly function_offset: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly inlines: readonly InlineJson[] | null;
  readonly unloaded_modules:
    | readonly { readonly module: string; readonly offsets: readonly string[] }[]
    | null;
  readonly missing_symbols: boolean;
  /** Only on frame 0 of `crashing_thread`. */
  readonly registers?: Readonly<Record<string, string>>;
}

export interface ThreadJson {
  readonly thread_id: number;
  readonly thread_name: string | null;
  readonly last_error_value: string | null;
  readonly frame_count: number;
  readonly frames: readonly FrameJson[];
}

export interface ModuleJson {
  readonly base_addr: string;
  readonly end_addr: string;
  readonly filename: string;
  readonly code_id: string;
  readonly debug_file: string;
  readonly debug_id: string;
  readonly version: string | null;
  readonly cert_subject: string | null;
  readonly missing_symbols: boolean;
  readonly loaded_symbols: boolean;
  readonly corrupt_symbols: boolean;
  readonly symbol_url: string | null;
}

export interface UnloadedModuleJson {
  readonly base_addr: string;
  readonly end_addr: string;
  readonly filename: string;
  readonly code_id: string;
  readonly cert_subject: string | null;
}

export interface SystemInfoJson {
  readonly os: string;
  readonly os_ver: string | null;
  readonly cpu_arch: string;
  readonly cpu_info: string | null;
  readonly cpu_count: number;
  readonly cpu_microcode_version: string | null;
}

export interface MacRecordJson {
  readonly thread: string | null;
  readonly dialog_mode: string | null;
  readonly abort_cause: string | null;
  readonly module: string | null;
  readonly message: string | null;
  readonly signature_string: string | null;
  readonly backtrace: string | null;
  readonly message2: string | null;
}

/** What the walk of one thread left out or could not do; same order as `threads`. */
export interface MaydayThreadJson {
  /** Frames walked; `frame_count` and `frames` hold those that were kept. */
  readonly walked_frames: number;
  readonly omitted: { readonly from: number; readonly count: number } | null;
  /** `skipped` is the thread that wrote the dump. */
  readonly state: 'walked' | 'skipped' | 'no_context';
  readonly notes: readonly string[];
}

/** Symbols of one module; same order as `modules`. */
export interface MaydayModuleJson {
  /** Full path, where `filename` has the base name only. */
  readonly code_file: string;
  readonly symbols: 'not_asked' | 'no_debug_id' | 'missing' | 'failed' | 'over_limit' | 'loaded';
  readonly has_cfi: boolean | null;
  /** Debug files of this build are there, and another one would bring lines or unwind rows. */
  readonly partial: boolean;
  readonly skipped_lines: number;
}

interface CrashpadModuleJson {
  readonly module: string | null;
  readonly list_annotations: readonly string[];
  readonly simple_annotations: Readonly<Record<string, string>>;
  readonly annotation_objects: readonly {
    readonly name: string;
    readonly type: number;
    readonly value: string | null;
  }[];
}

export interface MaydayJson {
  readonly format: number;
  /** A sentence for a status other than `OK`. */
  readonly error: string | null;
  /** When the dump was written (ISO 8601). */
  readonly time: string | null;
  readonly exception: {
    readonly thread_id: number;
    readonly code: string;
    readonly flags: string;
    readonly address: string;
    readonly parameters: readonly string[];
  } | null;
  readonly assertion: {
    readonly expression: string;
    readonly function: string;
    readonly file: string;
    readonly line: number;
    readonly kind: string;
  } | null;
  readonly crashpad: {
    readonly report_id: string;
    readonly client_id: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly modules: readonly CrashpadModuleJson[];
  } | null;
  /** The mapping that the crash address lies in. */
  readonly crash_mapping: {
    readonly base_addr: string;
    readonly end_addr: string;
    readonly permissions: string;
    readonly name: string;
  } | null;
  readonly threads: readonly MaydayThreadJson[];
  readonly modules: readonly MaydayModuleJson[];
  readonly streams: readonly {
    readonly type: string;
    readonly name: string | null;
    readonly vendor: string;
    readonly size: number;
    readonly rva: string;
    readonly support: string;
  }[];
  /** Notes of the walker that are limits, over all threads, each once. */
  readonly limits_hit: readonly string[];
  readonly notes: readonly { readonly part: string; readonly text: string }[];
}

/** Everything that Mayday says about one minidump. */
export interface ProcessedMinidump {
  readonly status: ProcessingStatus;
  readonly pid: number | null;
  readonly process_uptime: number | null;
  readonly crash_info: CrashInfoJson;
  readonly system_info: SystemInfoJson | null;
  readonly linux_memory_map_count: number | null;
  readonly thread_count: number;
  readonly threads: readonly ThreadJson[];
  /** Left out where no thread crashed or asked for the dump. */
  readonly crashing_thread?: ThreadJson & { readonly threads_index: number };
  readonly main_module: number;
  readonly modules_contains_cert_info: boolean;
  readonly modules: readonly ModuleJson[];
  readonly unloaded_modules: readonly UnloadedModuleJson[];
  readonly handles:
    | readonly {
        readonly handle: number;
        readonly type_name: string | null;
        readonly object_name: string | null;
      }[]
    | null;
  readonly lsb_release: {
    readonly id: string;
    readonly release: string;
    readonly codename: string;
    readonly description: string;
  } | null;
  readonly proc_limits: {
    readonly limits: readonly {
      readonly name: string;
      readonly soft: number | string;
      readonly hard: number | string;
      readonly unit: string;
    }[];
  } | null;
  readonly mac_crash_info: {
    readonly num_records: number;
    readonly records: readonly MacRecordJson[];
  } | null;
  readonly mac_boot_args: string | null;
  readonly soft_errors: unknown;
  readonly mayday: MaydayJson;
}
