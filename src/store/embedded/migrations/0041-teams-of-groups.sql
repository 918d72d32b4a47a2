-- Places in teams that groups at a provider of sign-ins gave go again with the group; those given by hand stay.

ALTER TABLE team_members ADD COLUMN provider TEXT;  -- id of the provider of sign-ins whose groups put them in; null: by hand
