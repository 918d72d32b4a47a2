// Releases, comparisons, top crashers, correlations and trends as the API gives them.
import { wilson } from '../../search/statistics/rates.ts';
import type { BugTrend, CorrelationsFound, TopCrashers } from '../../store/crash-analysis.ts';
import type { BugRow } from '../../store/bugs.ts';
import type { ComparedRelease, Release, ReleaseSessions, WholeRelease } from '../../store/releases.ts';
import type { SeenReleaseComparison } from '../gate/seen-analysis.ts';
import type { BugSuspects } from '../gate/seen-suspects.ts';
import { bugRowJson } from './bug-json.ts';
import { countedJson } from './counted-words.ts';
import { isoTime } from './report-json.ts';
import type { JsonReader } from './report-json.ts';

type Json = Readonly<Record<string, unknown>>;
type Base = Pick<JsonReader, 'basePath'>;

/** A rate of fewer is no rate. */
const LEAST_FOR_RATE = 50;

/** A share that did not crash, from 0 to 1, and where it lies with 95 %. */
export interface CrashFree {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** Null: fewer than 50 say nothing. */
export function crashFree(all: number, crashed: number): CrashFree | null {
  if (all < LEAST_FOR_RATE) return null;
  const free = Math.max(all - crashed, 0);
  const interval = wilson(free, all);
  return interval === null ? null : { rate: free / all, ...interval };
}

function sessionsJson(sessions: ReleaseSessions | null): Json | null {
  if (sessions === null) return null;
  return {
    ...sessions,
    crashFreeSessions: crashFree(sessions.sessions, sessions.crashed),
    crashFreeUsers: crashFree(sessions.users, sessions.crashedUsers),
  };
}

/** Crashes for each thousand installations; null: there are too few for a rate. */
export function crashesPerThousand({
  crashes,
  installations,
  sessions,
}: Pick<Release, 'crashes' | 'installations' | 'sessions'>): {
  readonly rate: number;
  readonly of: 'active' | 'crashed';
} | null {
  const users = sessions?.users ?? 0;
  if (users >= LEAST_FOR_RATE) return { rate: (crashes / users) * 1000, of: 'active' };
  return installations >= LEAST_FOR_RATE ? { rate: (crashes / installations) * 1000, of: 'crashed' } : null;
}

export function releaseJson(release: Release): Json {
  const { version, crashes, installations, firstDay, lastDay, sessions, made } = release;
  return {
    version,
    crashes,
    installations,
    firstDay,
    lastDay,
    crashesPerThousand: crashesPerThousand(release),
    sessions: sessionsJson(sessions),
    made:
      made === null
        ? null
        : { ...made, createdAt: isoTime(made.createdAt), releasedAt: isoTime(made.releasedAt) },
  };
}

export function wholeReleaseJson(release: WholeRelease): Json {
  return {
    ...releaseJson(release),
    previous: release.previous,
    next: release.next,
    days: release.days,
    ...countedJson(release),
    commitList: release.commits.map((commit) => ({ ...commit, at: isoTime(commit.at) })),
    deployList: release.deploys.map((deploy) => ({
      ...deploy,
      startedAt: isoTime(deploy.startedAt),
      finishedAt: isoTime(deploy.finishedAt),
    })),
  };
}

function comparedJson(release: ComparedRelease): Json {
  return { ...release, sessions: sessionsJson(release.sessions) };
}

export function comparisonJson(comparison: SeenReleaseComparison): Json {
  return {
    ...comparison,
    base: comparedJson(comparison.base),
    new: comparedJson(comparison.new),
    bugs: comparison.bugs.map(({ row, ...bug }) => ({ ...bug, title: row.title, state: row.state })),
  };
}

export function topJson(top: TopCrashers, base: Base): Json {
  return {
    crashes: top.crashes,
    crashesBefore: top.crashesBefore,
    bugs: top.bugs,
    from: isoTime(top.from),
    to: isoTime(top.to),
    ...countedJson(top),
    rows: top.rows.map(({ bug, ...row }) => ({
      ...row,
      share: top.crashes === 0 ? 0 : bug.count / top.crashes,
      bug: bugRowJson(bug, base),
    })),
  };
}

export function correlationsJson(found: CorrelationsFound): Json {
  return {
    ...found,
    values: found.values.map(({ some, all, otherSome, otherAll, ...value }) => ({
      ...value,
      affected: some,
      affectedAll: all,
      others: otherSome,
      othersAll: otherAll,
    })),
  };
}

export function trendJson({ row, ...trend }: BugTrend & { readonly row: BugRow }, base: Base): Json {
  return { ...trend, bug: bugRowJson(row, base) };
}

export function suspectsJson(found: BugSuspects): Json {
  return {
    ...found,
    suspects: found.suspects.map(({ commit, ...suspect }) => ({
      ...suspect,
      commit: { ...commit, at: isoTime(commit.at) },
    })),
  };
}
