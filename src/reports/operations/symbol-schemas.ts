// The JSON Schemas of symbols.
import {
  text,
  textOrNull,
  count,
  bytes,
  time,
  timeOrNull,
  flag,
  sha256,
  listOf,
  ref,
  record,
  pageOf,
} from './schema-parts.ts';
import type { Schema } from './operation.ts';

export const SYMBOL_SCHEMAS = {
  SymbolFile: record(
    {
      debugFile: text,
      debugId: text,
      os: text,
      cpu: text,
      codeFile: textOrNull,
      codeId: textOrNull,
      generator: textOrNull,
      product: textOrNull,
      uploadedAt: time,
      uploadedBy: text,
      textBytes: bytes,
      storedBytes: bytes,
      indexBytes: bytes,
      sha256: { ...sha256, description: 'Of the text.' },
      damagedLines: count,
      hasCfi: flag,
      format: { ...text, description: '`sym`, or the kind of debug file: `ELF`, `PE`, `PDB`, `Mach-O`.' },
      gives: {
        ...text,
        description: 'What it gives: `functions`, `lines`, `inlines`, `names`, `unwind`, with commas.',
      },
      source: { ...text, description: '`upload`, or the upstream server that it came from.' },
      lastUsedAt: timeOrNull,
      url: text,
      wanting: { ...listOf(ref('WantedFile')), description: 'What its build lacks; not in lists.' },
    },
    ['wanting'],
  ),
  WantedFile: record({
    gives: {
      enum: ['functions', 'unwind', 'shared'],
      description:
        '`functions`: functions, lines and inlined calls; `unwind`: unwind rows; `shared`: names that were moved out (dwz).',
    },
    file: { ...text, description: 'What the file is called.' },
    debugId: text,
    text: { ...text, description: 'The same as a sentence.' },
  }),
  SymbolPage: pageOf('symbols', ref('SymbolFile')),
  MissingSymbol: record({
    debugFile: text,
    debugId: text,
    codeFile: textOrNull,
    codeId: textOrNull,
    reports: { ...count, description: 'Stored reports that would be better with these symbols.' },
    lastSeenAt: time,
    wanting: {
      ...listOf(ref('WantedFile')),
      description: 'Where files of the build are stored: what these lack. Empty: nothing of it is stored.',
    },
  }),
  MissingSymbolList: record({ missing: listOf(ref('MissingSymbol')) }),
  SymbolKeys: record(
    { files: listOf(record({ debugFile: text, debugId: text })), account: text, product: text },
    ['account', 'product'],
  ),
  KnownSymbols: record({
    files: {
      ...listOf({
        anyOf: [
          record({
            debugFile: text,
            debugId: text,
            sha256,
            textBytes: bytes,
            gives: text,
            wanting: listOf(ref('WantedFile')),
          }),
          { type: 'null' },
        ],
      }),
      description: 'In the order of the question; null: not there.',
    },
  }),
  SymbolDeletion: record({ product: text, olderThan: time }, ['product', 'olderThan']),
  DeletedSymbols: record({ deleted: count }),
  SymbolUploadResult: record({
    stored: count,
    duplicate: count,
    refused: count,
    skipped: count,
    files: listOf(
      record(
        {
          name: text,
          outcome: { enum: ['stored', 'duplicate', 'refused', 'skipped'] },
          debugFile: text,
          debugId: text,
          textBytes: bytes,
          damagedLines: count,
          format: text,
          gives: text,
          wanting: listOf(ref('WantedFile')),
          reportsToProcess: {
            ...count,
            description: 'Reports that lacked these symbols and are processed again.',
          },
          code: text,
          message: text,
        },
        [
          'debugFile',
          'debugId',
          'textBytes',
          'damagedLines',
          'format',
          'gives',
          'wanting',
          'reportsToProcess',
          'code',
          'message',
        ],
      ),
    ),
  }),
  TeckenUpload: record({ upload: { type: 'object' } }),
  BreakpadUpload: record({ uploadUrl: text, uploadKey: text }),
  SymbolicateRequest: {
    type: 'object',
    properties: { jobs: listOf({ type: 'object' }), memoryMap: listOf({}), stacks: listOf({}) },
  },
} as const satisfies Readonly<Record<string, Schema>>;
