// Worker thread: answers requests of the symbolication API, whose lookups would hold up the server's own thread.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { symbolicateV4, symbolicateV5 } from '../../formats/symbols/symbolicate.ts';
import { IndexFileSymbols } from './index-file-symbols.ts';
import { askSymbols } from './symbol-port.ts';
import type { Symbolication, SymbolicationJob } from './symbolicator.ts';

const { port } = workerData as { readonly port: MessagePort };
const symbols = new IndexFileSymbols({ source: askSymbols(port) });

parentPort?.on('message', ({ version, text, users }: SymbolicationJob) => {
  const provider = symbols.forJob({ users });
  const answer = version === 5 ? symbolicateV5(text, provider) : symbolicateV4(text, provider);
  // Both answer whatever the text is; an error here would end the thread, and the request with it.
  void answer.then(({ status, body }) => tell({ status, text: JSON.stringify(body) }));
});

function tell(answer: Symbolication): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  parentPort?.postMessage(answer);
}
