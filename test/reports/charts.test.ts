// Charts: round numbers at their lines, and colours that everybody can tell apart.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { dayChart, MAX_SERIES, ticksOf } from '../../src/reports/web/components/chart.ts';

type Triple = readonly [number, number, number];

/**
 * How people without one kind of cone see linear RGB: Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of
 * color vision deficiency" (2009), severity 1.
 */
const SIGHTS: Readonly<Record<string, readonly Triple[]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(hex: string): Triple {
  const part = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

const times = (rows: readonly Triple[], [x, y, z]: Triple): Triple => {
  const [a = 0, b = 0, c = 0] = rows.map(([p, q, r]) => p * x + q * y + r * z);
  return [a, b, c];
};

/** Björn Ottosson's OKLab, in which distances are about what eyes say. */
function oklab(rgb: Triple): Triple {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  );
  const [l, m, s] = cones;
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [Math.cbrt(l), Math.cbrt(m), Math.cbrt(s)],
  );
}

function seen(hex: string, sight: readonly Triple[]): Triple {
  const [r, g, b] = times(sight, linear(hex)).map((value) => Math.min(1, Math.max(0, value)));
  return oklab([r ?? 0, g ?? 0, b ?? 0]);
}

/** Of a hundred, which is from black to white. Neighbours on the old sheet were less than 1 apart for the green-blind. */
const LEAST_DISTANCE = 8;

describe('charts', () => {
  test('any two series can be told apart with every kind of colour blindness, on light and dark paper', () => {
    const sheet = readFileSync('src/reports/web/assets/style.css', 'utf8');
    const colours = [...sheet.matchAll(/--series-\d: light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)];
    assert.equal(colours.length, MAX_SERIES);
    let checked = 0;
    for (const [name, sight] of Object.entries(SIGHTS)) {
      for (const paper of [1, 2]) {
        const palette = colours.map((colour) => colour[paper] ?? '');
        for (const [at, one] of palette.entries()) {
          for (const other of palette.slice(at + 1)) {
            const [a, b] = [seen(one, sight), seen(other, sight)];
            const distance = 100 * Math.hypot(...a.map((value, axis) => value - (b[axis] ?? 0)));
            assert.ok(distance >= LEAST_DISTANCE, `${one} and ${other} with ${name}: ${distance.toFixed(1)}`);
            checked += 1;
          }
        }
      }
    }
    assert.equal(checked, 4 * 2 * 15);
  });

  test('lines across stand at round numbers, at most five of them, and none is below the greatest bar', () => {
    assert.deepEqual(ticksOf(0), [0, 1]);
    assert.deepEqual(ticksOf(3), [0, 1, 2, 3]);
    assert.deepEqual(ticksOf(7), [0, 2, 4, 6, 8]);
    assert.deepEqual(ticksOf(96), [0, 50, 100]);
    assert.deepEqual(ticksOf(1234), [0, 500, 1000, 1500]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (most) => {
        const ticks = ticksOf(most);
        const top = ticks.at(-1) ?? 0;
        assert.ok(ticks.length >= 2 && ticks.length <= 5, `${most}: ${ticks.join(' ')}`);
        assert.ok(top >= most && ticks.every(Number.isInteger));
        assert.ok(most === 0 || top <= Math.max(1, most * 2.5), `${most} under ${top}`);
      }),
    );
  });

  test('a chart says its numbers to scripts and in a table, whose days lead to what happened then', async () => {
    const chart = String(
      await dayChart({
        title: 'By day',
        days: ['2026-11-01', '2026-11-02', '2026-11-03'],
        series: [
          { name: '1.0', values: [1, 0, 2] },
          { name: '<b>', values: [0, 0, 5] },
        ],
        range: (from, to) => `/bugs?from=${from}&to=${to}`,
      }),
    );
    assert.match(chart, /data-range="\/bugs\?from=__from__&amp;to=__to__"/);
    const data = /data-chart="([^"]*)"/.exec(chart)?.[1]?.replaceAll('&quot;', '"').replaceAll('&lt;', '<');
    assert.deepEqual(JSON.parse((data ?? '').replaceAll('&gt;', '>')), {
      unit: 'day',
      first: '2026-11-01',
      count: 3,
      series: [
        ['1.0', [1, 0, 2]],
        ['<b>', [0, 0, 5]],
      ],
    });
    assert.match(chart, /<a href="\/bugs\?from=2026-11-03&amp;to=2026-11-03">2026-11-03<\/a>/);
    assert.doesNotMatch(chart, />2026-11-02<\/a>/, 'a day without any is left out');
    assert.doesNotMatch(chart, /style=/, 'the content security policy lets no style attribute in');
  });
});
