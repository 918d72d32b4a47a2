// Sends one mail through the SMTP server of SMTP_URL.
import { createTransport, type Transporter } from 'nodemailer';
import { mailBody } from './mail-body.ts';
import { oneLine } from '../../alerts/notice-words.ts';
import type { Payload } from '../../store/notice-payload.ts';
import { failed } from './outcome.ts';
import type { Outcome } from './outcome.ts';

const CONNECT_MS = 10_000;
const IDLE_MS = 15_000;
/** The whole exchange; it stays well below the minute for which a message is leased. */
const TIMEOUT_MS = 25_000;
const MAX_SHOWN = 200;

/** Codes of nodemailer that are about the message or its receiver; all others are about the server. */
const ABOUT_MESSAGE = new Set(['EENVELOPE', 'EMESSAGE', 'ESTREAM']);

export interface MailSenderOptions {
  readonly smtpUrl: string;
  readonly from: string;
  readonly reportsUrl: string;
  readonly timeoutMs?: number;
}

/** Sends what waits for an address in one mail; never throws. `id` is the same for every attempt. */
export type MailSender = (mail: {
  readonly to: string;
  readonly id: number;
  readonly payloads: readonly Payload[];
}) => Promise<Outcome>;

function transportOf({ smtpUrl, from }: Pick<MailSenderOptions, 'smtpUrl' | 'from'>): Transporter {
  return createTransport(
    {
      url: smtpUrl,
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      dnsTimeout: CONNECT_MS,
      socketTimeout: IDLE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
}

/** Connects and signs in, and sends nothing. Rejects with the server's words, or why it cannot be reached. */
export async function reachMailServer(
  options: Pick<MailSenderOptions, 'smtpUrl' | 'from' | 'timeoutMs'>,
): Promise<void> {
  const transport = transportOf(options);
  try {
    await withTimeout(transport.verify(), options.timeoutMs ?? TIMEOUT_MS);
  } finally {
    transport.close();
  }
}

/** A sender. Each mail has a connection of its own: mails are rare, and a kept one would be dead by then. */
export function mailSender(options: MailSenderOptions): MailSender {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const transport = transportOf(options);
  const host = new URL(options.reportsUrl).hostname.replaceAll(/[[\]]/g, '');
  return async ({ to, id, payloads }) => {
    const { subject, text, html } = mailBody(payloads, options.reportsUrl);
    const thread = threadOf(payloads, host);
    const sending = transport.sendMail({
      // As an object: an address is never read as a list of several.
      to: { name: '', address: to },
      subject,
      text,
      html,
      messageId: `<mayday-delivery-${id}@${host}>`,
      ...(thread !== null && { references: thread }),
      headers: {
        // No out-of-office answers, please (RFC 3834).
        'Auto-Submitted': 'auto-generated',
        'List-Unsubscribe': `<${options.reportsUrl}/account>`,
      },
    });
    try {
      await withTimeout(sending, timeoutMs);
      return { kind: 'delivered' };
    } catch (error) {
      const { code } = error as { readonly code?: string };
      return failed(oneLine((error as Error).message, MAX_SHOWN), {
        scope: code !== undefined && ABOUT_MESSAGE.has(code) ? 'message' : 'receiver',
      });
    }
  };
}

/** Mail programs show the mails of one bug, or of one alert rule, together. */
function threadOf(payloads: readonly Payload[], host: string): string | null {
  const [only, more] = payloads;
  if (only === undefined || more !== undefined || only.notice === 'test') return null;
  return only.notice === 'alert'
    ? `<mayday-alert-${only.rule.id}@${host}>`
    : `<mayday-bug-${only.bug.id}@${host}>`;
}

function withTimeout<T>(sending: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the mail server took longer than ${Math.round(timeoutMs / 1000)} s`)),
      timeoutMs,
    );
  });
  return Promise.race([sending, timeout]).finally(() => clearTimeout(timer));
}
