// Whether people on other machines can open pages by a name: the reports server gives them only under names that it knows.
import type { Log } from '../base/log.ts';
import type { Config } from './config.ts';

/** Others than this machine can reach the reports server. */
export function listensBeyondLoopback({ REPORTS_SERVER_HOST }: Pick<Config, 'REPORTS_SERVER_HOST'>): boolean {
  return !/^(127\.|::1$|localhost$)/.test(REPORTS_SERVER_HOST);
}

/** A setting says under which name. */
export function isNamed(config: Pick<Config, 'PUBLIC_REPORTS_URL' | 'REPORTS_SERVER_NAMES'>): boolean {
  return config.PUBLIC_REPORTS_URL !== '' || config.REPORTS_SERVER_NAMES.length > 0;
}

/** Says at the start where people would find nothing but 421 under the name that they use. */
export function warnOfNames(
  config: Pick<Config, 'REPORTS_SERVER_HOST' | 'PUBLIC_REPORTS_URL' | 'REPORTS_SERVER_NAMES'>,
  log: Pick<Log, 'warn'>,
): void {
  if (!listensBeyondLoopback(config) || isNamed(config)) return;
  log.warn(
    { host: config.REPORTS_SERVER_HOST },
    'the reports server gives pages under its address and the name of this machine alone',
  );
}
