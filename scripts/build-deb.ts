// Makes a Debian package of the server: Node, the package as npm installs it, the service, the manual page and the completion. Needs `dpkg-deb` and
// npm; compiles nothing.
//   node scripts/build-deb.ts OUT [PACKAGE.tgz]      OUT is a folder; without a package, `npm pack` makes it
// The version is that of the package; the architecture that of the machine, whose binaries npm installs.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const ROOT = path.resolve(import.meta.dirname, '..');
const DEBIAN = path.join(ROOT, 'deploy/debian');
/** Debian's names of what Node calls them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const LIBRARY = 'usr/lib/mayday';

const [out, given] = process.argv.slice(2);
if (out === undefined) fail('Usage: node scripts/build-deb.ts OUT [PACKAGE.tgz]');
const architecture = ARCHITECTURES[process.arch];
if (process.platform !== 'linux' || architecture === undefined) {
  fail(`Debian packages are made on Linux for ${Object.keys(ARCHITECTURES).join(' and ')}.`);
}
const { version, devDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};
// A pre-release is older than its release: Debian says so with a tilde.
const debianVersion = version.replace('-', '~');

const work = mkdtempSync(path.join(tmpdir(), 'mayday-deb-'));
try {
  const root = path.join(work, 'root');
  const tarball = given === undefined ? pack() : path.resolve(given);
  layOut(root, tarball);
  mkdirSync(out, { recursive: true });
  const file = path.join(out, `mayday_${debianVersion}_${architecture}.deb`);
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', '-Zxz', root, file], { stdio: 'pipe' });
  process.stdout.write(`${file}  ${(statSync(file).size / 1e6).toFixed(1)} MB\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function pack(): string {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', work], { cwd: ROOT, stdio: 'pipe' });
  const name = readdirSync(work).find((each) => each.endsWith('.tgz'));
  if (name === undefined) fail('npm pack made no package.');
  return path.join(work, name);
}

/** What the package will put into the system, and what dpkg is told of it, below `root`. */
function layOut(root: string, tarball: string): void {
  const library = path.join(root, LIBRARY);
  mkdirSync(library, { recursive: true });
  writeFileSync(path.join(library, 'package.json'), '{"private": true}\n');
  npmInstall(library, tarball);
  // Node is the one that the tests of this version ran on; npm gives it as a package, which leaves its binary and needs nothing else.
  const runtime = path.join(work, 'runtime');
  mkdirSync(runtime);
  writeFileSync(path.join(runtime, 'package.json'), '{"private": true, "allowScripts": {"node": true}}\n');
  npmInstall(runtime, `node@${devDependencies['node']}`);
  place(path.join(runtime, 'node_modules/node/bin/node'), path.join(library, 'node'), 0o755);

  const installed = path.join(library, 'node_modules/mayday');
  place(path.join(DEBIAN, 'mayday.sh'), path.join(root, 'usr/bin/mayday'), 0o755);
  place(path.join(DEBIAN, 'mayday.env'), path.join(root, 'etc/mayday.env'), 0o640);
  place(path.join(DEBIAN, 'sysusers.conf'), path.join(root, 'usr/lib/sysusers.d/mayday.conf'));
  write(path.join(root, 'usr/lib/systemd/system/mayday.service'), service());
  write(
    path.join(root, 'usr/share/man/man1/mayday.1.gz'),
    gzipSync(readFileSync(path.join(installed, 'dist/man/mayday.1')), { level: 9 }),
  );
  const completion = execFileSync(process.execPath, [
    path.join(installed, 'bin/mayday.js'),
    'completion',
    'bash',
  ]);
  write(path.join(root, 'usr/share/bash-completion/completions/mayday'), completion);
  const documents = path.join(root, 'usr/share/doc/mayday');
  cpSync(path.join(installed, 'docs'), documents, { recursive: true });
  place(path.join(installed, 'LICENSE'), path.join(documents, 'copyright'));
  openUp(root);

  const control = path.join(root, 'DEBIAN');
  for (const script of ['postinst', 'prerm', 'postrm'])
    place(path.join(DEBIAN, script), path.join(control, script), 0o755);
  write(path.join(control, 'conffiles'), '/etc/mayday.env\n');
  write(
    path.join(control, 'control'),
    [
      'Package: mayday',
      `Version: ${debianVersion}`,
      `Architecture: ${architecture}`,
      'Maintainer: Mayday developers <mayday@localhost>',
      `Installed-Size: ${Math.ceil(bytesBelow(root) / 1024)}`,
      // What Node's own binaries ask for.
      'Depends: libc6 (>= 2.28), libstdc++6 (>= 8)',
      'Section: net',
      'Priority: optional',
      'Description: crash report server',
      ' Takes the crash reports of programs in the field (Breakpad, Crashpad, Socorro,',
      ' CrashKit, Syncthing, Sentry) and turns them into bugs that a developer can fix.',
      '',
    ].join('\n'),
  );
}

function npmInstall(folder: string, what: string): void {
  execFileSync('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline', what], {
    cwd: folder,
    stdio: 'pipe',
  });
}

/** The unit of `deploy/systemd`, with the program and the user of the package. */
function service(): string {
  const unit = readFileSync(path.join(ROOT, 'deploy/systemd/mayday.service'), 'utf8');
  const changes: readonly (readonly [RegExp, string])[] = [
    [/^#.*\n#.*\n#.*\n/, ''],
    [/^Documentation=.*$/m, 'Documentation=man:mayday(1) file:/usr/share/doc/mayday/config.md'],
    [
      /^ExecStart=.*$/m,
      `ExecStart=/${LIBRARY}/node --max-semi-space-size=2 /${LIBRARY}/node_modules/mayday/bin/mayday.js serve`,
    ],
    // A user that stays, so that `sudo -u mayday mayday …` reads the folder, too.
    [/^DynamicUser=yes$/m, 'User=mayday\nGroup=mayday'],
  ];
  return changes.reduce((text, [from, to]) => {
    if (!from.test(text)) fail(`deploy/systemd/mayday.service has no ${String(from)}.`);
    return text.replace(from, to);
  }, unit);
}

function place(from: string, to: string, mode = 0o644): void {
  write(to, readFileSync(from), mode);
}

function write(file: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

/** Everybody may read what a package installs, whatever the umask was; settings stay closed. */
function openUp(folder: string): void {
  chmodSync(folder, 0o755);
  for (const each of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, each.name);
    if (each.isDirectory()) openUp(file);
    else if (each.isFile() && each.name !== 'mayday.env')
      chmodSync(file, (statSync(file).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .reduce((sum, each) => sum + statSync(path.join(each.parentPath, each.name)).size, 0);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
