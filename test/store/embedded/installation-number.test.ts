// The number of an installation is an HMAC (RFC 2104) over product and name, however it is computed.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { installationNumber } from '../../../src/store/embedded/database/installation-number.ts';
import { migrate } from '../../../src/store/embedded/database/migrate.ts';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import { newFolder } from './open-store.ts';

for (const secretBytes of [1, 32, 64, 65, 200]) {
  test(`with a secret of ${secretBytes} bytes the number is the beginning of the HMAC-SHA256`, async () => {
    const dir = await newFolder();
    const open = () =>
      openDatabase(path.join(dir, 'mayday.db'), {
        readonly: false,
        cacheBytes: 1024 * 1024,
        walBytes: 1024 * 1024,
      });
    const secret = Buffer.alloc(secretBytes, 'secret');
    const first = open();
    migrate(first);
    first.prepare(`UPDATE settings SET value = ? WHERE name = 'address_salt'`).run(secret);
    first.close();
    // A connection remembers the secret.
    const connection = open();
    try {
      for (const name of ['', '50c4218a-bcb9-48a9-8093-a06e6435cd61', 'Gerät № 7'.repeat(30)]) {
        const expected = createHmac('sha256', secret).update(`installation\u00007\u0000${name}`).digest();
        assert.equal(installationNumber(connection, 7, name), expected.readUIntBE(0, 5));
      }
    } finally {
      connection.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
}
