// Reports come in before reports are processed: a processing thread steps back, and only it.
import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

const MODULE = new URL('../../../src/process/worker/own-priority.ts', import.meta.url).href;

test(
  'a thread that steps back leaves the priority of its process as it is',
  { skip: process.platform === 'linux' ? false : 'only Linux has priorities of threads' },
  async () => {
    const code = `
      const { parentPort } = require('node:worker_threads');
      const { readlinkSync } = require('node:fs');
      const { getPriority } = require('node:os');
      import(${JSON.stringify(MODULE)}).then(({ stepBack }) => {
        stepBack();
        parentPort.postMessage(getPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1))));
      });`;
    const before = getPriority();
    const worker = new Worker(code, { eval: true });
    const ofThread = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    assert.equal(ofThread, Math.max(10, before));
    assert.equal(getPriority(), before);
  },
);
