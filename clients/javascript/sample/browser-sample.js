// The sample application of the JavaScript client in a browser: an order desk whose buttons fail in different ways.
'use strict';

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
    Mayday.report(error, { order: 17, password: 'hunter' + '2' });
  }
}

const options = Object.fromEntries(new URLSearchParams(location.search));
Mayday.install({ ...options, version: '1.2.3', timeoutMs: 1000 });
Mayday.setContext({ user: { id: 'u-17' }, configuration: { theme: 'dark', password: 'hunter' + '2' } });

addEventListener('DOMContentLoaded', () => {
  const on = (id, action) => document.getElementById(id).addEventListener('click', action);
  on('crash', () => takeOrder());
  on('reject', async () => takeOrder());
  on('report', () => {
    reportOrder();
    document.getElementById('done').textContent = 'still running';
  });
  on('repeat', () => {
    for (let turn = 0; turn < 25; turn++) reportOrder();
  });
});
