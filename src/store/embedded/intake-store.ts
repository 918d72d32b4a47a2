// The writing side of the contract, put together.
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { IntakeStore, ProductPolicy } from '../intake.ts';
import { StorageError } from '../intake.ts';
import { identityKey } from '../shared/report-row.ts';
import { takeBlob } from './blob-intake.ts';
import type { CountBuffer } from './count-buffer.ts';
import { keyedProduct } from './clients/read-keys.ts';
import { createDayFolders } from './disk/day-folders.ts';
import { Draft } from './embedded-draft.ts';
import type { DraftParts } from './embedded-draft.ts';
import { packedBytesFor } from './disk/folder-layout.ts';
import { HeldBytes } from './disk/held-bytes.ts';
import { sharedFolderSync } from './disk/folder-sync.ts';
import type { StoreParts } from './store-parts.ts';
import type { InboxBuffer } from './inbox-buffer.ts';
import { openAttachment } from './open-attachment.ts';
import { keptInstallations } from './write/installations.ts';
import { lastHeartbeat } from './read/read-heartbeat.ts';
import { findByIdentity, hasCrashId } from './read/identity.ts';
import { addressSalt, hasBlob, installationKnown, newestReport, reportsByToken } from './read/read-intake.ts';
import { policyByKey, productPolicy } from './read/read-products.ts';

/** A session takes about this much: its row, its user's, and the count. */
const SESSION_BYTES = 400;

/** The intake of an open store. */
export function createIntakeStore(
  parts: StoreParts,
  { inbox, counts }: { readonly inbox: InboxBuffer; readonly counts: CountBuffer },
): IntakeStore {
  const { connection, writer, disk, products, options, layout, files } = parts;
  const draftParts: DraftParts = {
    layout,
    files,
    writer,
    pool: parts.pool,
    packs: parts.packs,
    packedBytes: options.packedBytes ?? packedBytesFor(options.maxBytes),
    held: new HeldBytes(),
    days: createDayFolders(files, layout.reports),
    disk,
    sweepGraceMs: options.sweepGraceMs,
    syncFolder: sharedFolderSync(files),
    findByIdentity: (identity) => findByIdentity(connection, identity),
    hasCrashId: (crashId) => hasCrashId(connection, crashId),
  };
  const policy = (account: string, product: string): ProductPolicy | null =>
    products.get(`${account}\0${product}`, () => productPolicy(connection, account, product));
  const payload = async (crashId: string): Promise<Uint8Array | null> => {
    const opened = await openAttachment(parts, crashId, ({ kind }) => kind === 'payload');
    return opened === null ? null : buffer(opened.stream);
  };

  return {
    draft: () => new Draft(draftParts),
    admission: () => disk.admission(),
    async product(account, product) {
      return policy(account, product);
    },
    async createProduct(account, product) {
      const known = policy(account, product);
      if (known !== null) return known.closed !== true;
      const max = options.autoProducts ? options.maxAutoProducts : 0;
      const created = await writer.write('createAutomaticProduct', [account, product, max]);
      if (created) products.clear();
      return created;
    },
    async productByKey(key) {
      return policyByKey(connection, key);
    },
    newInstallation: (account, product) =>
      writer.write('newInstallation', [account, product, keptInstallations(options.maxBytes)]),
    async installationKnown(account, product, id, cookie) {
      return installationKnown(connection, account, product, id, cookie);
    },
    async missingBlobs(account, product, hashes) {
      return hashes.filter((hash) => !hasBlob(connection, account, product, hash));
    },
    async putBlob(account, product, hash, body) {
      const known = hasBlob(connection, account, product, hash);
      await (known ? drain(body) : takeBlob(parts, { account, product, hash }, body));
    },
    async findByIdentity(identity) {
      return findByIdentity(connection, identity);
    },
    async lastPayload(account, product) {
      const crashId = newestReport(connection, account, product);
      return crashId === null ? null : payload(crashId);
    },
    async payloadsByToken(account, product, token, limit) {
      const payloads: Uint8Array[] = [];
      for (const crashId of reportsByToken(connection, account, product, token, limit)) {
        const found = await payload(crashId);
        if (found !== null) payloads.push(found);
      }
      return payloads;
    },
    payload,
    async keyedProduct(key) {
      return parts.keys.get(key, () => keyedProduct(connection, key));
    },
    putSessions: (account, product, { updates, buckets }) =>
      writer.write('putSessions', [{ account, product, now: parts.now() }, updates, buckets], {
        rows: SESSION_BYTES * (updates.length + buckets.length),
        files: 0,
      }),
    putFeedback: (account, product, words, identity, at = parts.now()) =>
      writer.write(
        'addFeedback',
        [{ account, product, at }, words, identity === null ? null : identityKey(identity)],
        { rows: 500 + words.message.length, files: 0 },
      ),
    countClient: (account, product, count) => counts.add(account, product, count),
    addInbox: (entry) => inbox.add(entry),
    async addressSalt() {
      return addressSalt(connection);
    },
    async check() {
      const damage = parts.damage();
      if (damage !== null) {
        throw new StorageError(`the database is damaged: ${damage}`, { reason: 'failed' });
      }
      const value = randomBytes(8);
      await writer.write('heartbeat', [value]);
      const back = lastHeartbeat(connection);
      // Another process may have written its own in between; a row of this size is proof enough.
      if (back?.length !== value.length)
        throw new StorageError('a row did not come back', { reason: 'failed' });
    },
  };
}

/** The body is read to its end even when its content is known already: the client is still sending. */
async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = body[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}
