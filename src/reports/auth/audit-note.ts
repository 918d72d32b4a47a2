// What a handler knows better than its request for the line in the audit log: who it was that signed in, which token was made.
import type { Context } from 'hono';
import type { AuditDetail } from '../../store/audit.ts';

export interface AuditNote {
  /** `User.id`. */
  readonly person?: number;
  readonly object?: string;
  readonly detail?: AuditDetail;
}

const notes = new WeakMap<Request, AuditNote>();

/** Adds to the line of this request. */
export function addToAudit(c: Context, { detail, ...note }: AuditNote): void {
  const known = notes.get(c.req.raw);
  notes.set(c.req.raw, { ...known, ...note, detail: { ...known?.detail, ...detail } });
}

/** What was added so far. */
export function auditNoteOf(c: Context): AuditNote {
  return notes.get(c.req.raw) ?? {};
}
