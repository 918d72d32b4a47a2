// Accounts of the contract, put together.
import type { AccountStore } from '../accounts.ts';
import {
  allRights,
  findAccount,
  grantsOf,
  listAccounts,
  membersOf,
  rightsIn,
  rightsOf,
  teamsOf,
} from './read/read-accounts.ts';
import type { StoreParts } from './store-parts.ts';

/** The accounts of an open store. */
export function createAccountStore({ connection, writer, products, keys, now }: StoreParts): AccountStore {
  // What is taken depends on names and on whether accounts are open: the caches forget both.
  const forgetting = async <T>(result: Promise<T>): Promise<T> => {
    const done = await result;
    products.clear();
    keys.clear();
    return done;
  };
  return {
    async list() {
      return listAccounts(connection);
    },
    async find(name) {
      return findAccount(connection, name);
    },
    create: (name) => forgetting(writer.write('createAccount', [name])),
    rename: (name, to) => forgetting(writer.write('renameAccount', [name, to])),
    close: (name) => forgetting(writer.write('setAccountClosed', [name, now()])),
    reopen: (name) => forgetting(writer.write('setAccountClosed', [name, null])),
    async members(account) {
      return membersOf(connection, account);
    },
    setMember: (member, options = {}) => writer.write('setMember', [member, options]),
    removeMember: (account, userId, options = {}) => writer.write('removeMember', [account, userId, options]),
    async teams(account) {
      return teamsOf(connection, account);
    },
    createTeam: (account, name) => writer.write('createTeam', [account, name]),
    deleteTeam: (account, id) => writer.write('deleteTeam', [account, id]),
    setInTeam: (account, id, userId, isIn) => writer.write('setInTeam', [account, id, userId, isIn]),
    followGroups: (groups) => writer.write('followGroups', [groups]),
    async grants(account) {
      return grantsOf(connection, account);
    },
    grant: (grant) => writer.write('grantRight', [grant]),
    revoke: (account, id) => writer.write('revokeRight', [account, id]),
    async rightsOf(userId) {
      return rightsOf(connection, userId);
    },
    async allRights() {
      return allRights(connection);
    },
    async rightsIn(account) {
      return rightsIn(connection, account);
    },
  };
}
