// Every protocol of the submit server. Adding one: its file, its line here, its page in docs/protocols/.
import type { Adapter } from './adapter.ts';
import { crashkit } from './crashkit-adapter.ts';
import { crashkit1 } from './crashkit1.ts';
import { crashpad } from './crashpad.ts';
import { health } from './health.ts';
import { sentry } from './sentry/sentry-adapter.ts';
import { syncthing } from './syncthing.ts';

export const ADAPTERS: readonly Adapter[] = [health, crashpad, crashkit, crashkit1, syncthing, sentry];
