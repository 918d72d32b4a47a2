// Values that differ from one crash to the next, two of each kind, and the places in which messages stand without a frame that
// says more.

/** Kind of the value, and two messages that differ in nothing else. */
export const MESSAGE_KINDS: readonly (readonly [kind: string, one: string, other: string])[] = [
  ['e-mail', 'no account for ada@example.org', 'no account for grace.hopper@mail.example.net'],
  ['URL', 'cannot load https://example.org/a/b?id=7', 'cannot load http://cdn.example.net/x.js#top'],
  ['host', 'cannot resolve db1.example.org', 'cannot resolve mail-7.intern.example.net'],
  ['IPv4', 'no route to 10.1.2.3:5432', 'no route to 192.168.100.7:5433'],
  ['IPv6', 'no route to 2001:db8::7', 'no route to fe80:0:0:0:1:2:3:4'],
  [
    'UUID',
    'no session 7c9e6679-7425-40de-944b-e07fc1f90ae7',
    'no session 00000000-0000-4000-8000-00000000000A',
  ],
  [
    'hash',
    'no object da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'no object 5d41402abc4b2a76b9719d911017c592',
  ],
  ['date', 'no rate for 2026-03-14', 'no rate for 2025-12-01'],
  ['date and time', 'expired at 2026-03-14T12:00:00.123Z', 'expired at 2025-01-02 03:04:05,6'],
  ['time', 'closed since 12:30', 'closed since 09:15:59'],
  ['duration', 'timed out after 30s', 'timed out after 1m30.5s'],
  ['duration in words', 'timed out after 1500 ms', 'timed out after 2.5 ms'],
  ['hexadecimal number', 'bad pointer 0x7ffe12ab', 'bad pointer 0x0'],
  ['number', 'order 4711 is gone', 'order 12 is gone'],
  ['signed number', 'bad offset -17', 'bad offset 4'],
  ['decimal fraction', 'ratio 0.25 is too small', 'ratio 1e-9 is too small'],
  ['grouped number', 'limit of 1,000,000 reached', 'limit of 250 reached'],
  ['quoted value', "no column 'price'", "no column 'the amount'"],
  ['value in double quotes', 'cannot parse "abc"', 'cannot parse "x y z"'],
  ['boolean', 'bad state: open=true', 'bad state: open=false'],
  ['Unix path', 'cannot open /srv/shop/a.db', 'cannot open /home/ada/.cache/shop/b.db'],
  ['Windows path', 'cannot open C:\\Users\\ada\\a.db', 'cannot open D:\\shop\\data\\b.db'],
  [
    'object',
    'not callable: <shop.Cart object at 0x7f3a2b1c>',
    'not callable: <shop.Cart object at 0x10dead>',
  ],
  ['memory size', 'cannot allocate 512 MB', 'cannot allocate 1.5 GiB'],
  ['version', 'needs version 1.2.3', 'needs version 2.0.0-rc.1'],
  ['ordinal', 'bad 3rd argument', 'bad 21st argument'],
  ['process', 'worker [pid 4711] died', 'worker [pid 99] died'],
  [
    'trace id',
    'failed in trace 4bf92f3577b34da6a3ce929d0e0e4736',
    'failed in trace 00f067aa0ba902b7a3ce929d0e0e4736',
  ],
];

/** What carries a message where no frame does. */
export const MESSAGE_CARRIERS: readonly (readonly [name: string, text: (message: string) => string])[] = [
  [
    'Go panic',
    (message) =>
      `panic: ${message}\n\ngoroutine 1 [running]:\nruntime.main()\n\t/usr/lib/go/src/runtime/proc.go:283 +0x28b\nexit status 2\n`,
  ],
  [
    'what()',
    (message) =>
      `terminate called after throwing an instance of 'std::runtime_error'\n  what():  ${message}\nAborted (core dumped)\n`,
  ],
  [
    'Java without frames',
    (message) => `Exception in thread "main" java.lang.IllegalStateException: ${message}\n`,
  ],
  [
    'Rust panic',
    (message) =>
      `thread 'main' panicked at src/cart.rs:42:5:\n${message}\nnote: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace\n`,
  ],
  ['glibc abort', (message) => `*** ${message} ***: terminated\nAborted (core dumped)\n`],
];
