// The closed vocabulary of refusals of symbol uploads; docs/symbols.md is compared with it by a test.

/** Status and sentence by code. Codes are permanent. */
export const SYMBOL_REFUSALS = {
  empty: { status: 400, meaning: 'The upload holds no symbol file.' },
  bad_form: { status: 400, meaning: 'The multipart form is broken, or lacks a file.' },
  bad_zip: { status: 400, meaning: 'The zip archive is damaged or cut short, or encrypted.' },
  bad_compression: { status: 400, meaning: 'The compressed data is damaged or cut short.' },
  bad_chunk: { status: 400, meaning: 'A piece of the upload is not what its name says.' },
  bad_bundle: { status: 400, meaning: 'The archive is no artifact bundle.' },
  no_maps: { status: 400, meaning: 'The bundle holds no source map.' },
  bad_map: { status: 400, meaning: 'The source map cannot be used.' },
  bad_mapping: { status: 400, meaning: 'The file is no mapping of Java classes.' },
  bad_entry_name: {
    status: 400,
    meaning: 'A name in the zip archive leads out of it.',
  },
  not_symbols: { status: 400, meaning: 'The file is no Breakpad symbol file: it has no MODULE line.' },
  bad_id: {
    status: 400,
    meaning: 'Debug file or debug id are missing, or are none that a minidump could name.',
  },
  id_mismatch: {
    status: 400,
    meaning: 'The MODULE line names another debug id than the upload does.',
  },
  of_others: {
    status: 409,
    meaning:
      'Another file of another account, or of everybody, is stored under this debug file and debug id.',
  },
  whose: {
    status: 400,
    meaning:
      'It is not clear whose the symbols are: name the account, or a product that only one of your accounts has.',
  },
  no_account: {
    status: 400,
    meaning: 'You may upload symbols in no account of this name.',
  },
  unusable: { status: 400, meaning: 'The symbols cannot be indexed.' },
  incomplete: { status: 400, meaning: 'The connection ended before the body did.' },
  too_slow: { status: 408, meaning: 'No byte came for too long.' },
  too_large: { status: 413, meaning: 'The upload is larger than MAX_SYMBOLS_UPLOAD_MB.' },
  text_too_large: {
    status: 413,
    meaning:
      'Decompressed, the symbols are larger than MAX_SYMBOLS_TEXT_MB, or a source map than MAX_SOURCE_MAP_MB.',
  },
  compression_ratio: {
    status: 413,
    meaning: 'The symbols grow more than 200 times when they are decompressed.',
  },
  too_many_entries: { status: 413, meaning: 'The zip archive has more than 20,000 entries.' },
  busy: { status: 503, meaning: 'Too many uploads are under way; try again.' },
  no_space: { status: 503, meaning: 'The disk has not enough free space (MIN_FREE_DISK_MB).' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly meaning: string }>>;

export type SymbolRefusal = keyof typeof SYMBOL_REFUSALS;

/** Why an upload, or one file of it, is not taken. */
export class SymbolsRefused extends Error {
  readonly code: SymbolRefusal;

  constructor(code: SymbolRefusal, detail = '') {
    super(detail === '' ? SYMBOL_REFUSALS[code].meaning : `${SYMBOL_REFUSALS[code].meaning} ${detail}`);
    this.name = 'SymbolsRefused';
    this.code = code;
  }

  get status(): 400 | 408 | 409 | 413 | 503 {
    return SYMBOL_REFUSALS[this.code].status;
  }
}
