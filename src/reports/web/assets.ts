// The style sheet and scripts, named by their content, so that browsers keep them for a year and never have an old one.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Hono } from 'hono';

const TYPES = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

const FILES = [
  'style.css',
  'icon.svg',
  'keys.js',
  'copy.js',
  'times.js',
  'select.js',
  'chart.js',
  'password.js',
  'passkey.js',
] as const;
type FileName = (typeof FILES)[number];

const assets = new Map(
  FILES.map((file) => {
    const body = readFileSync(path.join(import.meta.dirname, 'assets', file), 'utf8');
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 10);
    const [stem, extension] = file.split('.') as [string, keyof typeof TYPES];
    return [file, { body, url: `/assets/${stem}.${hash}.${extension}`, type: TYPES[extension] }] as const;
  }),
);

/** The address of an asset. */
export function assetUrl(file: FileName): string {
  return assets.get(file)?.url ?? '';
}

/** Adds the routes of all assets. */
export function addAssets(app: Hono): void {
  for (const { body, url, type } of assets.values()) {
    app.get(url, (c) =>
      c.body(body, 200, { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' }),
    );
  }
}
