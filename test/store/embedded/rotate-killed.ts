// Changes the keys of a data folder and dies at a step: node rotate-killed.ts DIR STEP [data]
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { rotateKeys } from '../../../src/store/embedded/secrets/rotate-keys.ts';

const [dir = '', step = '', what = ''] = process.argv.slice(2);
rotateKeys(
  { layout: layoutOf(dir), command: undefined },
  (done) => {
    if (done === step) process.kill(process.pid, 'SIGKILL');
  },
  { data: what === 'data' },
);
