-- A service needs no table to record.
SELECT 1;
