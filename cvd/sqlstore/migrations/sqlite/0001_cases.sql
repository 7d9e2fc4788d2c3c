-- Cases, their logs and what leads to them. Identifiers, terms and keys are
-- BLOBs: they are compared byte by byte and never converted.

CREATE TABLE cvd_heads (
	case_id BLOB    NOT NULL PRIMARY KEY,
	seq     INTEGER NOT NULL,
	tip     BLOB    NOT NULL,
	due     INTEGER, -- NULL: never
	data    BLOB    NOT NULL,
	private BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cvd_heads_due ON cvd_heads (due, case_id) WHERE due IS NOT NULL;

-- private is last: a reader that leaves it out does not touch its pages. A rowid
-- table, because records above a quarter of a page would spill out of an index.
CREATE TABLE cvd_records (
	case_id BLOB    NOT NULL,
	seq     INTEGER NOT NULL,
	body    BLOB    NOT NULL,
	private BLOB, -- NULL: there was none, or it was erased
	PRIMARY KEY (case_id, seq)
) STRICT;

CREATE TABLE cvd_keys (
	key     BLOB NOT NULL PRIMARY KEY,
	case_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cvd_terms (
	term    BLOB NOT NULL,
	case_id BLOB NOT NULL,
	PRIMARY KEY (term, case_id)
) STRICT, WITHOUT ROWID;

-- Only the head of a lane has ready, so that Claim sees nothing else. A rowid table,
-- because rows then lie in the order in which they came, in which they are claimed, and
-- not scattered by lane.
CREATE TABLE cvd_outbox (
	lane    BLOB    NOT NULL,
	ref     INTEGER NOT NULL,
	case_id BLOB    NOT NULL,
	at      INTEGER NOT NULL, -- not before
	ready   INTEGER,          -- to be claimed from then on
	token   INTEGER NOT NULL,
	tries   INTEGER NOT NULL,
	PRIMARY KEY (lane, ref)
) STRICT;
CREATE INDEX cvd_outbox_ready ON cvd_outbox (ready) WHERE ready IS NOT NULL;
