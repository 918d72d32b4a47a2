// Real proxies for black-box tests: nginx and Caddy with the files of deploy/, of which only names, ports, certificates and limits of
// test machines are changed. They come from Debian's packages (scripts/install-runtimes.sh); where they are not there, tests say so.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = path.resolve(import.meta.dirname, '..');
/** Debian's nginx reads connections that are passed through with a module of its own. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';
const PATIENCE_MS = 20_000;

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** False, or why tests with a program are skipped. On CI it is not. */
export function lacks(program: 'nginx' | 'caddy'): string | false {
  const { status } = spawnSync(program, [program === 'nginx' ? '-v' : 'version']);
  return status === 0 ? false : `${program} is not on this machine`;
}

/** What stands in for the names of the deploy files. */
export interface ProxyPorts {
  /** Plain HTTP and TLS of the proxy. */
  readonly http: number;
  readonly https: number;
  /** The two servers of Mayday. */
  readonly submit: number;
  readonly reports: number;
}

export interface RunningProxy {
  stop(): Promise<void>;
}

/** `name` is a file of deploy/nginx: one for `http { }`, or `stream.conf`, which stands beside it. */
export async function startNginx(name: string, ports: ProxyPorts): Promise<RunningProxy> {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-nginx-'));
  const tls = path.join(ROOT, 'testdata/tls');
  const conf = readFileSync(path.join(ROOT, 'deploy/nginx', name), 'utf8')
    .replaceAll(/listen 80;/g, `listen 127.0.0.1:${ports.http};`)
    .replaceAll(/listen 443 ssl;/g, `listen 127.0.0.1:${ports.https} ssl;`)
    .replaceAll(/listen 8443;/g, `listen 127.0.0.1:${ports.http};`)
    .replaceAll(/ssl_certificate +\S+;/g, `ssl_certificate ${tls}/first.pem;`)
    .replaceAll(/ssl_certificate_key +\S+;/g, `ssl_certificate_key ${tls}/first.key;`)
    .replaceAll('www.example.com', 'localhost')
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${ports.submit}`)
    .replaceAll('127.0.0.1:8081', `127.0.0.1:${ports.reports}`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${dir}/${kind};`,
  );
  const around = conf.includes('stream {')
    ? conf
    : `http { access_log off; ${temporary.join(' ')}\n${conf}\n}`;
  writeFileSync(
    path.join(dir, 'nginx.conf'),
    `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log;
${existsSync(STREAM_MODULE) ? `load_module ${STREAM_MODULE};` : ''}
events { }
${around}`,
  );
  const child = spawn('nginx', ['-p', dir, '-c', path.join(dir, 'nginx.conf')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return running(child, dir, ports.http);
}

/** `name` is a file of deploy/caddy. Certificates are of Caddy's own authority. */
export async function startCaddy(name: string, ports: ProxyPorts): Promise<RunningProxy> {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-caddy-'));
  const file = readFileSync(path.join(ROOT, 'deploy/caddy', name), 'utf8')
    .replaceAll('www.example.com', 'localhost')
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${ports.submit}`)
    .replaceAll('127.0.0.1:8081', `127.0.0.1:${ports.reports}`);
  writeFileSync(
    path.join(dir, 'Caddyfile'),
    `{
	admin off
	http_port ${ports.http}
	https_port ${ports.https}
	local_certs
	skip_install_trust
	auto_https disable_redirects
	storage file_system ${dir}/storage
}
${file}`,
  );
  const child = spawn('caddy', ['run', '--config', path.join(dir, 'Caddyfile'), '--adapter', 'caddyfile'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir },
  });
  return running(child, dir, ports.http);
}

async function running(child: ChildProcess, dir: string, port: number): Promise<RunningProxy> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  const end = Date.now() + PATIENCE_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`the proxy did not start: ${output}`);
    }
    await sleep(50);
  }
  return { stop };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
