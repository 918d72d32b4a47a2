// A real HTTP server that webhooks are posted to. What it answers can be changed while it runs.
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedPost {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface WebhookReceiver {
  readonly port: number;
  readonly url: string;
  readonly posts: readonly ReceivedPost[];
  /** Answers the next posts; default: 204. */
  answer: (response: ServerResponse, post: ReceivedPost) => void;
  stop(): Promise<void>;
}

/** Starts it on a free port, or the one given. */
export async function startReceiver(port = 0): Promise<WebhookReceiver> {
  const posts: ReceivedPost[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const post = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      posts.push(post);
      receiver.answer(response, post);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const actual = (server.address() as AddressInfo).port;
  const receiver: WebhookReceiver = {
    port: actual,
    url: `http://127.0.0.1:${actual}/hook`,
    posts,
    answer: (response) => {
      response.statusCode = 204;
      response.end();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
