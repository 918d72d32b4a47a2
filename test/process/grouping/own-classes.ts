// Classes of traces in words of our own, of every kind that tells a good grouping from a bad one: what must be one bug over builds, machines,
// wrappers, threads and languages of the system, and what must not become one.

/** Texts that must become one bug, or as many as there are. */
interface OwnClass {
  readonly must: 'same' | 'differ';
  readonly language: string;
  readonly name: string;
  readonly texts: readonly string[];
}

const same = (language: string, name: string, ...texts: readonly string[]): OwnClass => ({
  must: 'same',
  language,
  name,
  texts,
});
const differ = (language: string, name: string, ...texts: readonly string[]): OwnClass => ({
  must: 'differ',
  language,
  name,
  texts,
});

const java = (head: string, ...frames: readonly string[]): string =>
  [head, ...frames.map((frame) => (/^(?:Caused|\t|\.\.\.)/.test(frame) ? frame : `\tat ${frame}`)), ''].join(
    '\n',
  );
const node = (head: string, ...frames: readonly string[]): string =>
  [head, ...frames.map((frame) => `    at ${frame}`), ''].join('\n');
const python = (
  head: string,
  ...frames: readonly (readonly [file: string, line: number, name: string])[]
): string =>
  [
    'Traceback (most recent call last):',
    ...frames.flatMap(([file, line, name]) => [`  File "${file}", line ${line}, in ${name}`, '    go()']),
    head,
    '',
  ].join('\n');
const dotnet = (head: string, ...frames: readonly string[]): string =>
  [`Unhandled exception. ${head}`, ...frames.map((frame) => `   at ${frame}`), ''].join('\n');
const go = (head: string, ...calls: readonly string[]): string =>
  [
    head,
    '',
    'goroutine 1 [running]:',
    ...calls.flatMap((call, at) => [
      `${call}(0xc00001${at}, 0x2)`,
      `\t/build/ferry/${at}.go:${at + 11} +0x1f`,
    ]),
    'exit status 2',
    '',
  ].join('\n');
const rust = (head: string, ...frames: readonly string[]): string =>
  [
    head,
    'stack backtrace:',
    ...frames.map((frame, at) => `   ${at}: ${frame}\n             at ./src/ferry.rs:${at + 3}:9`),
    '',
  ].join('\n');
const php = (head: string, file: string, line: number, ...frames: readonly string[]): string =>
  [
    `PHP Fatal error:  Uncaught ${head} in ${file}:${line}`,
    'Stack trace:',
    ...frames.map((frame, at) => `#${at} ${frame}`),
    `#${frames.length} {main}`,
    `  thrown in ${file} on line ${line}`,
    '',
  ].join('\n');
const asan = (head: string, ...frames: readonly string[]): string =>
  [
    `==311==ERROR: AddressSanitizer: ${head}`,
    'READ of size 4 at 0x602000000011 thread T0',
    ...frames.map((frame, at) => `    #${at} 0x5581${at}a1 in ${frame}`),
    '',
  ].join('\n');
const gdb = (head: string, ...frames: readonly string[]): string =>
  [head, ...frames.map((frame, at) => `#${at}  0x00007f31${at}2ab in ${frame}`), ''].join('\n');

const tombstone = (pid: number, library: string, ...frames: readonly string[]): string =>
  [
    '*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***',
    `pid: ${pid}, tid: ${pid}, name: ferry  >>> com.example.ferry <<<`,
    `signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x${pid}`,
    'backtrace:',
    ...frames.map(
      (frame, at) => `      #0${at} pc ${(pid * 16).toString(16).padStart(16, '0')}  ${library} (${frame})`,
    ),
    '',
  ].join('\n');
const oops = (address: string, ...frames: readonly string[]): string =>
  [
    `BUG: unable to handle page fault for address: ${address}0000`,
    'Oops: 0000 [#1] PREEMPT SMP PTI',
    `CPU: 3 PID: 311 Comm: ferry Tainted: G           O      6.1.0 #1`,
    `RIP: 0010:${frames[0] ?? ''}`,
    'Call Trace:',
    ' <TASK>',
    ...frames.slice(1).map((frame) => ` ${frame}`),
    ' do_syscall_64+0x38/0x90',
    ' </TASK>',
    '',
  ].join('\n');
const valgrind = (pid: number, head: string, ...frames: readonly string[]): string =>
  [
    `==${pid}== ${head}`,
    ...frames.map((frame, at) => `==${pid}==    ${at === 0 ? 'at' : 'by'} 0x10${pid}${at}: ${frame}`),
    `==${pid}== `,
    '',
  ].join('\n');
const dart = (head: string, ...frames: readonly string[]): string =>
  [`Unhandled exception:`, head, ...frames.map((frame, at) => `#${at}      ${frame}`), ''].join('\n');
const elixir = (pid: string, head: string, ...frames: readonly string[]): string =>
  [
    `12:00:00.113 [error] Process #PID${pid} raised an exception`,
    `** (CaseClauseError) ${head}`,
    ...frames.map((frame) => `    ${frame}`),
    '',
  ].join('\n');

