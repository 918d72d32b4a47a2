// Servers of real frameworks, one question each: bridges.mjs SCENARIO SNIPPETS; started by javascript-bridges.test.ts.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker, isMainThread, workerData } from 'node:worker_threads';

const folder = isMainThread ? process.argv[3] : workerData;
const require = createRequire(path.join(folder, 'program.cjs'));
const mayday = require('./mayday.cjs');
const snippet = (name) => import(pathToFileURL(path.join(folder, name)));
const framework = async (name) => (await import(pathToFileURL(require.resolve(name)))).default;

mayday.install({ version: '1.2.3' });

function fail(message) {
  throw new RangeError(message);
}

async function ask(port, paths) {
  for (const one of paths) {
    const answer = await fetch(`http://127.0.0.1:${port}${one}`);
    await answer.text();
    console.log('answer', answer.status);
  }
}

const programs = {
  async express() {
    const app = (await framework('express'))();
    const { watchExpress } = await snippet('express.mjs');
    app.set('env', 'test');
    watchExpress(app, (routes) => {
      routes.get('/orders/:id', async () => fail('in express'));
      routes.get('/handled', (request, response) => {
        mayday.report(new Error('handled in express'));
        response.send('fine');
      });
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await ask(server.address().port, ['/orders/7?amount=3', '/handled?amount=4', '/missing']);
    server.close();
  },
  async fastify() {
    const app = (await framework('fastify'))();
    const { watchFastify } = await snippet('fastify.mjs');
    watchFastify(app);
    app.get('/orders/:id', async () => fail('in fastify'));
    app.get('/bad', async () => {
      throw Object.assign(new Error('not theirs'), { statusCode: 400 });
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    await ask(app.server.address().port, ['/orders/7?amount=3', '/bad', '/missing']);
    await app.close();
  },
  async koa() {
    const Koa = await framework('koa');
    const app = new Koa();
    const { watchKoa } = await snippet('koa.mjs');
    watchKoa(app);
    app.use(async (context) => {
      if (context.path === '/missing') context.throw(404);
      if (context.path === '/handled') {
        mayday.report(new Error('handled in koa'));
        context.body = 'fine';
        return;
      }
      await Promise.resolve();
      fail('in koa');
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await ask(server.address().port, ['/orders/7?amount=3', '/handled?amount=4', '/missing']);
    server.close();
  },
  /** A worker that dies has told of its error itself; the thread that started it dies of the same one. */
  async worker() {
    if (!isMainThread) fail('in a worker');
    const worker = new Worker(new URL(import.meta.url), { workerData: folder, argv: ['worker'] });
    worker.ref();
  },
};

await programs[process.argv[2]]();
