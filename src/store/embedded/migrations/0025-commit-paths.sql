-- Paths that a commit changed, for the commits that may have brought a bug.

ALTER TABLE release_commits ADD COLUMN paths TEXT NOT NULL DEFAULT '[]';       -- JSON array
ALTER TABLE release_commits ADD COLUMN paths_left INTEGER NOT NULL DEFAULT 0;  -- how many were not kept
