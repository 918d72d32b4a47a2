-- Symbol rows may own a debug file as a compiler made it in the place of the text; all rows of one debug id share what their
-- index says.
ALTER TABLE symbols ADD COLUMN format TEXT NOT NULL DEFAULT 'sym';  -- or 'ELF', 'PE', 'PDB', 'Mach-O'
ALTER TABLE symbols ADD COLUMN gives TEXT NOT NULL DEFAULT '';      -- what a debug file gives: functions, names, unwind

CREATE INDEX symbols_by_debug_id ON symbols (debug_id);
