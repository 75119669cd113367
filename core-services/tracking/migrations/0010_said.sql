-- What is said of an exception, as a kind and values beside the sentence where it is our own, for whoever tells it in another language.
ALTER TABLE exceptions ADD COLUMN resolution_kind text, ADD COLUMN resolution_values jsonb;
ALTER TABLE exception_history ADD COLUMN text_kind text, ADD COLUMN text_values jsonb;
