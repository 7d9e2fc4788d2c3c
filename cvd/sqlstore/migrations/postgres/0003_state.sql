-- Small values of adapters. Each write takes a new version from a sequence, which
-- never gives a number twice.

CREATE TABLE cvd_state (
	key     BYTEA  NOT NULL PRIMARY KEY,
	version BIGINT GENERATED ALWAYS AS IDENTITY,
	value   BYTEA  NOT NULL
);
