// How much of what could be tried without end a test tries: `npm test` takes a sample, `npm run test:all` and a test named by its path take all.

/** Whether a test that looks at the same thing from many sides looks from each of them. */
export const thorough = process.env['MAYDAY_TESTS'] !== 'sample';
