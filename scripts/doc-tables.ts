// The tables of the documentation that come from code.
import { SETTINGS } from '../src/app/config.ts';
import type { Setting } from '../src/app/setting.ts';
import { METRIC_TABLE } from '../src/base/metrics.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Name, default, example and sentence of every setting. */
export function configTable(): string {
  const rows = (Object.entries(SETTINGS) as [string, Setting<unknown>][]).map(
    ([name, setting]) =>
      `| \`${name}\` | ${cell(setting.shown)} | ${cell(setting.sentence)} | \`${cell(setting.example)}\` |\n`,
  );
  return `| setting | default | meaning | example |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}

/** Name and sentence of every metric. */
export function metricsTable(): string {
  const rows = Object.entries(METRIC_TABLE).map(([name, help]) => `| \`${name}\` | ${cell(help)} |\n`);
  return `| metric | meaning |\n| --- | --- |\n${rows.join('')}`;
}
