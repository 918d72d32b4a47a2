// Crashes of real runtimes under `mayday watch`: what each prints last is recognised, whole, and kept.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { inFolder, logs, watch } from './watching.ts';

interface Runtime {
  readonly name: string;
  /** The program without which the test is skipped. */
  readonly needs: string;
  readonly file: string;
  readonly source: string;
  readonly run: (file: string) => readonly string[];
  readonly trace: RegExp;
}

const node = (file: string): readonly string[] => [process.execPath, file];
const RUNTIMES: readonly Runtime[] = [
  {
    name: 'Node, uncaught',
    needs: process.execPath,
    file: 'a.js',
    source: 'console.error("log");\nfunction f() {\n  throw new TypeError("boom");\n}\nf();\n',
    run: node,
    trace:
      /^\S*a\.js:3\n {2}throw new TypeError\("boom"\);\n {2}\^\n\nTypeError: boom\n {4}at f \(.*a\.js:3:9\)\n/,
  },
  {
    name: 'Node, unhandled rejection',
    needs: process.execPath,
    file: 'a.mjs',
    source: 'console.error("log");\nawait Promise.reject(new Error("refused"));\n',
    run: node,
    trace: /^file:\/\/\S*a\.mjs:2\n.*\n +\^\n\nError: refused\n/,
  },
  {
    name: 'Python',
    needs: 'python3',
    file: 'a.py',
    source:
      'import sys, traceback\ntry:\n  1/0\nexcept Exception:\n  traceback.print_exc()\nsys.stderr.write("handled\\n")\nraise KeyError("lost")\n',
    run: (file) => ['python3', file],
    trace:
      /^Traceback \(most recent call last\):\n {2}File ".*a\.py", line 7, in <module>\n(?: .*\n)*KeyError: 'lost'\n$/,
  },
  {
    name: 'Ruby',
    needs: 'ruby',
    file: 'a.rb',
    source: '$stderr.puts "log"\ndef f\n  1 / 0\nend\nf\n',
    run: (file) => ['ruby', file],
    trace: /^\S*a\.rb:3:in [`'].*': divided by 0 \(ZeroDivisionError\)\n/,
  },
  {
    name: 'Java',
    needs: 'java',
    file: 'A.java',
    source:
      'public class A { public static void main(String[] a) { System.err.println("log"); throw new IllegalStateException("boom"); } }\n',
    run: (file) => ['java', file],
    trace: /^Exception in thread "main" java\.lang\.IllegalStateException: boom\n\tat A\.main\(A\.java:1\)\n/,
  },
  {
    name: 'C++',
    needs: 'g++',
    file: 'a.cc',
    source: '#include <stdexcept>\nint main() { throw std::runtime_error("boom"); }\n',
    run: (file) => ['sh', '-c', `g++ -o "${file}.out" "${file}" && exec "${file}.out"`],
    trace:
      /^terminate called after throwing an instance of 'std::runtime_error'\n {2}what\(\): {2}boom\n\[ended by SIGABRT: aborted\]\n/,
  },
];

for (const { name, needs, file, source, run, trace } of RUNTIMES) {
  const present = spawnSync('sh', ['-c', 'command -v "$0"', needs]).status === 0;
  test(name, { skip: present ? false : `${needs} is not installed` }, () =>
    inFolder(async (dir) => {
      const program = path.join(dir, file);
      writeFileSync(program, source);
      const { code } = await watch(path.join(dir, 'logs'), ['--once'], run(program));
      assert.notEqual(code, 0);
      const [log, ...others] = logs(path.join(dir, 'logs'));
      assert.equal(others.length, 0);
      assert.match(log?.text.replace(/^.*\nPanic at .*\n/, '') ?? '', trace);
    }),
  );
}
