-- Nothing: the schema is there for its login role, which may append like any service's.
SELECT 1;
