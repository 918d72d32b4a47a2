// Everything that Mayday can write to by HTTP, in the order in which people choose. One line for each.
import { discordTarget } from './target-discord.ts';
import { matrixTarget } from './target-matrix.ts';
import { maydayTarget } from './target-mayday.ts';
import { slackTarget } from './target-slack.ts';
import { teamsTarget } from './target-teams.ts';
import type { Target } from './target.ts';

export const TARGETS: readonly Target[] = [
  maydayTarget,
  slackTarget,
  teamsTarget,
  discordTarget,
  matrixTarget,
];

/** Undefined: written by another version of Mayday. */
export function targetNamed(name: string): Target | undefined {
  return TARGETS.find((target) => target.name === name);
}
