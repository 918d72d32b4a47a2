// The commands of `mayday`, in the order in which `mayday --help` shows them. Each is loaded only when it is named, so that
// `mayday version` does not wait for a database driver.
import type { CommandEntry } from './command.ts';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'Start the servers (submit, process, reports).',
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'demo',
    summary: 'Post one sample crash for every protocol to a running server.',
    load: () => import('./commands/demo.ts'),
  },
  {
    name: 'watch',
    summary: 'Run a program, restart it when it fails, and report its crashes.',
    load: () => import('./commands/watch.ts'),
  },
  {
    name: 'send',
    summary: 'Send minidumps, panic logs, CrashKit payloads or a Crashpad database to a server.',
    load: () => import('./commands/send.ts'),
  },
  {
    name: 'dump',
    summary: 'Process minidump files without a server, as JSON or text.',
    load: () => import('./commands/dump.ts'),
  },
  {
    name: 'attachment',
    summary: 'Write an attachment of a stored report to a file, byte for byte.',
    load: () => import('./commands/attachment-command.ts'),
  },
  {
    name: 'query',
    summary: 'Ask about filed crashes: how many, how often by what, when, which.',
    load: () => import('./commands/query-command.ts'),
  },
  {
    name: 'symbols',
    summary: 'Index and check Breakpad symbol files, and upload them.',
    load: () => import('./commands/symbols-command.ts'),
  },
  {
    name: 'reprocess',
    summary: 'Process stored reports again: with new code, symbols or rules.',
    load: () => import('./commands/reprocess-command.ts'),
  },
  {
    name: 'prune',
    summary: 'Remove reports past MAX_REPORTS_SIZE_MB or KEEP_DAYS, and orphan files.',
    load: () => import('./commands/prune-command.ts'),
  },
  {
    name: 'erase',
    summary:
      'Erase everything of a person, an installation, a product, an account, a search or a time for good.',
    load: () => import('./commands/erase-command.ts'),
  },
  {
    name: 'product',
    summary: 'Show and change what a product never stores, scrubs, and keeps for how long.',
    load: () => import('./commands/product-command.ts'),
  },
  {
    name: 'account',
    summary: 'Make, rename and close accounts, and put people into them.',
    load: () => import('./commands/account-command.ts'),
  },
  {
    name: 'audit',
    summary: 'Show who did what to what, and check that no line of that log was changed.',
    load: () => import('./commands/audit-log-command.ts'),
  },
  {
    name: 'export',
    summary: 'Write everything, or a part of it, in a documented format, while servers run.',
    load: () => import('./commands/export-command.ts'),
  },
  {
    name: 'import',
    summary: 'Take in an export, or what other crash report servers and clients keep.',
    load: () => import('./commands/import-command.ts'),
  },
  {
    name: 'backup',
    summary: 'Copy everything that the store holds, while servers run.',
    load: () => import('./commands/backup-command.ts'),
  },
  {
    name: 'restore',
    summary: 'Put a backup into an empty data folder.',
    load: () => import('./commands/restore-command.ts'),
  },
  {
    name: 'verify',
    summary: 'Read a whole store or backup, and tell what is wrong with it.',
    load: () => import('./commands/verify-command.ts'),
  },
  {
    name: 'repair',
    summary: 'Save what can be read of a damaged or missing database; deletes nothing.',
    load: () => import('./commands/repair-command.ts'),
  },
  {
    name: 'keys',
    summary: 'List the keys of stored secrets, or change them.',
    load: () => import('./commands/keys-command.ts'),
  },
  {
    name: 'doctor',
    summary: 'Examine the installation: folder, disk, ports, clock, a round trip, the proxy in front.',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'completion',
    summary: 'Print what bash, zsh or fish needs to complete commands and options.',
    load: async () => ({
      command: (await import('./commands/completion-command.ts')).completionCommand(COMMANDS),
    }),
  },
  { name: 'version', summary: 'Print the version.', load: () => import('./commands/version-command.ts') },
];
