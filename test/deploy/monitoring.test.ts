// The alert rules and the dashboard in deploy/: every metric, label and reason that they name exists, and promtool reads the rules where it is.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { createMetrics } from '../../src/base/metrics.ts';

const RULES = 'deploy/prometheus/mayday-alerts.yml';
const read = (file: string): string => readFileSync(file, 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
const rules = (
  parse(read(RULES)) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
).groups.flatMap((group) => group.rules);

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}
const dashboard = JSON.parse(read('deploy/grafana/mayday.json')) as Dashboard;

/** Every series that a server has, with its labels: a histogram gives three. */
function series(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const metrics = createMetrics({ processMetrics: true }).registry.getMetricsAsArray();
  for (const metric of metrics) {
    const { name, labelNames, type } = metric as unknown as {
      readonly name: string;
      readonly labelNames: readonly string[];
      readonly type?: string;
    };
    const suffixes =
      type === 'histogram' || metric.constructor.name === 'Histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const suffix of suffixes) found.set(`${name}${suffix}`, labelNames);
  }
  return found;
}

const EXPRESSIONS = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => [title, `${expr} ${legendFormat}`] as const),
  ),
];

test('alert rules and the dashboard name metrics and labels that there are', () => {
  const known = series();
  assert.ok(EXPRESSIONS.length > 20);
  for (const [where, expression] of EXPRESSIONS) {
    const names = [...expression.matchAll(/\b(mayday_[a-z_]+|nodejs_[a-z0-9_]+|process_[a-z_]+)/g)].map(
      ([name]) => name,
    );
    assert.ok(names.length > 0 || expression.includes('up{'), where);
    for (const name of names) assert.ok(known.has(name), `${where} names ${name}`);
    const labels = new Set([...['instance', 'job', 'le'], ...names.flatMap((name) => known.get(name) ?? [])]);
    const asked = [
      ...[...expression.matchAll(/([a-z_]+)=~?"/g)].map(([, label]) => label ?? ''),
      ...[...expression.matchAll(/by \(([a-z_, ]+)\)/g)].flatMap(([, list]) => (list ?? '').split(/, */)),
      ...[...expression.matchAll(/\{\{ ?([a-z_]+) ?\}\}/g)].map(([, label]) => label ?? ''),
    ];
    for (const label of asked) assert.ok(labels.has(label), `${where} asks for the label ${label}`);
  }
});

test('alert rules name reasons of the closed vocabulary, say how bad it is and what to do', () => {
  const reasons = [...read('docs/errors.md').matchAll(/^\| `([a-z_]+)` \| \d{3}/gm)].map(([, code]) => code);
  assert.ok(reasons.length > 30);
  for (const { alert, expr, labels, annotations } of rules) {
    assert.match(labels.severity, /^(?:critical|warning|info)$/, alert);
    assert.ok(annotations.summary.length > 10 && annotations.description.length > 10, alert);
    for (const [, list = ''] of expr.matchAll(/reason=~"([^"]*)"/g))
      for (const reason of list.split('|')) assert.ok(reasons.includes(reason), `${alert}: ${reason}`);
    for (const [, page = ''] of annotations.description.matchAll(/(docs\/[\w-]+\.md)/g)) read(page);
  }
});

const promtool = spawnSync('promtool', ['--version']).status === 0;

test(
  'promtool reads the alert rules',
  { skip: promtool ? false : 'promtool (Debian: prometheus) is not on this machine' },
  () => {
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'rules', RULES], { encoding: 'utf8' });
    assert.equal(status, 0, stderr + stdout);
  },
);

const analyze = spawnSync('systemd-analyze', ['security', '--help'], { encoding: 'utf8' });

test(
  'the unit of the server leaves it little of the machine',
  {
    skip:
      analyze.status === 0 && analyze.stdout.includes('--offline')
        ? false
        : 'systemd-analyze of systemd 250 or later is not on this machine',
  },
  () => {
    const { stdout } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--no-pager', 'deploy/systemd/mayday.service'],
      { encoding: 'utf8' },
    );
    const level = Number(/exposure level for mayday\.service: ([\d.]+)/.exec(stdout)?.[1]);
    assert.ok(level <= 2, `${level}`);
  },
);
