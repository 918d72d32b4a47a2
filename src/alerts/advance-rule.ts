// When a rule fires, ends, waits and tells: from readings to findings. The same function evaluates a rule and previews it, so that a
// preview says what would have happened. States: see `AlertState`.
import type { AlertFinding, AlertOutcome, AlertRuleFields, AlertState } from '../store/alerts.ts';
import { isQuiet } from './alert-quiet-hours.ts';
import { MINUTE_MS } from './moments.ts';
import type { Reading } from './readings.ts';

/** Findings that wait; of more only the number is kept. */
const MAX_HELD = 50;

export const NEVER_FIRED: AlertState = {
  since: null,
  lastFiredAt: null,
  isTold: false,
  held: [],
  heldMore: 0,
  problem: null,
};

export interface Step {
  /** Readings that are used up: those up to the first message, or all. */
  readonly used: number;
  readonly state: AlertState;
  readonly findings: readonly { readonly finding: AlertFinding; readonly outcome: AlertOutcome }[];
  /** What is told now, with what waited; null: nothing. */
  readonly told: {
    readonly at: number;
    readonly findings: readonly AlertFinding[];
    readonly more: number;
  } | null;
}

type Rule = Pick<AlertRuleFields, 'condition' | 'everyMinutes' | 'tellsEnd' | 'quiet' | 'mutedUntil'>;

/** Goes through readings, oldest first, up to and including the first one at which something is told. */
export function advanceRule(rule: Rule, before: AlertState, readings: readonly Reading[]): Step {
  const isOfBugs = rule.condition.kind === 'bugs';
  const state: { -readonly [K in keyof AlertState]: AlertState[K] } = { ...before, problem: null };
  const findings: { finding: AlertFinding; outcome: AlertOutcome }[] = [];
  for (const [index, reading] of readings.entries()) {
    const { at } = reading;
    const found = isOfBugs ? bugsFound(reading) : holding(rule, state, reading);
    Object.assign(state, found.state);
    const canTell = !isMuted(rule, at) && !isQuiet(rule.quiet, at) && (!isOfBugs || isDue(rule, state, at));
    if (found.finding !== null) {
      const outcome = found.tells ? outcomeOf(rule, at, canTell) : 'logged';
      findings.push({ finding: found.finding, outcome });
      const isForPeople = outcome === 'told' || outcome === 'held';
      if (found.finding.what === 'fired') state.isTold = isForPeople;
      if (isForPeople) Object.assign(state, heldBack(state, found.finding));
    }
    if (canTell && state.held.length > 0) {
      const told = { at, findings: state.held, more: state.heldMore };
      Object.assign(state, { held: [], heldMore: 0 });
      if (isOfBugs) state.lastFiredAt = at;
      return { used: index + 1, state, findings, told };
    }
  }
  return { used: readings.length, state, findings, told: null };
}

/** What happened at a moment. `tells`: it is meant for people, and not only for the log. */
interface Found {
  readonly finding: AlertFinding | null;
  readonly tells: boolean;
  readonly state: Partial<AlertState>;
}

/** Each appearance is told; between two messages of a rule they are gathered. */
function bugsFound(reading: Reading): Found {
  return { finding: reading.holds ? findingOf(reading, 'fired') : null, tells: true, state: {} };
}

/** A condition that goes on holding fires again after the time that the rule names. */
function holding(rule: Rule, state: AlertState, reading: Reading): Found {
  const { at } = reading;
  if (reading.holds) {
    const since = state.since ?? at;
    if (!isDue(rule, state, at)) return { finding: null, tells: false, state: { since } };
    return { finding: findingOf(reading, 'fired'), tells: true, state: { since, lastFiredAt: at } };
  }
  const { since, lastFiredAt } = state;
  // What began too soon after the last firing to be one has no end either.
  if (since === null || lastFiredAt === null || lastFiredAt < since)
    return { finding: null, tells: false, state: { since: null } };
  // Of what nobody was told, nobody needs to hear the end.
  const tells = rule.tellsEnd && state.isTold;
  return { finding: findingOf(reading, 'ended'), tells, state: { since: null, isTold: false } };
}

function outcomeOf(rule: Rule, at: number, canTell: boolean): AlertOutcome {
  if (canTell) return 'told';
  if (isMuted(rule, at)) return 'muted';
  return isQuiet(rule.quiet, at) && rule.quiet?.then === 'drop' ? 'logged' : 'held';
}

function heldBack(state: AlertState, finding: AlertFinding): Pick<AlertState, 'held' | 'heldMore'> {
  const held = [...state.held, finding];
  const over = Math.max(held.length - MAX_HELD, 0);
  return { held: held.slice(over), heldMore: state.heldMore + over };
}

function isDue({ everyMinutes }: Rule, { lastFiredAt }: AlertState, at: number): boolean {
  return lastFiredAt === null || at - lastFiredAt >= everyMinutes * MINUTE_MS;
}

function isMuted({ mutedUntil }: Rule, at: number): boolean {
  return mutedUntil !== null && at < mutedUntil;
}

function findingOf({ holds: _holds, ...reading }: Reading, what: AlertFinding['what']): AlertFinding {
  return { ...reading, what };
}
