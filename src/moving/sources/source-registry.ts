// The foreign sources, in the order in which a folder is looked at: what is told by more comes first.
import { crashpadFolder } from './crashpad-folder.ts';
import { jamiFolder } from './jami-folder.ts';
import { miniBreakpad } from './mini-breakpad.ts';
import { sentryEvents } from './sentry-events.ts';
import { simpleBreakpad } from './simple-breakpad.ts';
import { socorroTree } from './socorro-tree.ts';
import type { Source } from './source.ts';
import { symbolFolder } from './symbol-folder.ts';

export const SOURCES: readonly Source[] = [
  simpleBreakpad,
  crashpadFolder,
  socorroTree,
  miniBreakpad,
  jamiFolder,
  sentryEvents,
  symbolFolder,
];
