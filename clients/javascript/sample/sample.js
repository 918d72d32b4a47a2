// The sample application of the JavaScript client under Node: an order desk that fails as its first argument says.
'use strict';
const mayday = require('../mayday.js');

class OrderError extends Error {}

class Desk {
  readAmount(text) {
    return JSON.parse(text);
  }

  read(text) {
    try {
      return this.readAmount(text);
    } catch (error) {
      throw new OrderError('the order cannot be read', { cause: error });
    }
  }
}

function takeOrder() {
  return new Desk().read('twelve');
}

function reportOrder() {
  try {
    takeOrder();
  } catch (error) {
    mayday.report(error, { order: 17, password: 'hunter' + '2' });
  }
}

function main(scenario) {
  mayday.install({ version: '1.2.3' });
  mayday.setContext({ user: { id: 'u-17' }, configuration: { port: 8000, password: 'hunter' + '2' } });
  switch (scenario) {
    case 'crash':
      console.log('taking an order');
      return takeOrder();
    case 'report':
      reportOrder();
      return console.log('still running');
    case 'repeat':
      for (let turn = 0; turn < 25; turn++) reportOrder();
      return console.log('still running');
    case 'flush':
      return mayday.flush().then(() => console.log('flushed'));
    case 'idle':
      return console.log('idle');
    default:
      throw new Error(`unknown scenario: ${scenario}`);
  }
}

main(process.argv[2] ?? 'crash');
