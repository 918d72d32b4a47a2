// All lines of the audit log that a filter selects, as CSV or as a JSON object in each line, newest first, written as they are read.
import { Readable } from 'node:stream';
import type { AuditFilter, AuditStore } from '../../store/audit.ts';
import { AUDIT_COLUMNS, auditJson } from '../view/audit-json.ts';
import { csvCell } from './search-export.ts';
import type { Export, ExportFormat } from './search-export.ts';

const PAGE_ROWS = 2000;

/** The stream, and what it is called. */
export function openAuditExport(
  audit: Pick<AuditStore, 'list'>,
  filter: AuditFilter,
  format: ExportFormat,
): Export {
  async function* lines(): AsyncGenerator<string> {
    if (format === 'csv') yield `${AUDIT_COLUMNS.join(',')}\r\n`;
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<AuditStore['list']>> = await audit.list(filter, {
        limit: PAGE_ROWS,
        ...(cursor !== null && { cursor }),
      });
      yield page.rows
        .map((row) => {
          const json = auditJson(row);
          if (format === 'ndjson') return `${JSON.stringify(json)}\n`;
          return `${AUDIT_COLUMNS.map((name) => csvCell(cell(json[name]))).join(',')}\r\n`;
        })
        .join('');
      cursor = page.next;
    } while (cursor !== null);
  }
  return {
    stream: Readable.from(lines()),
    fileName: `audit.${format}`,
    contentType: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
  };
}

function cell(value: unknown): string | number {
  if (typeof value === 'string' || typeof value === 'number') return value;
  return value === null ? '' : JSON.stringify(value);
}
