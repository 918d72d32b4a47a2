// The JSON Schemas of the audit log.
import { AUDIT_OUTCOMES, AUDIT_WAYS } from '../../store/audit.ts';
import { count, pageOf, record, ref, sha256, text, textOrNull, time } from './schema-parts.ts';
import type { Schema } from './operation.ts';

const number = (description: string): Schema => ({ type: ['integer', 'null'], description });

export const AUDIT_SCHEMAS = {
  AuditLine: record({
    id: count,
    at: time,
    person: number('Number of a person; null: none.'),
    way: { enum: AUDIT_WAYS },
    token: number('Number of the API token; null: none.'),
    what: text,
    object: text,
    network: { ...text, description: 'The address it came from; of IPv6 the /64.' },
    outcome: { enum: AUDIT_OUTCOMES },
    detail: { type: 'object' },
    hash: { ...sha256, description: 'Over the hash of the line before and this line.' },
  }),
  AuditPage: pageOf('lines', ref('AuditLine')),
  AuditVerified: record({
    lines: count,
    forgotten: { ...count, description: 'The last line that went by age; 0: none.' },
    last: { anyOf: [record({ id: count, hash: sha256 }), { type: 'null' }] },
    fault: { ...textOrNull, description: 'What is wrong first; null: nothing.' },
  }),
} as const satisfies Readonly<Record<string, Schema>>;
