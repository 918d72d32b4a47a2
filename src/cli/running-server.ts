// Whether a server of this configuration runs here: what needs the data folder for itself asks first.
import type { Config } from '../app/config.ts';

const PROBE_MS = 2000;

/** The port on which a server of this configuration answers; null: none does. */
export async function runningServer(config: Config): Promise<number | null> {
  const ports = [
    [config.SUBMIT_SERVER_PORT, '/__lbheartbeat__'],
    [config.REPORTS_SERVER_PORT, '/healthz'],
  ] as const;
  for (const [port, path] of ports) {
    if (port === 0) continue;
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        signal: AbortSignal.timeout(PROBE_MS),
      });
      await answer.arrayBuffer();
      return port;
    } catch {
      // Nobody listens there, or nothing that speaks HTTP.
    }
  }
  return null;
}
