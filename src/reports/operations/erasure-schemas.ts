// The JSON Schemas of erasures.
import { choice, count, flag, listOf, record, ref, text, time, timeOrNull } from './schema-parts.ts';
import type { Schema } from './operation.ts';

export const ERASURE_SCHEMAS = {
  Erasure: record({
    id: count,
    at: time,
    person: { type: ['integer', 'null'], description: 'Number of the person who asked; null: none.' },
    kind: { enum: ['person', 'installation', 'product', 'account', 'before', 'search'] },
    state: { enum: ['counting', 'ready', 'erasing', 'done', 'withdrawn'] },
    found: { ...count, description: 'Reports that were found.' },
    done: { ...count, description: 'How many of them are gone.' },
    endedAt: timeOrNull,
  }),
  ErasureList: record({ erasures: listOf(ref('Erasure')) }),
  // docs/privacy.md explains the fields.
  NewErasure: choice({
    user: text,
    mail: text,
    mailHash: text,
    installation: text,
    q: text,
    version: text,
    platform: text,
    channel: text,
    environment: text,
    process_type: text,
    period: text,
    happened_from: text,
    happened_to: text,
    before: text,
    account: text,
    product: text,
    whole: flag,
  }),
} as const satisfies Readonly<Record<string, Schema>>;
