-- Why an import failed, as a code beside its sentence, for whoever tells it in another language.
ALTER TABLE imports ADD COLUMN failure_code text;
