-- What its user calls a session. Nothing decides by it: risk reads the device label.
ALTER TABLE sessions ADD COLUMN name text
  CONSTRAINT sessions__name_length CHECK (length(name) BETWEEN 1 AND 64);
