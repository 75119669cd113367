-- Who works on an import has an advisory lock, which ends with its session, and no lease, which outlives its process. What is left of
-- the column is when a job that failed is due again.
ALTER TABLE imports RENAME COLUMN lease_until_ms TO due_ms;
