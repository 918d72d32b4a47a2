// The closed vocabulary of what an import does not take, beside that of the submit server (base/refusal.ts) and of symbol uploads:
// codes are permanent, and docs/moving.md is compared with this table by a test.

export const IMPORT_REFUSALS = {
  bad_record: 'The record is damaged, or not what its kind has to be.',
  missing_file: 'A file that the source names, a dump as a rule, is not there.',
  not_a_file: 'It is a link, a folder, a pipe or a device; an import follows none of them.',
  unreadable: 'The file cannot be read: rights, or a fault of the disk.',
  damaged_bytes: 'The bytes are not those that the export says: another length or SHA-256.',
  no_metadata: 'What belongs beside a dump is missing or cannot be read.',
  left_out: 'A filter of the product leaves such reports out (settings of its clients).',
  erased: 'It was erased in this store.',
  name_taken: 'Somebody or something else here has the name, the address or the key already.',
  nothing_to_join: 'None of the reports that it belongs to is here, or none is processed.',
} as const;

export type ImportRefusal = keyof typeof IMPORT_REFUSALS;
