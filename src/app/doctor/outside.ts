// The doctor looks at what lies outside: the certificates that clients see, and the mail server.
import { connect } from 'node:tls';
import { reachMailServer } from '../../process/notify/mail-sender.ts';
import type { Config } from '../config.ts';
import { isNamed, listensBeyondLoopback } from '../server-names.ts';
import { fail, messageOf, ok, warn, type Finding } from './check.ts';

const TIMEOUT_MS = 5000;
const DAY_MS = 86_400_000;
/** Those that renew themselves do so a month before, mostly. */
const SOON_DAYS = 14;

/** Whether people on other machines can open pages by a name; nothing where the server listens on this machine alone. */
export function checkNames(config: Config): readonly Finding[] {
  if (!listensBeyondLoopback(config)) return [];
  return isNamed(config)
    ? [ok('names', 'the reports server knows the names that people open it by')]
    : [
        warn(
          'names',
          'the reports server gives pages under its address and the name of this machine alone',
          'Set PUBLIC_REPORTS_URL to the address that people use, and REPORTS_SERVER_NAMES to further names.',
        ),
      ];
}

/** Until when the certificates of the public addresses hold; nothing where they are not https. */
export async function checkCertificates(urls: readonly string[], now: number): Promise<readonly Finding[]> {
  const hosts = new Map<string, URL>();
  for (const text of urls) {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url?.protocol === 'https:') hosts.set(url.host, url);
  }
  return Promise.all([...hosts.values()].map((url) => checkCertificate(url, now)));
}

async function checkCertificate({ hostname, port, host }: URL, now: number): Promise<Finding> {
  let until: number;
  try {
    until = await certificateEnd(hostname.replace(/^\[|\]$/g, ''), port === '' ? 443 : Number(port));
  } catch (error) {
    return fail(
      'certificate',
      `no TLS connection to ${host}: ${messageOf(error)}`,
      'See that the proxy runs, and that its certificate is of this name.',
    );
  }
  const days = Math.floor((until - now) / DAY_MS);
  const shown = `that of ${host} holds until ${new Date(until).toISOString().slice(0, 10)}`;
  const advice = 'Renew it: clients send nothing over a connection that they do not trust.';
  if (days < 0) return fail('certificate', `${shown}, which is over`, advice);
  return days < SOON_DAYS ? warn('certificate', `${shown}, ${days} days`, advice) : ok('certificate', shown);
}

/** When the certificate ends, whoever signed it: of one that nobody else trusts the operator knows. */
function certificateEnd(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername: host, rejectUnauthorized: false }, () => {
      const { valid_to: end } = socket.getPeerCertificate();
      socket.destroy();
      resolve(Date.parse(end));
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)));
    socket.once('error', reject);
  });
}

/** Whether the mail server can be reached, and takes the name and password; nothing is sent. Nothing where SMTP_URL is not set. */
export async function checkMail({ SMTP_URL, MAIL_FROM }: Config): Promise<readonly Finding[]> {
  if (SMTP_URL === '') return [];
  // The rest of the address may hold a password.
  const { host } = new URL(SMTP_URL);
  try {
    await reachMailServer({ smtpUrl: SMTP_URL, from: MAIL_FROM });
    return [ok('mail', `${host} answers and takes us`)];
  } catch (error) {
    return [
      fail(
        'mail',
        `${host} does not take mail: ${messageOf(error)}`,
        'Correct SMTP_URL: host, port, name and password.',
      ),
    ];
  }
}
