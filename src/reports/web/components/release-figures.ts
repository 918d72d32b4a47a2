// Rates of a release in words: what did not crash, with its interval, and "too few" where a rate would say nothing.
import { html } from 'hono/html';
import type { Release } from '../../../store/releases.ts';
import { crashesPerThousand, crashFree } from '../../view/release-json.ts';
import type { Html } from '../page.ts';
import { count, nothing } from './value-table.ts';

/** `99.31 %`; never rounded up to 100 while something crashed. */
export function percent(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)}\u00a0%`;
}

/** A crash-free share with its interval on hover and for screen readers. */
export function crashFreeCell(all: number, crashed: number, what: string): Html {
  if (all === 0) return nothing;
  const rate = crashFree(all, crashed);
  if (rate === null) {
    return html`<span class="quiet" title="${count(all - crashed)} of ${count(all)} ${what} did not crash">too few</span>`;
  }
  return html`<span title="${intervalWords(rate)} of ${count(all)} ${what}">${percent(rate.rate)}</span>`;
}

/** Where a share lies, in words. */
export function intervalWords({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${percent(low)} to ${percent(high)}`;
}

/** Crashes for each thousand installations, and of which. */
export function perThousandCell(release: Release): Html {
  const found = crashesPerThousand(release);
  if (found === null) return release.crashes === 0 ? nothing : html`<span class="quiet">too few</span>`;
  return found.of === 'active'
    ? html`<span title="of the users that sent sessions">${rateText(found.rate)}</span>`
    : html`${rateText(found.rate)} <span class="quiet" title="No rate of those who ran it: without sessions nobody knows how many did">of those that crashed</span>`;
}

/** A rate with as many digits as it is worth. */
export function rateText(rate: number): string {
  return rate >= 100 ? count(rate) : rate.toFixed(rate >= 10 ? 1 : 2);
}
