-- What a debug file does not give itself, and which other file of its build would: JSON, as the contract of symbols has it.
ALTER TABLE symbols ADD COLUMN wants TEXT NOT NULL DEFAULT '[]';
CREATE INDEX symbols_wanting_shared ON symbols (id) WHERE instr(wants, '"shared"') > 0;
