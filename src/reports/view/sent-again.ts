// Sends a message again that was given up, as pages and the API name it: by its number in the log of a webhook or an alert rule.
import type { SeenSettings } from '../gate/seen-settings.ts';

export const NOT_GIVEN_UP = 'That message is gone, or was not given up: it is on its way, or was delivered.';

/** False: see `NOT_GIVEN_UP`. */
export async function sentAgain(
  settings: SeenSettings,
  delivery: string,
  of: Parameters<SeenSettings['sendAgain']>[1],
): Promise<boolean> {
  return /^\d{1,15}$/.test(delivery) && settings.sendAgain(Number(delivery), of);
}
