-- Why an order moved, as a kind and values beside the sentence where it is our own, for whoever tells it in another language.
ALTER TABLE order_history ADD COLUMN reason_kind text, ADD COLUMN reason_values jsonb;
