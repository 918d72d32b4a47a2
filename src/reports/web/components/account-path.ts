// The address of an account's page.

export function accountPath(account: string): string {
  return `/accounts/${encodeURIComponent(account)}`;
}
