-- Imports: a file with orders, what was chosen about it, how far its job has come, and the rows that were not taken.

CREATE TABLE imports (
  tenant_id      uuid    NOT NULL,
  id             uuid    NOT NULL,
  file_name      text    NOT NULL,
  -- Cells copied out of a spreadsheet, not a file.
  pasted         boolean NOT NULL,
  sha256         bytea   NOT NULL,
  bytes          bytea   NOT NULL,
  -- 'checking', 'ready', 'committing', 'done', 'failed' or 'cancelled'.
  status         text    NOT NULL,
  -- Goes up with every change that somebody asked for and with the end of a job.
  version        integer NOT NULL DEFAULT 1,
  -- Goes up with every job that is begun, so that a worker of an earlier one finds out.
  job            integer NOT NULL DEFAULT 1,
  choices        text    NOT NULL,
  -- What the last check found, as JSON.
  report         text,
  -- Orders in the file, and how many of them the job has behind it: in the same transaction as what it did with them.
  orders         integer NOT NULL DEFAULT 0,
  done           integer NOT NULL DEFAULT 0,
  created        integer NOT NULL DEFAULT 0,
  rejected_rows  integer NOT NULL DEFAULT 0,
  failure        text,
  -- Whoever works on it has it until then; the attempt is counted before it is made.
  lease_until_ms bigint  NOT NULL DEFAULT 0,
  attempts       integer NOT NULL DEFAULT 0,
  actor          text    NOT NULL,
  created_ms     bigint  NOT NULL,
  updated_ms     bigint  NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
-- The same file again is the same import.
CREATE UNIQUE INDEX imports_by_file ON imports (tenant_id, sha256) WHERE status <> 'cancelled';
CREATE INDEX imports_to_do ON imports (lease_until_ms) WHERE status IN ('checking', 'committing');

-- Rows that the last job did not take.
CREATE TABLE import_rejects (
  tenant_id  uuid    NOT NULL,
  import_id  uuid    NOT NULL,
  row_number bigint  NOT NULL,
  -- The cells at fault and the reasons in words, as JSON.
  why        text    NOT NULL,
  PRIMARY KEY (tenant_id, import_id, row_number),
  FOREIGN KEY (tenant_id, import_id) REFERENCES imports (tenant_id, id)
);

-- What a column with this header was taken for when somebody last committed a file with it; an empty field: left out.
CREATE TABLE import_columns (
  tenant_id uuid   NOT NULL,
  header    text   NOT NULL,
  field     text   NOT NULL,
  used_ms   bigint NOT NULL,
  PRIMARY KEY (tenant_id, header)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['import_rejects', 'import_columns'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = (SELECT app_tenant()))
                    WITH CHECK (tenant_id = (SELECT app_tenant()))', name);
  END LOOP;
  -- The worker looks for jobs across tenants.
  ALTER TABLE imports ENABLE ROW LEVEL SECURITY;
  ALTER TABLE imports FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenant_or_system ON imports
    USING (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()))
    WITH CHECK (tenant_id = (SELECT app_tenant()) OR (SELECT app_system()));
END $$;
