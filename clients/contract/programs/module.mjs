// Imports the JavaScript library as its users do from an ES module.
import mayday from '../../javascript/mayday.js';

mayday.install({ version: '1' });
throw new RangeError('in a module');
