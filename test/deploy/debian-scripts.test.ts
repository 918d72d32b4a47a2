// The scripts of the Debian package, below a root of their own, with programs in the place of the system's that write down what they are told.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';

const DEBIAN = path.resolve(import.meta.dirname, '../../deploy/debian');
const lacks = process.platform === 'win32' ? 'there is no shell here' : false;

describe('the scripts of the Debian package', { skip: lacks }, () => {
  const folders: string[] = [];
  let folder = '';
  let root = '';
  let log = '';

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'mayday-scripts-'));
    folders.push(folder);
    root = path.join(folder, 'root');
    log = path.join(folder, 'log');
    for (const each of ['etc', 'run/systemd/system']) mkdirSync(path.join(root, each), { recursive: true });
    writeFileSync(path.join(root, 'etc/group'), 'root:x:0:\nmayday:x:987:\n');
    writeFileSync(path.join(root, 'etc/mayday.env'), '');
    for (const name of ['systemctl', 'chown', 'systemd-sysusers'])
      program(name, `echo "${name} $*" >>"${log}"`);
    program('dpkg-statoverride', 'exit 1');
  });
  after(() => {
    for (const each of folders) rmSync(each, { recursive: true, force: true });
  });

  function program(name: string, body: string): void {
    mkdirSync(path.join(folder, 'bin'), { recursive: true });
    writeFileSync(path.join(folder, 'bin', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  /** Runs a script; gives what it said and what was told to the programs. */
  function run(script: string, ...args: readonly string[]) {
    writeFileSync(log, '');
    const { status, stderr } = spawnSync('sh', [path.join(DEBIAN, script), ...args], {
      encoding: 'utf8',
      env: { PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, DPKG_ROOT: root },
    });
    const told = readFileSync(log, 'utf8').split('\n');
    return { status, stderr, told: told.filter((line) => line.startsWith('systemctl')), all: told };
  }

  const STARTED = [
    'systemctl daemon-reload',
    'systemctl enable mayday.service',
    'systemctl start mayday.service',
  ];
  const RESTARTED = ['systemctl daemon-reload', 'systemctl try-restart mayday.service'];

  test('start the service when it comes, again when it comes back after a removal, and restart it at an upgrade', () => {
    assert.deepEqual(run('postinst', 'configure', '').told, STARTED);
    assert.deepEqual(run('postinst', 'configure', '0.1.0').told, RESTARTED);
    assert.ok(run('prerm', 'remove').told.includes('systemctl disable --now mayday.service'));
    assert.deepEqual(run('postinst', 'configure', '0.1.0').told, STARTED);
    assert.deepEqual(run('postinst', 'configure', '0.1.0').told, RESTARTED);
  });

  test('leave a service alone that somebody disabled before the removal, and forget it all at a purge', () => {
    program('systemctl', `[ "$1" != is-enabled ] || exit 1; echo "systemctl $*" >>"${log}"`);
    run('prerm', 'remove');
    assert.deepEqual(run('postinst', 'configure', '0.1.0').told, RESTARTED);
    program('systemctl', `echo "systemctl $*" >>"${log}"`);
    run('prerm', 'remove');
    assert.equal(run('postrm', 'purge').status, 0);
    assert.ok(!existsSync(path.join(root, 'var/lib/mayday.removed')));
  });

  test('a service that does not start leaves the package configured, with a line that says where to look', () => {
    program('systemctl', `[ "$1" != start ] && [ "$1" != try-restart ]`);
    for (const before of ['', '0.1.0']) {
      const { status, stderr } = run('postinst', 'configure', before);
      assert.equal(status, 0);
      assert.match(stderr, /^mayday\.service could not be (re)?started: journalctl -u mayday says why\.$/m);
    }
  });

  test('settings can be read by the group of the service, and by nobody else', () => {
    const settings = path.join(root, 'etc/mayday.env');
    chmodSync(settings, 0o600);
    assert.ok(run('postinst', 'configure', '').all.includes(`chown 0:987 ${settings}`));
    rmSync(path.join(root, 'etc/group'));
    assert.equal(run('postinst', 'configure', '').status, 0, 'an image may have no groups yet');
    writeFileSync(path.join(root, 'etc/group'), 'mayday:x:987:\n');
    program('dpkg-statoverride', 'exit 0');
    assert.ok(
      !run('postinst', 'configure', '').all.some((line) => line.startsWith('chown')),
      'who runs the machine decides',
    );
  });

  test('the command takes the settings of the service, and runs none of them', () => {
    const settings = path.join(root, 'etc/mayday.env');
    const node = path.join(folder, 'node');
    writeFileSync(node, '#!/bin/sh\nenv\n', { mode: 0o755 });
    const script = readFileSync(path.join(DEBIAN, 'mayday.sh'), 'utf8');
    const file = path.join(folder, 'mayday');
    writeFileSync(
      file,
      script.replaceAll('/etc/mayday.env', settings).replace('exec /usr/lib/mayday/node ', `exec ${node} `),
    );
    writeFileSync(
      settings,
      [
        '# MAX_UPLOAD_SIZE_MB=1',
        '; KEEP_AUDIT_DAYS=1',
        'MAX_REPORTS_SIZE_MB=204800',
        '  KEEP_DAYS = 5',
        'KEEP_PER_CASE=  25  \r',
        'MAIL_FROM="Mayday \\"home\\" <mayday@example.com>"',
        `THROTTLE_RULES='[{"name":"a b"}]'`,
        `SECRET_KEYS_COMMAND=$(touch ${folder}/ran); \`touch ${folder}/ran\``,
        `X$(touch ${folder}/ran)=1`,
        'REPORTS_SERVER_PORT=9000',
        'DEFAULT_PRODUCT=last line',
      ].join('\n'),
    );
    const { stdout, status } = spawnSync('sh', [file, 'prune'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', REPORTS_SERVER_PORT: '0' },
    });
    assert.equal(status, 0);
    const seen = Object.fromEntries(
      stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    assert.equal(seen['MAX_REPORTS_SIZE_MB'], '204800');
    assert.equal(seen['KEEP_DAYS'], '5');
    assert.equal(seen['KEEP_PER_CASE'], '25');
    assert.equal(seen['MAIL_FROM'], 'Mayday "home" <mayday@example.com>');
    assert.equal(seen['THROTTLE_RULES'], '[{"name":"a b"}]');
    assert.equal(seen['SECRET_KEYS_COMMAND'], `$(touch ${folder}/ran); \`touch ${folder}/ran\``);
    assert.equal(seen['DEFAULT_PRODUCT'], 'last line');
    assert.equal(seen['REPORTS_SERVER_PORT'], '0', "the caller's own");
    assert.equal(seen['CRASH_REPORTS_DIR'], '/var/lib/mayday');
    for (const name of ['MAX_UPLOAD_SIZE_MB', 'KEEP_AUDIT_DAYS']) assert.equal(seen[name], undefined, name);
    assert.ok(!existsSync(path.join(folder, 'ran')));
  });
});
