// A draft that stores nothing, and says what the store's own would have said.
import { createHash } from 'node:crypto';
import type { IntakeStore, ReportDraft } from '../store/intake.ts';

/** Bytes are counted and hashed; a commit looks whether the identity is stored. */
export function dryDraft(store: Pick<IntakeStore, 'findByIdentity'>): ReportDraft {
  return {
    attachment(start) {
      const hash = createHash('sha256');
      let size = 0;
      return {
        write(chunk) {
          hash.update(chunk);
          size += chunk.length;
        },
        async end() {
          return { ...start, size, sha256: hash.digest('hex') };
        },
      };
    },
    async commit({ crashId, identity }) {
      const first = identity === null ? null : await store.findByIdentity(identity);
      return first === null ? { kind: 'stored', crashId } : { kind: 'duplicate', crashId: first };
    },
    async join() {
      // What would belong to another report is not kept.
    },
    async discard() {
      // There is nothing to remove.
    },
  };
}
