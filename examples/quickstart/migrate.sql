-- Runs at each `up`; running it again changes nothing.
SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS instruments (
  name   text PRIMARY KEY,
  family text NOT NULL
);
INSERT INTO instruments (name, family) VALUES
  ('treble viol', 'strings'),
  ('lute', 'strings'),
  ('cittern', 'strings'),
  ('recorder', 'winds')
ON CONFLICT (name) DO UPDATE SET family = excluded.family;
\echo the table of instruments is filled
