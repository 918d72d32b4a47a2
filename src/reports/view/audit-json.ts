// Lines of the audit log as the API, exports and the command give them.
import type { AuditLine } from '../../store/audit.ts';

/** `Record`, so that an export writes the same in each line. */
export function auditJson(line: AuditLine): Readonly<Record<string, unknown>> {
  const { id, at, who, what, object, network, outcome, detail, hash } = line;
  return {
    id,
    at: new Date(at).toISOString(),
    person: who.person,
    way: who.way,
    token: who.token,
    what,
    object,
    network,
    outcome,
    detail,
    hash,
  };
}

/** The columns of a table of lines, in the order of an export. */
export const AUDIT_COLUMNS = [
  ...['id', 'at', 'person', 'way', 'token', 'what', 'object', 'network', 'outcome', 'detail', 'hash'],
] as const;
