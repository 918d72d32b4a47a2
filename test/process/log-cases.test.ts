import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readLog } from '../../src/formats/logs/read-log.ts';
import type { Trace } from '../../src/formats/trace/trace.ts';
import { traceCrash } from '../../src/process/evidence/trace-crash.ts';
import { NO_RULES, productSettings } from '../../src/process/product-settings.ts';
import { SHARED_ABSENT, sharedData } from '../shared-data.ts';

/** Everything by which a crash could be named: kinds, and its frames in every notation. */
function names({ exceptions }: Trace): string {
  return exceptions
    .flatMap(({ kind, frames }) => [
      kind,
      ...frames.flatMap((frame) => {
        const file = (frame.file ?? '').slice((frame.file ?? '').lastIndexOf('/') + 1);
        const owner = [frame.package, frame.class].filter((part) => part !== null).join('.');
        const module = file.replace(/\.\w+$/, '');
        return [`${owner}.${frame.function ?? ''}`, `${module}.${frame.function ?? ''}`, `(${file})`];
      }),
    ])
    .join('\n');
}

const PRODUCT = productSettings(NO_RULES);
const folder = sharedData('grouping', 'cases');

describe('each public trace is read with the kind and the frame that its title needs', () => {
  if (folder === null) {
    it('from the shared data', { skip: SHARED_ABSENT });
    return;
  }
  const cases = readdirSync(folder).filter((name) => name.endsWith('.expected.txt'));
  it('there are some', () => assert.ok(cases.length > 10));
  for (const name of cases) {
    it(name.replace('.expected.txt', ''), () => {
      const expected = readFileSync(path.join(folder, name), 'utf8');
      const { crash } = readLog(readFileSync(path.join(folder, name.replace('.expected', '')), 'utf8'));
      assert.ok(crash !== null);
      assert.notEqual(crash.trace.kind, '');
      const wanted = /^signature must contain: (.*)$/m.exec(expected)?.[1] ?? '';
      for (const part of wanted.split(': '))
        assert.ok(names(crash.trace).includes(part), `${part} in ${names(crash.trace)}`);
      const { signature, plainTitle } = traceCrash(crash.trace, { product: PRODUCT, fingerprint: null });
      assert.ok(`${signature}\n${plainTitle ?? ''}`.includes(wanted), `${wanted} in ${signature}`);
    });
  }
});
