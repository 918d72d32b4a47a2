// The languages that have a client library: how to see whether their runtime is here, and how to run their sample.

/** One language of the contract suite. Commands run in the language's folder; `{build}` is a fresh temporary folder. */
export interface Language {
  /** The folder under `clients/`, and the name in test titles. */
  readonly name: string;
  /** The value of the report's `language`. */
  readonly language: string;
  /** Commands that succeed where the runtime is there; their failure is the reason for a skip. */
  readonly probes: readonly (readonly string[])[];
  /** Commands that run once before the first sample (compilers). */
  readonly prepare: readonly (readonly string[])[];
  /** The command that runs the sample; the scenario is appended. */
  readonly run: readonly string[];
  /** What the runtime prints differently from run to run: addresses. */
  readonly varies?: RegExp;
}

/** Every language whose library is here. */
export const LANGUAGES: readonly Language[] = [
  {
    name: 'python',
    language: 'python',
    probes: [['python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 8))']],
    prepare: [],
    run: ['python3', 'sample/sample.py'],
  },
  {
    name: 'javascript',
    language: 'javascript',
    probes: [['node', '--version']],
    prepare: [],
    // The library raises the limit of ten frames; without it the programs print what Node prints with the higher one.
    run: ['node', '--stack-trace-limit=50', 'sample/sample.js'],
  },
  {
    name: 'ruby',
    language: 'ruby',
    probes: [['ruby', '-e', 'exit(RUBY_VERSION >= "2.7")']],
    prepare: [],
    run: ['ruby', 'sample/sample.rb'],
  },
  {
    name: 'java',
    language: 'java',
    probes: [
      ['javac', '-version'],
      ['java', '-version'],
    ],
    prepare: [['javac', '-g', '-d', '{build}', 'Mayday.java', 'sample/Sample.java']],
    run: ['java', '-cp', '{build}', 'Sample'],
  },
  {
    name: 'csharp',
    language: 'csharp',
    probes: [
      ['mcs', '--version'],
      ['mono', '--version'],
    ],
    prepare: [
      ['mcs', '-debug', '-langversion:7', '-out:{build}/sample.exe', 'Mayday.cs', 'sample/Sample.cs'],
    ],
    run: ['mono', '--debug', '{build}/sample.exe'],
  },
  {
    name: 'php',
    language: 'php',
    probes: [['php', '-r', 'exit(PHP_VERSION_ID >= 70400 ? 0 : 1);']],
    prepare: [],
    run: ['php', 'sample/sample.php'],
  },
  {
    name: 'go',
    language: 'go',
    // log/slog is in Go 1.21, debug.SetCrashOutput in 1.23.
    probes: [['go', 'list', '.']],
    prepare: [['go', 'build', '-buildvcs=false', '-o', '{build}/sample', './sample']],
    run: ['{build}/sample'],
    varies: /0x[0-9a-f]+/g,
  },
];
