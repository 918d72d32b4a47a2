// The floors that Mayday is measured against, each a process of its own: `drain` reads the body and answers; `fsync` also writes
// it to one file and syncs it before it answers. Prints its port.
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

const mode = process.argv[2];
const dir = mode === 'fsync' ? mkdtempSync(path.join(process.argv[3] ?? tmpdir(), 'mayday-floor-')) : null;
let count = 0;

async function drain(request: IncomingMessage): Promise<void> {
  for await (const chunk of request) void chunk;
}

async function writeAndSync(request: IncomingMessage, folder: string): Promise<void> {
  count += 1;
  const file = await open(path.join(folder, String(count)), 'w');
  try {
    for await (const chunk of request) await file.write(chunk as Buffer);
    await file.sync();
  } finally {
    await file.close();
  }
}

const server = createServer((request, response) => {
  const done = dir === null ? drain(request) : writeAndSync(request, dir);
  done.then(
    () => {
      const body = 'CrashID=bp-de1bb258-cbbf-4589-a673-34f802160918\n';
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length });
      response.end(body);
    },
    () => response.destroy(),
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
process.on('SIGTERM', () => {
  if (dir !== null) rmSync(dir, { recursive: true, force: true });
  process.exit(0);
});
