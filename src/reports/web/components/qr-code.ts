// A QR code as an SVG of this page: no image is fetched, and no other site sees what is in it.
import { html, raw } from 'hono/html';
import { encode } from 'uqr';
import type { Html } from '../page.ts';

/** Dark on white in both themes: not every camera reads it the other way round. `label` says what it is. */
export function qrCode(text: string, label: string): Html {
  const { size, data } = encode(text, { ecc: 'M', border: 4 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return html`<svg class="qr" role="img" aria-label="${label}" viewBox="0 0 ${size} ${size}" width="220" height="220" shape-rendering="crispEdges">
    <rect width="${size}" height="${size}" fill="#fff" /><path d="${raw(path)}" fill="#000" />
  </svg>`;
}
