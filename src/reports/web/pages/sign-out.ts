// /sign-out: ends the session. Only by a post: a link or an image must not sign people out.
import { endSession } from '../../auth/sessions.ts';
import type { OpenPage } from '../page.ts';

export const signOutPage: OpenPage = {
  path: '/sign-out',
  access: 'anyone',
  nav: null,
  async view() {
    return { kind: 'redirect', to: '/account' };
  },
  actions: {
    'sign-out': {
      access: 'anyone',
      async run({ c, context }) {
        await endSession(c, context);
        // Pages that the browser still holds must not come back with its back button.
        c.header('Clear-Site-Data', '"cache"');
        return { kind: 'redirect', to: '/sign-in', done: 'signed-out' };
      },
    },
  },
};
