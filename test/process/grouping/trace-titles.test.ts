// What the traces of languages and frameworks are called, as they stand in the logs of programs: a title names the kind of the root
// cause and the first frame of the program itself.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readLog } from '../../../src/formats/logs/read-log.ts';
import { traceCrash } from '../../../src/process/evidence/trace-crash.ts';
import { NO_RULES, productSettings } from '../../../src/process/product-settings.ts';

const PRODUCT = productSettings(NO_RULES);

function titleOf(text: string): string {
  const { crash, problem } = readLog(text);
  if (crash === null) return `not understood: ${problem}`;
  return traceCrash(crash.trace, { product: PRODUCT, fingerprint: null }).signature;
}

/** A name, the text with the margin of the source, the title. */
type Sample = readonly [what: string, text: string, title: string];

/** Takes off the margin that the source file has. */
function unmargined(text: string): string {
  return text.replace(/^\n/, '').replaceAll(/^ {6}/gm, '');
}

function titles(language: string, samples: readonly Sample[]): void {
  describe(`the title of a trace of ${language}`, () => {
    for (const [what, text, title] of samples)
      it(`is right for ${what}`, () => assert.equal(titleOf(unmargined(text)), title));
  });
}

titles('JavaScript', [
  [
    'an error that the engine raised in a function which is called like those that throw',
    `
      TypeError: Cannot read properties of undefined (reading 'price')
          at throwDemoError (../src/pages/Till.tsx:36:6)
          at Button (../src/pages/Till.tsx:43:18)
          at Nh (../node_modules/react-dom/cjs/react-dom.production.min.js:160:136)
      `,
    'TypeError: throwDemoError (Till.tsx)',
  ],
  [
    'an error that a helper throws',
    `
      TypeError: the price must be a number
          at throwPriceError (../src/lib/prices.ts:36:6)
          at total (../src/pages/till.ts:43:18)
      `,
    'TypeError: total (till.ts) (in prices.ts.throwPriceError)',
  ],
  [
    "an error of Node's own",
    `
      node:internal/assert:14
          throw new ERR_INTERNAL_ASSERTION(message);
          ^

      Error [ERR_INTERNAL_ASSERTION]: This is caused by either a bug in Node.js or incorrect usage of Node.js internals.
      Please open an issue with this stack trace at https://github.com/nodejs/node/issues

          at new NodeError (node:internal/errors:399:5)
          at assert (node:internal/assert:14:11)
          at connectAll (node:net:1077:3)
      `,
    'ERR_INTERNAL_ASSERTION: connectAll (node:net) (in errors.NodeError.constructor, assert)',
  ],
]);

titles('PHP', [
  [
    "a record of Laravel's log with stacks that were cut",
    String.raw`
      [2026-01-02 03:04:05] production.ERROR: SQLSTATE[42S02]: no such table {"exception":"[object] (Illuminate\\Database\\QueryException(code: 42S02): SQLSTATE[42S02]: no such table at /srv/till/vendor/laravel/framework/src/Illuminate/Database/Connection.php:760)
      [stacktrace]
      #0 /srv/till/vendor/laravel/framework/src/Illuminate/Database/Connection.php(720): Illuminate\\Database\\Connection->runQueryCallback('select', Array, Object(Closure))
      #1 /srv/till/app/Http/Controllers/TillController.php(42): Illuminate\\Database\\Eloquent\\Builder->get()
      #2 /srv/till/vendor/laravel/framework/src/Illuminate/Routing/Controller.php(54): App\\Http\\Controllers\\TillController->close()
      #3 {main}

      [previous exception] [object] (PDOException(code: 42S02): SQLSTATE[42S02]: no such table at /srv/till/vendor/laravel/framework/src/Illuminate/Database/Connection.php:414)
      [stacktrace]
      #0 /srv/till/vendor/laravel/framework/src/Illuminate/Database/Connection.php(414): PDO->prepare('select')
      #1 /srv/till/app/Http/Controllers/TillController.php(42): Illuminate\\Database\\Eloquent\\Builder->get()
      #2 {main}
      "} 
      `,
    String.raw`PDOException: App\Http\Controllers\TillController::close`,
  ],
]);
