-- Attachments and original messages, in chunks. A blob without a size is being
-- written, or was left by a process that died.

CREATE TABLE cvd_blobs (
	blob_id BLOB    NOT NULL PRIMARY KEY,
	size    INTEGER,
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cvd_chunks (
	blob_id BLOB    NOT NULL,
	n       INTEGER NOT NULL,
	data    BLOB    NOT NULL,
	PRIMARY KEY (blob_id, n)
) STRICT;
