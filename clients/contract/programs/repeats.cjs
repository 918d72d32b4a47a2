// Errors that come again: thrown again, reported and then fatal, many different ones at once. Run by ../repeats.test.ts.
'use strict';
const mayday = require('../../javascript/mayday.js');

Error.stackTraceLimit = 100;
const scenario = process.argv[2];
mayday.install({
  exitMs: scenario === 'no_wait' ? 0 : 2000,
  tags: { shop: 'north' },
  ignore: scenario === 'ignored' ? ['backend down'] : [],
});

function fail(depth) {
  if (depth > 0) fail(depth - 1);
  throw new RangeError('at depth');
}

function inner() {
  try {
    fail(0);
  } catch (error) {
    mayday.report(error);
    throw error;
  }
}

switch (scenario) {
  case 'fatal':
    inner();
    break;
  case 'outward':
    try {
      inner();
    } catch (error) {
      mayday.report(error);
    }
    break;
  case 'again': {
    const cached = new Error('backend down');
    for (let turn = 0; turn < 5; turn++) {
      try {
        throw cached;
      } catch (error) {
        mayday.report(error);
      }
    }
    break;
  }
  case 'notes':
    for (let turn = 0; turn < 60; turn++)
      mayday.breadcrumb(`step ${turn}`, { password: `hunter${1 + 1}` }, 'desk');
    try {
      fail(0);
    } catch (error) {
      mayday.report(error);
    }
    break;
  case 'ignored':
    mayday.report(new Error('the backend down again'));
    break;
  case 'burst':
    for (let turn = 0; turn < 80; turn++) {
      try {
        fail(turn);
      } catch (error) {
        mayday.report(error, { turn });
      }
    }
    break;
  default:
    fail(0);
}
