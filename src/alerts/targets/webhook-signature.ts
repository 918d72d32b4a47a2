// How a webhook shows that it comes from this Mayday: an HMAC-SHA256 of the body, as raw bytes, under the secret of the webhook.
import { createHmac } from 'node:crypto';

/** The value of `X-Mayday-Signature`. */
export function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body, 'utf8').digest('hex')}`;
}
