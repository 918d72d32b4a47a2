// People, products and accounts of the contract, put together.
import type { PeopleStore } from '../people.ts';
import type { SecondFactor } from '../second-factors.ts';
import type { StoreParts } from './store-parts.ts';
import {
  listSessions,
  listTokens,
  listUsers,
  listOneTime,
  peekOneTime,
  sessionByHash,
  tokenByHash,
  userByEmail,
  userById,
  userByIdentity,
  userCount,
} from './read/read-people.ts';
import { factorByCredential, listFactors, recoveryCodes } from './read/read-factors.ts';
import { getProduct, listProducts } from './read/read-products.ts';

/** A factor whose seed cannot be opened proves nothing, and can still be seen and removed. */
function openedFactor(factor: SecondFactor, secrets: StoreParts['secrets']): SecondFactor {
  if (factor.kind !== 'totp') return factor;
  return { ...factor, secret: secrets.open(factor.secret, 'second factor') ?? '' };
}

/** A token's last use is noted at most once in this time. */
const TOUCH_MS = 60_000;

/** The people of an open store. */
export function createPeopleStore({
  connection,
  writer,
  products,
  secrets,
  now,
  options,
}: StoreParts): PeopleStore {
  return {
    async userCount() {
      return userCount(connection);
    },
    async userById(id) {
      return userById(connection, id);
    },
    async userByEmail(email) {
      return userByEmail(connection, email);
    },
    async listUsers() {
      return listUsers(connection);
    },
    async createUser(user, { onlyFirst = false } = {}) {
      const id = await writer.write('createUser', [user, onlyFirst]);
      return id === null ? null : userById(connection, id);
    },
    updateUser: (id, change, options = {}) => writer.write('updateUser', [id, change, options]),
    eraseUser: (id) => writer.write('eraseMember', [id, { now: now() }]),
    async userByIdentity(issuer, subject) {
      return userByIdentity(connection, issuer, subject);
    },
    addIdentity: (userId, issuer, subject) =>
      writer.write('addIdentity', [{ userId, issuer, subject }, now()]),
    createSession: (session) => writer.write('createSession', [session, now()]),
    async sessionByHash(idHash, at) {
      return sessionByHash(connection, idHash, at);
    },
    async listSessions(userId, at) {
      return listSessions(connection, userId, at);
    },
    extendSession: (idHash, change) => writer.write('extendSession', [idHash, change]),
    renewSession: (idHash, change) => writer.write('renewSession', [idHash, change]),
    deleteSession: (idHash) => writer.write('deleteSession', [idHash]),
    deleteSessionOf: (userId, idHash) => writer.write('deleteSessionOf', [userId, idHash]),
    setPassword: (userId, hash) => writer.write('setPassword', [userId, hash]),
    deleteSessionsOf: (userId) => writer.write('deleteSessionsOf', [userId]),
    createToken: (token) => writer.write('createToken', [token]),
    async tokenByHash(hash, at) {
      const found = tokenByHash(connection, hash, at);
      if (found === null) return null;
      const { token } = found;
      if (token.lastUsedAt === null || at - token.lastUsedAt >= TOUCH_MS) {
        // The use is worth a note, not a wait: a request must not fail because the note could not be kept.
        writer.write('touchToken', [token.id, at]).catch((error: unknown) => {
          options.log.warn({ err: error }, 'the use of a token could not be noted');
        });
      }
      return found;
    },
    async listTokens(owner) {
      return listTokens(connection, owner);
    },
    deleteToken: (owner, id) => writer.write('deleteToken', [owner, id]),
    createOneTime: (secret) => writer.write('createOneTime', [secret, now()]),
    async peekOneTime(hash, purpose, at) {
      return peekOneTime(connection, hash, purpose, at);
    },
    async listOneTime(purpose, at) {
      return listOneTime(connection, purpose, at);
    },
    takeOneTime: (hash, purpose, at) => writer.write('takeOneTime', [hash, purpose, at]),
    clearOneTime: (purpose, data) => writer.write('clearOneTime', [purpose, data ?? null]),
    async listFactors(userId) {
      return listFactors(connection, userId).map((factor) => openedFactor(factor, secrets));
    },
    async factorByCredential(credential) {
      return factorByCredential(connection, credential);
    },
    async addFactor(factor) {
      const secret = factor.kind === 'totp' ? secrets.seal(factor.secret, 'second factor') : factor.secret;
      return writer.write('addFactor', [{ ...factor, secret }]);
    },
    useFactor: (id, counter, at) => writer.write('useFactor', [id, counter, at]),
    removeFactor: (userId, id) => writer.write('removeFactor', [userId, id]),
    clearFactors: (userId) => writer.write('clearFactors', [userId]),
    setRecoveryCodes: (userId, hashes) => writer.write('setRecoveryCodes', [userId, hashes]),
    async recoveryCodes(userId) {
      return recoveryCodes(connection, userId);
    },
    useRecoveryCode: (userId, hash) => writer.write('useRecoveryCode', [userId, hash]),
    async listProducts() {
      return listProducts(connection);
    },
    async getProduct(account, name) {
      return getProduct(connection, account, name);
    },
    async createProductByHand(account, name) {
      const created = await writer.write('createProductByHand', [account, name]);
      products.clear();
      return created ? getProduct(connection, account, name) : null;
    },
    async updateProduct(account, name, change) {
      const changed = await writer.write('updateProduct', [account, name, change]);
      products.clear();
      return changed;
    },
  };
}
