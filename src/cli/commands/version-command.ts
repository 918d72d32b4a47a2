// `mayday version`: what is running here, in one line for people or as JSON.
import { versionInfo } from '../../app/version.ts';
import { readArguments } from '../arguments.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  usage: `Usage: mayday version [--json]

Prints the version of Mayday and of the Node that runs it.

  --json   source, version, commit, build and node as one JSON object
`,
  async run(args, io) {
    const { values } = readArguments(args, { json: { type: 'boolean' } });
    const info = versionInfo(io.env);
    if (values.json === true) io.out(`${JSON.stringify({ ...info, node: process.versions.node })}\n`);
    else {
      const commit = info.commit === '' ? '' : ` (${info.commit.slice(0, 10)})`;
      io.out(`mayday ${info.version}${commit}, Node ${process.versions.node}\n`);
    }
    return 0;
  },
};
