// Frames found by scanning on pages and in texts: quiet, and folded where better ones are known.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { processedFrame } from '../../src/process/frames.ts';
import type { FrameTrust, ProcessedFrame } from '../../src/report/processed-report.ts';
import { stack } from '../../src/reports/web/components/stack.ts';

const frame = (name: string, trust: FrameTrust, module = 'app'): ProcessedFrame =>
  processedFrame({ function: name, trust, module });

async function page(frames: readonly ProcessedFrame[], left = 100_000): Promise<string> {
  const html = await stack(frames, 0, {
    seesProtected: false,
    budget: { left },
    product: { account: 'default', product: 'till' },
    source: null,
    moreLink: '/more',
  });
  return String(html).replaceAll(/\s+/g, ' ');
}

describe('guesses in a stack', () => {
  // Holds: native-guess-shown
  it('are folded where better frames are known, one as well as several', async () => {
    const html = await page([
      frame('crash', 'context', 'libc.so.6'),
      frame('write_char', 'inline'),
      frame('left_over', 'scan'),
      frame('older', 'scan'),
      frame('pay', 'cfi'),
      frame('again', 'scan', 'other'),
      frame('main', 'cfi'),
    ]);
    assert.match(html, /<summary class="quiet"> Frames 1 to 3, found by scanning the stack: a guess: app/);
    assert.match(html, /<summary class="quiet"> Frame 5, found by scanning the stack: a guess: other/);
    assert.match(html, /class="inline-call guess"><div class="frame"><span class="fn"><a [^>]*>write_char/);
    assert.match(html, /<li value="4"\s*><div class="frame"><span class="fn"><a [^>]*>pay/);
  });

  it('stand open where there is nothing better behind the first frame, and are quiet', async () => {
    const html = await page([frame('crash', 'context'), frame('a', 'scan'), frame('b', 'scan')]);
    assert.doesNotMatch(html, /<details>/);
    assert.match(html, /<li value="1" class="guess">/);
  });

  it('are not what a long stack is said to begin in', async () => {
    const html = await page(
      [
        ...Array.from({ length: 40 }, () => frame('recurse', 'cfi')),
        frame('main', 'cfi'),
        frame('left_over', 'scan'),
      ],
      2000,
    );
    assert.match(html, /Show all 42 frames<\/a> <span class="quiet">down to <code>main<\/code>/);
  });
});
