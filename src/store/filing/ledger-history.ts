// The ledger's history: lines of bugs, departures by reprocessing, and what nobody has been told yet. Only written, never asked for.
import type { FiledCrash } from '../queue.ts';
import type { Changes, NewEvent } from './changes.ts';

const MAX_DETAIL = 10_000;

export class LedgerHistory {
  #events: NewEvent[] = [];
  readonly #departures = new Map<string, Changes['departures'][number]>();
  readonly #notices = new Map<string, Changes['notices'][number]>();

  /** Writes one line of history. */
  addEvent(event: NewEvent): void {
    this.#events.push({ ...event, detail: event.detail.slice(0, MAX_DETAIL) });
  }

  /** Reprocessing took a report of one bug to another. */
  addDeparture(from: number, to: number): void {
    this.#departures.set(`${from}:${to}`, { from, to });
  }

  /** People are to be told; of one bug and event the last counts. */
  addNotice(bugId: number, event: FiledCrash['event'], at: number): void {
    if (event === 'unchanged') return;
    const name = `${bugId}:${event}`;
    this.#notices.delete(name);
    this.#notices.set(name, { bugId, event, at });
  }

  takeChanges(): Pick<Changes, 'events' | 'departures' | 'notices'> {
    const changes = {
      events: this.#events,
      departures: [...this.#departures.values()],
      notices: [...this.#notices.values()],
    };
    this.clear();
    return changes;
  }

  clear(): void {
    this.#events = [];
    this.#departures.clear();
    this.#notices.clear();
  }
}
