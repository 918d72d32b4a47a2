// Starts the SMTP server process and reads what arrives there.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** Header lines, unfolded, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded. */
  readonly text: string;
  readonly html: string;
}

export interface MailServer {
  readonly port: number;
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  stop(): Promise<void>;
}

/** Starts it and waits until it listens. */
export async function startMailServer(
  options: { readonly port?: number; readonly refused?: readonly string[] } = {},
): Promise<MailServer> {
  const script = path.join(import.meta.dirname, 'mail-server-process.ts');
  const args = [script, String(options.port ?? 0), ...(options.refused ?? [])];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const mails: ReceivedMail[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the mail server ended with code ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const listening = /^listening (\d+)$/.exec(line)?.[1];
      if (listening === undefined) mails.push(readMail(line));
      else resolve(Number(listening));
    });
  });
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    mails,
    async stop() {
      child.kill();
      await exited;
    },
  };
}

function readMail(line: string): ReceivedMail {
  const { from, to, raw } = JSON.parse(line) as { from: string; to: readonly string[]; raw: string };
  const { headers, body } = readPart(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => readPart(part.replace(/^\r\n/, '')));
  const partOf = (type: string): string =>
    decoded(parts.find((part) => part.headers['content-type']?.startsWith(type) === true)).replaceAll(
      '\r\n',
      '\n',
    );
  return {
    from,
    to,
    subject: decodedWords(headers['subject'] ?? ''),
    headers,
    text: partOf('text/plain'),
    html: partOf('text/html'),
  };
}

interface MimePart {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function readPart(raw: string): MimePart {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers: Object.fromEntries(headers) as Record<string, string>, body: raw.slice(end + 4) };
}

function decoded(part: MimePart | undefined): string {
  if (part === undefined) return '';
  switch (part.headers['content-transfer-encoding']) {
    case 'base64':
      return Buffer.from(part.body, 'base64').toString('utf8');
    case 'quoted-printable':
      return quotedPrintable(part.body.replaceAll('=\r\n', ''));
    default:
      return part.body;
  }
}

function quotedPrintable(text: string): string {
  const bytes = text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** RFC 2047: `=?UTF-8?Q?…?=` and `=?UTF-8?B?…?=`. */
function decodedWords(header: string): string {
  return header
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, how: string, text: string) =>
      how.toUpperCase() === 'B'
        ? Buffer.from(text, 'base64').toString('utf8')
        : quotedPrintable(text.replaceAll('_', ' ')),
    );
}