export const OWN_CLASSES: readonly OwnClass[] = [
  // Names that compilers and run-times make up
  same(
    'java',
    'a lambda that another one was written before',
    java('ferry.DockError: full', 'ferry.Dock.lambda$land$0(Dock.java:12)', 'ferry.Main.main(Main.java:3)'),
    java('ferry.DockError: full', 'ferry.Dock.lambda$land$1(Dock.java:15)', 'ferry.Main.main(Main.java:3)'),
  ),
  same(
    'java',
    'a mock and the class itself',
    java('ferry.DockError: full', 'ferry.Dock.land(Dock.java:12)', 'ferry.Main.main(Main.java:3)'),
    java(
      'ferry.DockError: full',
      'ferry.Dock$MockitoMock$1402$Xf1.land(Unknown Source)',
      'ferry.Dock.land(Dock.java:12)',
      'ferry.Main.main(Main.java:3)',
    ),
  ),
  same(
    'java',
    'a proxy of Hibernate, of another run',
    java(
      'ferry.DockError: full',
      'ferry.Dock$HibernateProxy$ahj2k.land(Unknown Source)',
      'ferry.Main.main(Main.java:3)',
    ),
    java(
      'ferry.DockError: full',
      'ferry.Dock$HibernateProxy$zz91b.land(Unknown Source)',
      'ferry.Main.main(Main.java:3)',
    ),
  ),
  same(
    'kotlin',
    'a suspended function, resumed',
    java(
      'java.lang.IllegalStateException: closed',
      'ferry.Dock$land$2.invokeSuspend(Dock.kt:20)',
      'kotlin.coroutines.jvm.internal.BaseContinuationImpl.resumeWith(ContinuationImpl.kt:33)',
    ),
    java(
      'java.lang.IllegalStateException: closed',
      'ferry.Dock$land$3.invokeSuspend(Dock.kt:24)',
      'kotlin.coroutines.jvm.internal.BaseContinuationImpl.resumeWith(ContinuationImpl.kt:33)',
    ),
  ),
  same(
    'scala',
    'an anonymous function of a method',
    java(
      'java.util.NoSuchElementException: None.get',
      'ferry.Dock$.$anonfun$land$1(Dock.scala:7)',
      'scala.Option.map(Option.scala:242)',
      'ferry.Main$.main(Main.scala:2)',
    ),
    java(
      'java.util.NoSuchElementException: None.get',
      'ferry.Dock$.$anonfun$land$3$adapted(Dock.scala:9)',
      'scala.Option.map(Option.scala:242)',
      'ferry.Main$.main(Main.scala:2)',
    ),
  ),
  same(
    '.net',
    'a local function of another number',
    dotnet(
      'System.InvalidOperationException: full',
      'Ferry.Dock.<Land>g__Tie|4_0(Int32 n) in C:\\a\\Dock.cs:line 5',
      'Ferry.Program.Main() in C:\\a\\P.cs:line 2',
    ),
    dotnet(
      'System.InvalidOperationException: full',
      'Ferry.Dock.<Land>g__Tie|7_1(Int32 n) in D:\\b\\Dock.cs:line 9',
      'Ferry.Program.Main() in D:\\b\\P.cs:line 2',
    ),
  ),
  same(
    '.net',
    'an async method as its state machine and as itself',
    dotnet(
      'System.InvalidOperationException: full',
      'Ferry.Dock.<LandAsync>d__12.MoveNext() in C:\\a\\Dock.cs:line 5',
      'Ferry.Program.Main() in C:\\a\\P.cs:line 2',
    ),
    dotnet(
      'System.InvalidOperationException: full',
      'Ferry.Dock.LandAsync() in C:\\a\\Dock.cs:line 5',
      'Ferry.Program.Main() in C:\\a\\P.cs:line 2',
    ),
  ),
  same(
    'php',
    'a closure as older and newer versions name it',
    php(
      'LogicException: full',
      '/srv/ferry/src/Dock.php',
      9,
      '[internal function]: Ferry\\Dock->Ferry\\{closure}(1)',
      '/srv/ferry/src/Dock.php(20): array_map(Object(Closure), Array)',
      '/srv/ferry/main.php(3): Ferry\\Dock->land()',
    ),
    php(
      'LogicException: full',
      '/srv/ferry/src/Dock.php',
      11,
      '[internal function]: Ferry\\Dock->Ferry\\{closure}(2)',
      '/srv/ferry/src/Dock.php(25): array_map(Object(Closure), Array)',
      '/srv/ferry/main.php(3): Ferry\\Dock->land()',
    ),
  ),
  same(
    'ruby',
    'a block, at another level',
    "/srv/ferry/dock.rb:7:in `block in land': full (ArgumentError)\n\tfrom /srv/ferry/dock.rb:5:in `each'\n\tfrom /srv/ferry/main.rb:2:in `<main>'\n",
    "/srv/ferry/dock.rb:9:in `block (2 levels) in land': full (ArgumentError)\n\tfrom /srv/ferry/dock.rb:6:in `each'\n\tfrom /srv/ferry/main.rb:2:in `<main>'\n",
  ),
  same(
    'ruby',
    'quotes and owners of another version',
    "/srv/ferry/dock.rb:7:in `land': full (ArgumentError)\n\tfrom /srv/ferry/main.rb:2:in `<main>'\n",
    "/srv/ferry/dock.rb:7:in 'Ferry::Dock#land': full (ArgumentError)\n\tfrom /srv/ferry/main.rb:2:in '<main>'\n",
  ),
  same(
    'go',
    'a closure, started as a goroutine',
    go('panic: full', 'ferry.example/dock.Land.func1', 'created by ferry.example/dock.Land'),
    go('panic: full', 'ferry.example/dock.Land.func2', 'created by ferry.example/dock.Land'),
  ),
  same(
    'go',
    'a method through its pointer wrapper',
    go('panic: full', 'ferry.example/dock.(*Dock).Land', 'main.main'),
    go('panic: full', 'ferry.example/dock.(*Dock).Land-fm', 'main.main'),
  ),
  same(
    'go',
    'type arguments',
    go('panic: full', 'ferry.example/dock.Land[go.shape.int]', 'main.main'),
    go('panic: full', 'ferry.example/dock.Land[...]', 'main.main'),
  ),
  same(
    'rust',
    'the hash of a symbol',
    rust(
      "thread 'main' panicked at src/ferry.rs:3:9:\nfull",
      'ferry::dock::land::h0123456789abcdef',
      'ferry::main::hfedcba9876543210',
    ),
    rust(
      "thread 'main' panicked at src/ferry.rs:3:9:\nfull",
      'ferry::dock::land::h1111111111111111',
      'ferry::main::h2222222222222222',
    ),
  ),
  same(
    'rust',
    'old and new words of a panic',
    rust("thread 'main' panicked at 'full', src/ferry.rs:3:9", 'ferry::dock::land', 'ferry::main'),
    rust("thread 'main' (311) panicked at src/ferry.rs:4:9:\nfull", 'ferry::dock::land', 'ferry::main'),
  ),
  same(
    'c++',
    'what a compiler appends',
    asan(
      'heap-buffer-overflow on address 0x602000000011',
      'ferry::Dock::land(int) /src/dock.cc:7',
      'main /src/main.cc:3',
    ),
    asan(
      'heap-buffer-overflow on address 0x602000000099',
      'ferry::Dock::land(int) [clone .constprop.1] /src/dock.cc:8',
      'main /src/main.cc:3',
    ),
  ),
  same(
    'c++',
    'namespaces of two standard libraries',
    asan(
      'heap-buffer-overflow on address 0x602000000011',
      'ferry::land(std::__1::vector<int> const&) /src/dock.cc:7',
      'main /src/main.cc:3',
    ),
    asan(
      'heap-buffer-overflow on address 0x602000000011',
      'ferry::land(std::__cxx11::vector<int> const&) /src/dock.cc:7',
      'main /src/main.cc:3',
    ),
  ),
  // Places
  same(
    'javascript',
    'another host, folder and query of one page',
    node(
      'TypeError: quay is undefined',
      'land (https://ferry.example/static/app.js?v=3:10:7)',
      'main (https://ferry.example/static/app.js?v=3:90:1)',
    ),
    node(
      'TypeError: quay is undefined',
      'land (http://localhost:3000/app.js:11:7)',
      'main (http://localhost:3000/app.js:92:1)',
    ),
  ),
  same(
    'javascript',
    'a chunk of another build',
    node(
      'TypeError: quay is undefined',
      'land (https://ferry.example/assets/dock-DfE3k9_a.js:1:900)',
      'main (https://ferry.example/assets/main-BBx91-zQ.js:1:40)',
    ),
    node(
      'TypeError: quay is undefined',
      'land (https://ferry.example/assets/dock-Q7rT0aaX.js:1:940)',
      'main (https://ferry.example/assets/main-C0ffEEqq.js:1:44)',
    ),
  ),
  same(
    'javascript',
    'drive letters and slashes',
    node(
      'TypeError: quay is undefined',
      'Dock.land (C:\\ferry\\src\\dock.js:10:7)',
      'main (C:\\ferry\\src\\main.js:9:1)',
    ),
    node(
      'TypeError: quay is undefined',
      'Dock.land (/home/ann/ferry/src/dock.js:12:7)',
      'main (/home/ann/ferry/src/main.js:9:1)',
    ),
  ),
  same(
    'python',
    'an environment elsewhere',
    python(
      'KeyError: 7',
      ['/usr/lib/python3.11/site-packages/click/core.py', 1130, 'main'],
      ['/opt/ferry/dock.py', 9, 'land'],
    ),
    python(
      'KeyError: 9',
      ['/home/ann/.venv/lib/python3.12/site-packages/click/core.py', 1161, 'main'],
      ['/home/ann/ferry/dock.py', 11, 'land'],
    ),
  ),
  same(
    'python',
    'carets and colours of a newer version',
    python('ValueError: full', ['/opt/ferry/main.py', 3, 'main'], ['/opt/ferry/dock.py', 9, 'land']),
    'Traceback (most recent call last):\n  File \u001b[35m"/opt/ferry/main.py"\u001b[0m, line \u001b[35m3\u001b[0m, in \u001b[35mmain\u001b[0m\n    \u001b[31mland\u001b[0m\u001b[1;31m()\u001b[0m\n    \u001b[31m~~~~\u001b[0m\u001b[1;31m^^\u001b[0m\n  File \u001b[35m"/opt/ferry/dock.py"\u001b[0m, line \u001b[35m9\u001b[0m, in \u001b[35mland\u001b[0m\n    raise ValueError("full")\n\u001b[1;35mValueError\u001b[0m: \u001b[35mfull\u001b[0m\n',
  ),
  // Recursion
  same(
    'python',
    'how often a function called itself',
    python(
      'ValueError: full',
      ['/opt/ferry/main.py', 3, 'main'],
      ['/opt/ferry/dock.py', 9, 'walk'],
      ['/opt/ferry/dock.py', 9, 'walk'],
      ['/opt/ferry/dock.py', 12, 'land'],
    ),
    python(
      'ValueError: full',
      ['/opt/ferry/main.py', 3, 'main'],
      ['/opt/ferry/dock.py', 9, 'walk'],
      ['/opt/ferry/dock.py', 12, 'land'],
    ),
  ),
  same(
    'go',
    'where in its cycle a stack overflowed',
    go(
      'runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow',
      ...Array.from({ length: 12 }, (_, at) => `ferry.example/dock.${at % 2 === 0 ? 'Tie' : 'Untie'}`),
      'main.main',
    ),
    go(
      'runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow',
      ...Array.from({ length: 13 }, (_, at) => `ferry.example/dock.${at % 2 === 0 ? 'Untie' : 'Tie'}`),
      'main.main',
    ),
  ),
  // Wrappers and causes
  same(
    'java',
    'wrapped by a future, or not',
    java(
      'java.io.IOException: port 4411 is taken',
      'ferry.Dock.open(Dock.java:8)',
      'ferry.Main.main(Main.java:3)',
    ),
    java(
      'java.util.concurrent.ExecutionException: java.io.IOException: port 9 is taken',
      'java.base/java.util.concurrent.FutureTask.report(FutureTask.java:122)',
      'ferry.Main.main(Main.java:9)',
      'Caused by: java.io.IOException: port 9 is taken',
      'ferry.Dock.open(Dock.java:8)',
      'ferry.Main.lambda$main$0(Main.java:4)',
      '\t... 3 more',
    ),
  ),
  same(
    'python',
    'raised from, or by itself',
    python('ValueError: full', ['/opt/ferry/dock.py', 9, 'land']),
    `${python('ValueError: full', ['/opt/ferry/dock.py', 9, 'land'])}\nThe above exception was the direct cause of the following exception:\n\n${python('RuntimeError: cannot land', ['/opt/ferry/main.py', 3, 'main'])}`,
  ),
  same(
    '.net',
    'inside of an AggregateException, or by itself',
    dotnet('System.InvalidOperationException: full', 'Ferry.Dock.Land() in C:\\a\\Dock.cs:line 5'),
    'Unhandled exception. System.AggregateException: One or more errors occurred. (full)\n ---> System.InvalidOperationException: full\n   at Ferry.Dock.Land() in C:\\a\\Dock.cs:line 5\n   --- End of inner exception stack trace ---\n   at System.Threading.Tasks.Task.Wait()\n   at Ferry.Program.Main() in C:\\a\\P.cs:line 2\n',
  ),
  same(
    'javascript',
    'with a cause in braces, or by itself',
    node('RangeError: full', 'Dock.land (/srv/ferry/dock.js:4:9)', 'main (/srv/ferry/main.js:2:1)'),
    'Error: cannot land\n    at main (/srv/ferry/main.js:7:9) {\n  [cause]: RangeError: full\n      at Dock.land (/srv/ferry/dock.js:4:9)\n      at main (/srv/ferry/main.js:2:1)\n}\n',
  ),
  same(
    'java',
    'an overflow in the run-time, wrapped or not',
    java(
      'java.lang.StackOverflowError',
      ...Array.from({ length: 9 }, () => 'java.util.HashMap.hash(HashMap.java:339)'),
    ),
    java(
      'java.util.concurrent.ExecutionException: java.lang.StackOverflowError',
      'ferry.Pool.get(Pool.java:4)',
      'Caused by: java.lang.StackOverflowError',
      ...Array.from({ length: 7 }, () => 'java.util.HashMap.hash(HashMap.java:339)'),
    ),
  ),
  same(
    'java',
    'an anonymous subclass of an exception behind the words of a logger',
    java('ferry.DockException$4: full', 'ferry.Dock.land(Dock.java:12)', 'ferry.Main.main(Main.java:3)'),
    java(
      '2026-03-14 12:00:00,123 ERROR [main] ferry.Main - ferry.DockException$6: full',
      'ferry.Dock.land(Dock.java:12)',
      'ferry.Main.main(Main.java:3)',
    ),
  ),
  // Helpers
  same(
    'java',
    'a check of the JDK in another version',
    java(
      'java.lang.IndexOutOfBoundsException: Index 5 out of bounds for length 3',
      'java.base/jdk.internal.util.Preconditions.outOfBounds(Preconditions.java:100)',
      'java.base/java.util.Objects.checkIndex(Objects.java:385)',
      'java.base/java.util.ArrayList.get(ArrayList.java:427)',
      'ferry.Dock.land(Dock.java:8)',
    ),
    java(
      'java.lang.IndexOutOfBoundsException: Index 9 out of bounds for length 2',
      'java.util.ArrayList.rangeCheck(ArrayList.java:659)',
      'java.util.ArrayList.get(ArrayList.java:435)',
      'ferry.Dock.land(Dock.java:8)',
    ),
  ),
  differ(
    'java',
    'two callers of one check',
    java(
      'java.lang.IllegalArgumentException: no quay',
      'ferry.Checks.requireQuay(Checks.java:4)',
      'ferry.Dock.land(Dock.java:8)',
    ),
    java(
      'java.lang.IllegalArgumentException: no quay',
      'ferry.Checks.requireQuay(Checks.java:4)',
      'ferry.Tug.pull(Tug.java:8)',
    ),
  ),
  differ(
    'python',
    'two callers of raise_for_status',
    python(
      'requests.exceptions.HTTPError: 500 Server Error',
      ['/opt/ferry/dock.py', 9, 'land'],
      ['/usr/lib/python3/dist-packages/requests/models.py', 1021, 'raise_for_status'],
    ),
    python(
      'requests.exceptions.HTTPError: 500 Server Error',
      ['/opt/ferry/tug.py', 9, 'pull'],
      ['/usr/lib/python3/dist-packages/requests/models.py', 1021, 'raise_for_status'],
    ),
  ),
  differ(
    'c++',
    'two callers of memcpy',
    gdb(
      'Program terminated with signal SIGSEGV, Segmentation fault.',
      'memcpy () from /lib/libc.so.6',
      'ferry::Dock::land (this=0x0) at dock.cc:4',
      'main () at main.cc:2',
    ),
    gdb(
      'Program terminated with signal SIGSEGV, Segmentation fault.',
      'memcpy () from /lib/libc.so.6',
      'ferry::Tug::pull (this=0x0) at tug.cc:4',
      'main () at main.cc:2',
    ),
  ),
  // Messages
  same(
    'c++',
    'values in what()',
    "terminate called after throwing an instance of 'ferry::Full'\n  what():  quay 17 at 10.1.2.3:80 was full for 350 ms\n",
    "terminate called after throwing an instance of 'ferry::Full'\n  what():  quay 4 at 192.168.0.9:8080 was full for 2.5 s\n",
  ),
  differ(
    'c++',
    'two things that are said without a frame',
    "terminate called after throwing an instance of 'std::runtime_error'\n  what():  quay is full\n",
    "terminate called after throwing an instance of 'std::runtime_error'\n  what():  rope is torn\n",
  ),
  differ(
    'c',
    'two assertions in one function',
    "ferry: dock.c:12: land: Assertion `quay != NULL' failed.\nAborted (core dumped)\n",
    "ferry: dock.c:19: land: Assertion `ropes > 0' failed.\nAborted (core dumped)\n",
  ),
  same(
    'c',
    'an assertion a few lines lower',
    "ferry: dock.c:12: land: Assertion `quay != NULL' failed.\nAborted (core dumped)\n",
    "ferry: /build/ferry-2.1/src/dock.c:40: land: Assertion `quay != NULL' failed.\nAborted\n",
  ),
  differ(
    'python',
    'two modules that are missing',
    python("ModuleNotFoundError: No module named 'rope'", ['/opt/ferry/main.py', 1, '<module>']),
    python("ModuleNotFoundError: No module named 'anchor'", ['/opt/ferry/main.py', 1, '<module>']),
  ),
  same(
    'go',
    'a map that is written at the same time, with another number of goroutines',
    `${go('fatal error: concurrent map writes', 'ferry.example/dock.(*Dock).Land', 'main.main')}\ngoroutine 9 [select]:\nferry.example/tug.Run(0x1)\n\t/build/ferry/tug.go:3 +0x4\n`,
    go('fatal error: concurrent map writes', 'ferry.example/dock.(*Dock).Land', 'main.main'),
  ),
  differ(
    'go',
    'two run-time errors in one function',
    go('panic: runtime error: index out of range [3] with length 1', 'ferry.example/dock.Land', 'main.main'),
    go(
      'panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x457922a]',
      'ferry.example/dock.Land',
      'main.main',
    ),
  ),
  // Whose a frame is
  same(
    'php',
    'through another version of a framework',
    php(
      'LogicException: full',
      '/srv/ferry/vendor/laravel/framework/src/Illuminate/Routing/Router.php',
      700,
      '/srv/ferry/app/Dock.php(9): Illuminate\\Routing\\Router->call()',
      '/srv/ferry/public/index.php(3): App\\Dock->land()',
    ),
    php(
      'LogicException: full',
      '/srv/ferry/vendor/laravel/framework/src/Illuminate/Routing/Router.php',
      806,
      '/srv/ferry/vendor/laravel/framework/src/Illuminate/Pipeline.php(44): Illuminate\\Routing\\Router->call()',
      '/srv/ferry/app/Dock.php(12): Illuminate\\Pipeline->run()',
      '/srv/ferry/public/index.php(3): App\\Dock->land()',
    ),
  ),
  same(
    'javascript',
    'through another release of an installed package',
    node(
      'TypeError: quay is undefined',
      'Layer.handle (/srv/ferry/node_modules/express/lib/router/layer.js:95:5)',
      'land (/srv/ferry/src/dock.js:4:9)',
    ),
    node(
      'TypeError: quay is undefined',
      'handleRequest (/srv/ferry/node_modules/.pnpm/express@5.1.0/node_modules/express/lib/layer.js:152:17)',
      'land (/srv/ferry/src/dock.js:4:9)',
    ),
  ),
  differ(
    'java',
    'programs that live below org.eclipse',
    java(
      'java.lang.IllegalStateException: full',
      'org.eclipse.ferry.Dock.land(Dock.java:4)',
      'org.eclipse.ferry.Main.main(Main.java:2)',
    ),
    java(
      'java.lang.IllegalStateException: full',
      'org.eclipse.ferry.Tug.pull(Tug.java:4)',
      'org.eclipse.ferry.Main.main(Main.java:2)',
    ),
  ),
  // Threads, loggers, devices
  same(
    'java',
    'in another thread, on Android and not',
    java(
      'Exception in thread "main" ferry.DockError: full',
      'ferry.Dock.land(Dock.java:12)',
      'ferry.Main.main(Main.java:3)',
    ),
    java(
      'FATAL EXCEPTION: pool-3-thread-9\nProcess: ferry, PID: 4471\nferry.DockError: full',
      'ferry.Dock.land(Dock.java:12)',
      'ferry.Main.run(Main.java:8)',
      'java.lang.Thread.run(Thread.java:1012)',
    ),
  ),
  same(
    'python',
    'printed by a logger with a time on the line',
    python('ValueError: full', ['/opt/ferry/dock.py', 9, 'land']),
    `2026-03-14 12:00:01,113 ERROR ferry.main cannot land\n${python('ValueError: full', ['/opt/ferry/dock.py', 9, 'land'])}`,
  ),
  same(
    'javascript',
    'uncaught, in a promise, or logged',
    node('TypeError: quay is undefined', 'land (/srv/ferry/dock.js:4:9)', 'main (/srv/ferry/main.js:2:1)'),
    node(
      'Uncaught (in promise) TypeError: quay is undefined',
      'land (/srv/ferry/dock.js:4:9)',
      'main (/srv/ferry/main.js:2:1)',
    ),
    `/srv/ferry/dock.js:4\n  quay.tie();\n       ^\n\n${node('TypeError: quay is undefined', 'land (/srv/ferry/dock.js:4:9)', 'main (/srv/ferry/main.js:2:1)')}\nNode.js v22.3.0\n`,
  ),
  same(
    'c++',
    'lldb on one system, gdb on another',
    "* thread #1, queue = 'com.apple.main-thread', stop reason = EXC_BAD_ACCESS (code=1, address=0x10)\n  * frame #0: 0x0000000100003f10 ferry`ferry::Dock::land(this=0x0) at dock.cc:4:9\n    frame #1: 0x0000000100003f60 ferry`main at main.cc:2:1\n",
    gdb(
      'Program received signal SIGSEGV, Segmentation fault.',
      'ferry::Dock::land (this=0x0) at dock.cc:9',
      'main () at main.cc:2',
    ),
  ),
  same(
    'c++',
    'a tombstone of another process and build folder',
    tombstone(
      4471,
      '/data/app/ferry-1/lib/arm64/libferry.so',
      'ferry::Dock::land(int)+24',
      'ferry::Main::run()+96',
    ),
    tombstone(
      9,
      '/data/app/ferry-7xk==/lib/arm64/libferry.so',
      'ferry::Dock::land(int)+40',
      'ferry::Main::run()+100',
    ),
  ),
  same(
    'c',
    'an oops of the kernel at another address',
    oops('ffff888003c4', 'land_quay+0x24/0x90 [ferry]', 'ferry_ioctl+0x11/0x40 [ferry]'),
    oops('ffff99911111', 'land_quay+0x30/0x98 [ferry]', 'ferry_ioctl+0x15/0x44 [ferry]'),
  ),
  same(
    'c',
    'Valgrind with another process number',
    valgrind(311, 'Invalid read of size 4', 'land (dock.c:4)', 'main (main.c:2)'),
    valgrind(4012, 'Invalid read of size 4', 'land (dock.c:9)', 'main (main.c:3)'),
  ),
  differ(
    'c',
    'two findings of Valgrind in one function',
    valgrind(311, 'Invalid read of size 4', 'land (dock.c:4)', 'main (main.c:2)'),
    valgrind(
      311,
      'Conditional jump or move depends on uninitialised value(s)',
      'land (dock.c:4)',
      'main (main.c:2)',
    ),
  ),
  same(
    'dart',
    'lines and versions of packages',
    dart(
      'Bad state: No element',
      'Dock.land (package:ferry/dock.dart:12:7)',
      'main (package:ferry/main.dart:3:1)',
    ),
    dart(
      'Bad state: No element',
      'Dock.land (package:ferry/dock.dart:15:9)',
      'run (package:ferry/run.dart:3:1)',
    ),
  ),
  same(
    'dart',
    'closures',
    dart(
      'Bad state: No element',
      'Dock.land.<anonymous closure> (package:ferry/dock.dart:12:7)',
      'main (package:ferry/main.dart:3:1)',
    ),
    dart(
      'Bad state: No element',
      'Dock.land.<anonymous closure> (package:ferry/dock.dart:19:7)',
      'main (package:ferry/main.dart:3:1)',
    ),
  ),
  same(
    'elixir',
    'a process of another number',
    elixir(
      '<0.214.0>',
      'no case clause matching: 7',
      '(ferry 0.1.0) lib/ferry/dock.ex:12: Ferry.Dock.land/1',
      '(ferry 0.1.0) lib/ferry/main.ex:3: Ferry.Main.run/0',
    ),
    elixir(
      '<0.9.0>',
      'no case clause matching: 9',
      '(ferry 0.2.0) lib/ferry/dock.ex:14: Ferry.Dock.land/1',
      '(ferry 0.2.0) lib/ferry/main.ex:5: Ferry.Main.run/0',
    ),
  ),
  same(
    'perl',
    'another line and folder',
    'Quay is full at /srv/ferry/Dock.pm line 12.\n\tFerry::Dock::land(7) called at /srv/ferry/main.pl line 3\n\tmain::run() called at /srv/ferry/main.pl line 9\n',
    'Quay is full at /home/ann/Dock.pm line 15.\n\tFerry::Dock::land(9) called at /home/ann/main.pl line 4\n\tmain::run() called at /home/ann/main.pl line 9\n',
  ),
  same(
    'lua',
    'another folder',
    "lua: /srv/ferry/dock.lua:12: attempt to index a nil value (local 'quay')\nstack traceback:\n\t/srv/ferry/dock.lua:12: in function 'land'\n\t/srv/ferry/main.lua:3: in main chunk\n\t[C]: in ?\n",
    "lua: ./dock.lua:14: attempt to index a nil value (local 'quay')\nstack traceback:\n\t./dock.lua:14: in function 'land'\n\t./main.lua:3: in main chunk\n\t[C]: in ?\n",
  ),
  same(
    'java',
    'as a record of JSON, and as text',
    java('ferry.DockError: full', 'ferry.Dock.land(Dock.java:12)', 'ferry.Main.main(Main.java:3)'),
    `${JSON.stringify({ '@timestamp': '2026-03-14T12:00:00Z', level: 'ERROR', logger_name: 'ferry.Main', message: 'cannot land', stack_trace: java('ferry.DockError: full', 'ferry.Dock.land(Dock.java:19)', 'ferry.Main.main(Main.java:8)') })}\n`,
  ),
  same(
    'javascript',
    'as the record of a logger, and as text',
    node('TypeError: quay is undefined', 'land (/srv/ferry/dock.js:4:9)', 'main (/srv/ferry/main.js:2:1)'),
    `${JSON.stringify({ level: 50, time: 1741953600000, pid: 311, hostname: 'quay7', err: { type: 'TypeError', message: 'quay is undefined', stack: node('TypeError: quay is undefined', 'land (/srv/ferry/dock.js:9:9)', 'main (/srv/ferry/main.js:2:1)').trimEnd() }, msg: 'cannot land' })}\n`,
  ),
  same(
    '.net',
    'in another language of the system',
    'Unhandled exception. System.InvalidOperationException: full\n   at Ferry.Dock.Land() in C:\\a\\Dock.cs:line 5\n   at Ferry.Program.Main() in C:\\a\\P.cs:line 2\n',
    'Unbehandelte Ausnahme: System.InvalidOperationException: full\n   bei Ferry.Dock.Land() in C:\\a\\Dock.cs:Zeile 5.\n   bei Ferry.Program.Main() in C:\\a\\P.cs:Zeile 2.\n',
  ),
  same(
    'go',
    'behind the names of containers',
    go('panic: full', 'ferry.example/dock.Land', 'main.main'),
    go('panic: full', 'ferry.example/dock.Land', 'main.main')
      .split('\n')
      .map((line) => `ferry-1  | ${line}`)
      .join('\n'),
  ),
  same(
    'java',
    'in a stack that the device has cut',
    java(
      'ferry.DockError: full',
      'ferry.Dock.land(Dock.java:12)',
      'ferry.Crew.work(Crew.java:7)',
      'ferry.Main.main(Main.java:3)',
    ),
    java('ferry.DockError: full', 'ferry.Dock.land(Dock.java:12)'),
  ),
  same(
    'java',
    'a program that lives in a library, whoever wraps what it threw',
    java(
      'org.apache.ferry.DockError: full',
      'org.apache.ferry.Dock.land(Dock.java:12)',
      'org.apache.ferry.Main.main(Main.java:3)',
    ),
    `${java('java.lang.RuntimeException: failed', 'harbour.Runner.start(Runner.java:4)')}Caused by: ${java(
      'org.apache.ferry.DockError: full',
      'org.apache.ferry.Dock.land(Dock.java:12)',
      'org.apache.ferry.Main.main(Main.java:3)',
    )}`,
  ),
  same(
    'java',
    'a cause without a stack, with something suppressed or without',
    `${java('ferry.DockError: full', 'ferry.Dock.land(Dock.java:12)')}Caused by: ferry.TideError: low\n`,
    `${java('ferry.DockError: full', 'ferry.Dock.land(Dock.java:12)')}Caused by: ferry.TideError: low\n\tSuppressed: java.io.IOException: closed\n\t\tat ferry.Rope.close(Rope.java:2)\n`,
  ),
  same(
    'rust',
    'a panic, and what it brought about in the thread that waited',
    "thread 'worker' panicked at src/dock.rs:7:9:\nfull\n",
    "thread 'worker' panicked at src/dock.rs:7:9:\nfull\nthread 'main' panicked at src/main.rs:3:9:\ncalled `Result::unwrap()` on an `Err` value: Any { .. }\n",
  ),
  same(
    'rust',
    'a panic, and another one while it was unwinding',
    "thread 'main' panicked at src/dock.rs:7:9:\nfull\n",
    "thread 'main' panicked at src/dock.rs:7:9:\nfull\nstack backtrace:\nthread 'main' panicked at src/rope.rs:3:9:\ntorn\nstack backtrace:\nthread 'main' panicked at library/core/src/panicking.rs:233:5:\npanic in a destructor during cleanup\nthread caused non-unwinding panic. aborting.\n",
  ),
  same(
    'c++',
    'a place that a debugger shows below the handler of its signal, or at once',
    'Program received signal SIGSEGV, Segmentation fault.\n#0  0x00007ffff7e4a in raise () from /lib/libc.so.6\n#1  0x000055555 in on_signal (number=11) at crash.cc:5\n#2  <signal handler called>\n#3  0x0000555555 in ferry::land (boat=0x0) at dock.cc:7\n#4  0x0000555566 in main () at main.cc:3\n',
    'Program received signal SIGSEGV, Segmentation fault.\n#0  0x0000555555 in ferry::land (boat=0x0) at dock.cc:7\n#1  0x0000555566 in main () at main.cc:3\n',
  ),
  differ(
    'c++',
    'a handler that crashes by itself, whatever it interrupted, and what it interrupted',
    'Program received signal SIGSEGV, Segmentation fault.\n#0  0x000055555 in ferry::on_alarm (number=14) at alarm.cc:5\n#1  <signal handler called>\n#2  0x0000555555 in ferry::land (boat=0x0) at dock.cc:7\n',
    'Program received signal SIGSEGV, Segmentation fault.\n#0  0x0000555555 in ferry::land (boat=0x0) at dock.cc:7\n#1  0x0000555566 in main () at main.cc:3\n',
  ),
  same(
    'java',
    'an overflow that was cut to what the run-time did when the stack was full',
    java('java.lang.StackOverflowError', 'java.lang.String.length(String.java:5)'),
    java('java.lang.StackOverflowError', 'java.util.HashMap.hash(HashMap.java:9)'),
  ),
  // What must stay apart
  differ(
    'java',
    'entries of maps that are asked for their value at two places',
    java('ferry.DockError: full', 'ferry.Berth.getValue(Berth.java:5)', 'ferry.Dock.land(Dock.java:12)'),
    java('ferry.DockError: full', 'ferry.Berth.getValue(Berth.java:5)', 'ferry.Tug.pull(Tug.java:3)'),
  ),
  differ(
    'python',
    'items of one collection that are asked for at two places',
    python('KeyError: 7', ['/opt/ferry/dock.py', 3, 'land'], ['/opt/ferry/berths.py', 9, '__getitem__']),
    python('KeyError: 7', ['/opt/ferry/tug.py', 3, 'pull'], ['/opt/ferry/berths.py', 9, '__getitem__']),
  ),
  differ(
    'rust',
    'a panic that was caught, and a later one',
    "thread 'main' panicked at src/dock.rs:7:9:\nfull\n",
    "thread 'main' panicked at src/dock.rs:7:9:\nfull\nnote: run with `RUST_BACKTRACE=1`\nthread 'main' panicked at src/rope.rs:3:9:\ntorn\n",
  ),
  differ(
    'java',
    'lambdas in two methods of one class',
    java('ferry.DockError: full', 'ferry.Dock.lambda$land$0(Dock.java:12)', 'ferry.Main.main(Main.java:3)'),
    java('ferry.DockError: full', 'ferry.Dock.lambda$leave$0(Dock.java:40)', 'ferry.Main.main(Main.java:3)'),
  ),
  differ(
    '.net',
    'two kinds at one place',
    dotnet('System.InvalidOperationException: full', 'Ferry.Dock.Land() in C:\\a\\Dock.cs:line 5'),
    dotnet('System.ArgumentNullException: full', 'Ferry.Dock.Land() in C:\\a\\Dock.cs:line 5'),
  ),
  differ(
    'c++',
    'two kinds of misuse of memory at one place',
    asan(
      'heap-use-after-free on address 0x602000000011',
      'ferry::Dock::land(int) /src/dock.cc:7',
      'main /src/main.cc:3',
    ),
    asan(
      'heap-buffer-overflow on address 0x602000000011',
      'ferry::Dock::land(int) /src/dock.cc:7',
      'main /src/main.cc:3',
    ),
  ),
  differ(
    'rust',
    'two kinds of panics of the library in one function',
    rust(
      "thread 'main' panicked at src/ferry.rs:3:9:\nindex out of bounds: the len is 3 but the index is 9",
      'core::panicking::panic_bounds_check',
      'ferry::dock::land',
      'ferry::main',
    ),
    rust(
      "thread 'main' panicked at src/ferry.rs:4:9:\ncalled `Option::unwrap()` on a `None` value",
      'core::option::unwrap_failed',
      'ferry::dock::land',
      'ferry::main',
    ),
  ),
  differ(
    'ruby',
    'one name in two files',
    "/srv/ferry/dock.rb:7:in `land': full (ArgumentError)\n\tfrom /srv/ferry/main.rb:2:in `<main>'\n",
    "/srv/ferry/tug.rb:7:in `land': full (ArgumentError)\n\tfrom /srv/ferry/main.rb:2:in `<main>'\n",
  ),
  differ(
    'python',
    'modules of one name in two packages',
    python('KeyError: 7', ['/opt/ferry/main.py', 3, 'main'], ['/opt/ferry/dock/views.py', 9, 'show']),
    python('KeyError: 7', ['/opt/ferry/main.py', 3, 'main'], ['/opt/ferry/tug/views.py', 9, 'show']),
  ),
];
