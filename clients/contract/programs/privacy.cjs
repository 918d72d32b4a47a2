// Prints what the library makes of each of the privacy vectors, as JSON. Run by ../privacy.test.ts.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const mayday = require('../../javascript/mayday.js');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mayday-vectors-'));
let files = 0;

function reported(vector, run) {
  let seen = null;
  mayday.install({
    secrets: vector.more,
    hooks: false,
    beforeSend: (report) => {
      seen = report;
      return null;
    },
  });
  run();
  return seen;
}

function result(vector) {
  const error = new Error('a vector');
  switch (vector.as ?? 'value') {
    case 'query': {
      const scope = { environment: { QUERY_STRING: vector.in } };
      const made = reported(vector, () => mayday.withContext(scope, () => mayday.report(error)));
      return made.environment.variables.QUERY_STRING;
    }
    case 'source': {
      // The line stands below the one that throws, so that it is sent as source.
      const file = path.join(folder, `vector${files++}.cjs`);
      fs.writeFileSync(file, `module.exports = () => { throw new Error('x');\n${vector.in}\n};\n`);
      const made = reported(vector, () => {
        try {
          require(file)();
        } catch (thrown) {
          mayday.report(thrown);
        }
      });
      return made.stacktrace[0].locations[0].source[6];
    }
    case 'cookies': {
      const cookie = Object.entries(vector.in)
        .map(([name, value]) => `${name}=${value}`)
        .join('; ');
      const request = { headers: { cookie }, url: '/', method: 'GET', httpVersion: '1.1' };
      const made = reported(vector, () => mayday.requestContext()(request, {}, () => mayday.report(error)));
      const named = Object.entries(made.request).filter(([name]) => name.startsWith('C_'));
      return Object.fromEntries(named.map(([name, value]) => [name.slice(2), value]));
    }
    default:
      return reported(vector, () => mayday.report(error, { value: vector.in })).data.value;
  }
}

console.log(JSON.stringify(JSON.parse(fs.readFileSync(process.argv[2], 'utf8')).map(result)));
