// API: the audit log: a page of it, all of it as a file, and whether its chain is whole.
import { EXPORT_FORMATS } from '../http/search-export.ts';
import { openAuditExport } from '../http/audit-export.ts';
import { streamAnswer } from '../http/attachment-answer.ts';
import type { Operation, Parameter } from '../operations/operation.ts';
import { ApiError } from '../operations/operation.ts';
import { schemaRef } from '../operations/schemas.ts';
import { AUDIT_PARAMETERS, readAuditFilter } from '../query/audit-query.ts';
import type { AuditFilter } from '../../store/audit.ts';
import { verifyAudit } from '../../store/shared/audit-chain.ts';
import { auditJson } from '../view/audit-json.ts';
import { CURSOR_PARAMETERS, readPage } from './paging.ts';

const FILTER: readonly Parameter[] = Object.entries(AUDIT_PARAMETERS).map(([name, description]) => ({
  name,
  in: 'query',
  description,
}));

function filterOf(query: URLSearchParams): AuditFilter {
  const read = readAuditFilter(query);
  if ('fault' in read) throw new ApiError(400, 'bad_filter', read.fault);
  return read.filter;
}

export const auditOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/audit',
    id: 'listAudit',
    summary: 'Who did what to what, when, from where',
    description: 'Newest first. People stand in it by their numbers (docs/audit.md).',
    access: 'installation',
    parameters: [...FILTER, ...CURSOR_PARAMETERS],
    answer: {
      status: 200,
      description: 'A page of the log.',
      contentType: 'application/json',
      schema: schemaRef('AuditPage'),
    },
    failures: [400],
    async run({ c, context, query }) {
      const { rows, next } = await context.store.audit.list(filterOf(query), readPage(query));
      return c.json({ lines: rows.map(auditJson), next });
    },
  },
  {
    method: 'get',
    path: '/api/audit/export',
    id: 'exportAudit',
    summary: 'All lines of the audit log that a filter selects',
    access: 'installation',
    parameters: [
      ...FILTER,
      {
        name: 'format',
        in: 'query',
        description: 'csv, or ndjson (a JSON object in each line).',
        schema: { enum: EXPORT_FORMATS, default: 'ndjson' },
      },
    ],
    answer: {
      status: 200,
      description: 'The lines, newest first.',
      contentType: 'application/x-ndjson',
      schema: { type: 'string' },
    },
    failures: [400],
    async run({ c, context, query }) {
      const format = EXPORT_FORMATS.find((one) => one === (query.get('format') ?? 'ndjson'));
      if (format === undefined)
        throw new ApiError(400, 'bad_filter', `"format" is none of ${EXPORT_FORMATS.join(', ')}.`);
      const { stream, fileName, contentType } = openAuditExport(context.store.audit, filterOf(query), format);
      return streamAnswer(c, stream, { fileName, size: null, contentType });
    },
  },
  {
    method: 'get',
    path: '/api/audit/chain',
    id: 'verifyAudit',
    summary: 'Whether every line of the audit log is as it was written',
    access: 'installation',
    answer: {
      status: 200,
      description: 'What was found. Note `last` elsewhere: `mayday audit verify --known` compares it later.',
      contentType: 'application/json',
      schema: schemaRef('AuditVerified'),
    },
    async run({ c, context }) {
      const { lines, start, last, fault } = await verifyAudit(context.store.audit);
      return c.json({ lines, forgotten: start.id, last, fault });
    },
  },
];
