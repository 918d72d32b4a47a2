// A command on the data folder leaves its line in the audit log: who may read the folder is not known by name.
import type { AuditDetail } from '../store/audit.ts';
import type { Store } from '../store/store.ts';

/** Writes the line; before anything is given out. */
export function auditCommand(
  store: Pick<Store, 'audit'>,
  what: string,
  { object = '', detail = {} }: { readonly object?: string; readonly detail?: AuditDetail } = {},
): Promise<void> {
  return store.audit.record({
    who: { person: null, way: 'command', token: null },
    what,
    object,
    network: '',
    outcome: 'done',
    detail,
  });
}
