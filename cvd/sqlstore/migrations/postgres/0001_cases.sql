-- Cases, their logs and what leads to them. Identifiers, terms and keys are
-- BYTEA: they are compared byte by byte and never converted.

CREATE TABLE cvd_heads (
	case_id BYTEA  NOT NULL PRIMARY KEY,
	seq     BIGINT NOT NULL,
	tip     BYTEA  NOT NULL,
	due     BIGINT, -- NULL: never
	data    BYTEA  NOT NULL,
	private BYTEA  NOT NULL
) WITH (fillfactor = 70); -- room for the next version of a head on its page
CREATE INDEX ON cvd_heads (due, case_id) WHERE due IS NOT NULL;

CREATE TABLE cvd_records (
	case_id BYTEA  NOT NULL,
	seq     BIGINT NOT NULL,
	body    BYTEA  NOT NULL,
	private BYTEA, -- NULL: there was none, or it was erased
	PRIMARY KEY (case_id, seq)
);

CREATE TABLE cvd_keys (
	key     BYTEA NOT NULL PRIMARY KEY,
	case_id BYTEA NOT NULL
);

CREATE TABLE cvd_terms (
	term    BYTEA NOT NULL,
	case_id BYTEA NOT NULL,
	PRIMARY KEY (term, case_id)
);

-- Only the head of a lane has ready, so that Claim sees nothing else. A queue is
-- small and changes all the time: it is cleaned early.
CREATE TABLE cvd_outbox (
	lane    BYTEA  NOT NULL,
	ref     BIGINT NOT NULL,
	case_id BYTEA  NOT NULL,
	at      BIGINT NOT NULL, -- not before
	ready   BIGINT,          -- to be claimed from then on
	token   BIGINT NOT NULL,
	tries   BIGINT NOT NULL,
	PRIMARY KEY (lane, ref)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX ON cvd_outbox (ready) WHERE ready IS NOT NULL;
