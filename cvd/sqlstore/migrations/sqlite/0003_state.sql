-- Small values of adapters. A row is replaced and never changed: its number,
-- which AUTOINCREMENT never gives again, is the version of the value.

CREATE TABLE cvd_state (
	version INTEGER PRIMARY KEY AUTOINCREMENT,
	key     BLOB NOT NULL UNIQUE,
	value   BLOB NOT NULL
) STRICT;
