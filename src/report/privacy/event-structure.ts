// Which members events and reports are made of, and which are data that a program put into them.

/**
 * Members that events and reports are made of, rather than data that a program put into them: names do not leave them out, since nothing would be
 * left of the report. A member of another name is data, and so is everything within it.
 */
const STRUCTURE: ReadonlySet<string> = new Set([
  // Events of Sentry's clients.
  ...['event_id', 'timestamp', 'start_timestamp', 'platform', 'level', 'release', 'dist', 'sdk', 'modules'],
  ...[
    'debug_meta',
    'images',
    'fingerprint',
    'type',
    'received',
    'project',
    'version',
    'exception',
    'threads',
  ],
  ...[
    'values',
    'value',
    'stacktrace',
    'raw_stacktrace',
    'frames',
    'mechanism',
    'message',
    'logentry',
    'formatted',
  ],
  ...[
    'breadcrumbs',
    'function',
    'raw_function',
    'module',
    'package',
    'filename',
    'abs_path',
    'lineno',
    'colno',
  ],
  ...[
    'in_app',
    'instruction_addr',
    'symbol_addr',
    'image_addr',
    'addr_mode',
    'trust',
    'pre_context',
    'context_line',
  ],
  ...['post_context', 'thread_id', 'registers', 'lang', 'crashed', 'current', 'handled', 'id', 'name'],
  ...['code_file', 'code_id', 'debug_file', 'debug_id', 'image_size', 'image_vmaddr', 'arch', 'category'],
  // CrashKit.
  ...['exceptions', 'locations', 'kind', 'absolute_file', 'absolute_url', 'file', 'line', 'column', 'method'],
  ...[
    'class',
    'source',
    'claimed',
    'ownership',
    'language',
    'role',
    'severity',
    'count',
    'date',
    'occurrence_id',
  ],
  ...['time', 'number', 'revision', 'build', 'client_version', 'clientVersion'],
]);

/** Members whose texts are code, ids and versions: only names of home folders are scrubbed from them. */
const CODE: ReadonlySet<string> = new Set([
  ...['event_id', 'platform', 'level', 'release', 'dist', 'sdk', 'modules', 'debug_meta', 'type', 'project'],
  ...[
    'version',
    'function',
    'raw_function',
    'module',
    'package',
    'instruction_addr',
    'symbol_addr',
    'image_addr',
  ],
  ...[
    'registers',
    'lang',
    'trust',
    'code_id',
    'debug_id',
    'code_file',
    'debug_file',
    'kind',
    'method',
    'class',
  ],
  ...['language', 'number', 'revision', 'build', 'client_version', 'clientVersion', 'occurrence_id'],
]);

/** Where a value stands. */
export interface Place {
  /** Names of the members that lead there, joined by dots; lists do not count. */
  readonly path: string;
  readonly name: string;
  /** Whether a program put it there. */
  readonly isData: boolean;
  readonly isCode: boolean;
}

/** Where a member of what stands there stands. */
export function within(place: Place, name: string): Place {
  const isData = place.isData || !STRUCTURE.has(name);
  return {
    path: place.path === '' ? name : `${place.path}.${name}`,
    name,
    isData,
    isCode: place.isCode || (!place.isData && CODE.has(name)),
  };
}
