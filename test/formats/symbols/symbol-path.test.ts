import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { safeBaseName, symbolPath, symbolPaths } from '../../../src/formats/symbols/symbol-path.ts';

const ID = '5a9832e5287241c1838ed98914e9b7ff1';

describe('the path of a symbol file', () => {
  it('drops .pdb and upper-cases the id', () => {
    assert.deepEqual(symbolPath('C:\\build\\App.PDB', ID), ['App.PDB', ID.toUpperCase(), 'App.sym']);
    assert.deepEqual(symbolPath('/usr/lib/libc.so.6', ID), ['libc.so.6', ID.toUpperCase(), 'libc.so.6.sym']);
  });

  for (const name of ['', '.', '..', 'a/..', '../', 'C:\\', 'a\u0000b', 'a:b', '.pdb', 'x'.repeat(300)]) {
    it(`is none for the name ${JSON.stringify(name.slice(0, 12))}`, () => {
      assert.equal(symbolPath(name, ID), null);
    });
  }

  for (const id of ['', '0', '000000000000000000000000000000000', '../../x', 'A/B', 'x'.repeat(70)]) {
    it(`is none for the id ${JSON.stringify(id.slice(0, 12))}`, () => {
      assert.equal(symbolPath('app', id), null);
    });
  }

  it('never leaves the tree', () => {
    assert.equal(safeBaseName('../../etc/passwd'), 'passwd');
    assert.equal(safeBaseName('..\\..\\x.dll'), 'x.dll');
  });

  it('falls back to the code file for a module without a debug file, then to the code id', () => {
    const request = { debugFile: '', debugId: ID, codeFile: 'C:\\a\\x.dll', codeId: '5abc1234f000' };
    assert.deepEqual(symbolPaths(request), [
      ['x.dll', ID.toUpperCase(), 'x.dll.sym'],
      ['x.dll', '5ABC1234F000', 'x.sym'],
    ]);
    assert.deepEqual(symbolPaths({ ...request, debugId: null, codeId: null }), []);
  });
});
