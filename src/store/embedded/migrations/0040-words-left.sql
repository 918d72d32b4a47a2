-- Bugs that may have words of reports that are in another bug by now: reports that were moved, filed anew, split off or given back. When one of
-- them goes for good, the words of the bug that they left are made again, too.
CREATE TABLE words_left (
  from_bug INTEGER NOT NULL,
  to_bug   INTEGER NOT NULL,
  PRIMARY KEY (from_bug, to_bug)
) STRICT, WITHOUT ROWID;

CREATE INDEX words_left_by_place ON words_left (to_bug);

CREATE TRIGGER words_left_with_departures AFTER INSERT ON departures BEGIN
  INSERT OR IGNORE INTO words_left (from_bug, to_bug) VALUES (NEW.from_bug, NEW.to_bug);
END;

CREATE TRIGGER words_left_go AFTER DELETE ON bugs BEGIN
  DELETE FROM words_left WHERE from_bug = OLD.id OR to_bug = OLD.id;
END;

INSERT OR IGNORE INTO words_left (from_bug, to_bug) SELECT from_bug, to_bug FROM departures;

-- `report <crash id> to #12`
INSERT OR IGNORE INTO words_left (from_bug, to_bug)
SELECT bug_id, CAST(substr(detail, instr(detail, '#') + 1) AS INTEGER) FROM bug_events
WHERE what = 'moved' AND detail LIKE 'report % to #%' AND instr(detail, '#') > 0;
