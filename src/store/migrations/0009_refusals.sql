-- A refusal's code says what it is answered with.
ALTER TABLE refusal DROP COLUMN status;
