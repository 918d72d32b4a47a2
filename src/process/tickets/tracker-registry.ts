// The trackers whose API Mayday speaks. Adding one: a file beside this one, a line here and in `TRACKER_KINDS`.
import type { TrackerKind } from '../../store/tickets.ts';
import { bugzilla } from './bugzilla.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { jira } from './jira.ts';
import type { TrackerClient } from './tracker-client.ts';

const CLIENTS: Readonly<Record<Exclude<TrackerKind, 'link'>, TrackerClient>> = {
  github,
  gitlab,
  jira,
  bugzilla,
};

/** Null: there is only the address of a form. */
export function trackerClient(kind: TrackerKind): TrackerClient | null {
  return kind === 'link' ? null : CLIENTS[kind];
}
