// /: the first page of somebody who signs in. The overview will stand here; until there are bugs, the list is it.
import type { MemberPage } from '../page.ts';

export const homePage: MemberPage = {
  path: '/',
  access: 'read',
  nav: null,
  async view({ url }) {
    return { kind: 'redirect', to: `/reports${url.searchParams.has('done') ? url.search : ''}` };
  },
};
