-- Who is signed in sees where: each session has an id that opens nothing, and says from where it was begun.
ALTER TABLE sessions ADD COLUMN session_id uuid NOT NULL DEFAULT gen_random_uuid();
-- The peer's address, and what its browser calls itself, when the session began; none for those that were there.
ALTER TABLE sessions ADD COLUMN address text CHECK (octet_length(address) <= 45);
ALTER TABLE sessions ADD COLUMN agent   text CHECK (octet_length(agent) <= 400);
