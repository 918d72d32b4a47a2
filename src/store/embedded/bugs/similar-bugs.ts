// Bugs of a product with similar stacks. An index leads from a frame to the bugs that have it; the rarest frames of a bug find its
// candidates, and those are aligned with it.
import type { SimilarBug } from '../../bugs.ts';
import { stackSimilarity } from '../../shared/stack-similarity.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

const MAX_FRAMES = 24;
/** A frame that more bugs have says nothing; counting stops there. */
const MAX_WITH_FRAME = 1000;
const MAX_CANDIDATES = 200;
/** What is less similar is no suggestion. */
const LEAST_SIMILARITY = 0.25;

interface StackRow {
  readonly bugId: number;
  readonly productId: number;
  readonly frames: string;
}

const stackOf = query<[bugId: number], StackRow>(`
  SELECT bug_id AS bugId, product_id AS productId, frames FROM bug_stacks WHERE bug_id = ?`);
const stacksOfProduct = query<[productId: number], number>(
  `SELECT count(*) FROM bug_stacks WHERE product_id = ?`,
);
const bugsWithFrame = query<[productId: number, frame: number, limit: number], number>(`
  SELECT bug_id FROM bug_frames WHERE product_id = ? AND frame = ? ORDER BY bug_id DESC LIMIT ?`);
const countWithFrame = query<[productId: number, frame: number, limit: number], number>(`
  SELECT count(*) FROM (SELECT 1 FROM bug_frames WHERE product_id = ? AND frame = ? LIMIT ?)`);
const isListed = query<[bugId: number], number>(`SELECT 1 FROM bugs WHERE id = ? AND shelf IS NOT NULL`);

/** The most similar ones first. */
export function similarBugs(connection: Connection, bugId: number, limit: number): readonly SimilarBug[] {
  const own = stackOf(connection).get(bugId);
  if (own === undefined) return [];
  const frames = JSON.parse(own.frames) as readonly number[];
  const having = new Map(
    frames.map((frame) => [
      frame,
      countWithFrame(connection).pluck().get(own.productId, frame, MAX_WITH_FRAME) ?? 0,
    ]),
  );
  const candidates = new Set<number>();
  const rarestFirst = [...having].toSorted(([, one], [, other]) => one - other).map(([frame]) => frame);
  for (const frame of rarestFirst) {
    const left = MAX_CANDIDATES - candidates.size;
    if (left <= 0) break;
    for (const id of bugsWithFrame(connection)
      .pluck()
      .all(own.productId, frame, left + 1))
      if (id !== bugId) candidates.add(id);
  }
  const counts = {
    stacks: stacksOfProduct(connection).pluck().get(own.productId) ?? 1,
    // Frames that only the other stack has: rare enough, and not worth a question each.
    with: (frame: number) => having.get(frame) ?? 1,
  };
  return [...candidates]
    .map((id): SimilarBug => {
      const other = stackOf(connection).get(id);
      const theirs = other === undefined ? [] : (JSON.parse(other.frames) as readonly number[]);
      return { bugId: id, similarity: stackSimilarity(frames, theirs, counts) };
    })
    .filter(({ similarity }) => similarity >= LEAST_SIMILARITY)
    .toSorted((a, b) => b.similarity - a.similarity || a.bugId - b.bugId)
    .filter(({ bugId: id }) => isListed(connection).get(id) !== undefined)
    .slice(0, limit);
}

const insertStack = query<[frames: string, bugId: number]>(`
  INSERT INTO bug_stacks (bug_id, product_id, frames)
  SELECT id, product_id, ? FROM bugs WHERE id = ? ON CONFLICT DO NOTHING`);
const insertFrame = query<[frame: number, bugId: number]>(`
  INSERT INTO bug_frames (product_id, frame, bug_id)
  SELECT product_id, ?, bug_id FROM bug_stacks WHERE bug_id = ? ON CONFLICT DO NOTHING`);

/** Keeps the stack of a bug's first crash. A bug that has one keeps it. */
export function noteStack({ connection }: WriteContext, bugId: number, frames: readonly number[]): void {
  const kept = frames.slice(0, MAX_FRAMES).map((frame) => frame >>> 0);
  if (kept.length === 0) return;
  const { changes } = insertStack(connection).run(JSON.stringify(kept), bugId);
  if (changes === 0) return;
  for (const frame of new Set(kept)) insertFrame(connection).run(frame, bugId);
}
