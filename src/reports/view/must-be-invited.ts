// Nobody finds themselves in an account without having agreed.

/** What is said where somebody else is to be put into an account. */
export const MUST_BE_INVITED =
  'They do not belong to the account: invite them, so that they accept it. At the command line `mayday account add` puts somebody into it without that.';
