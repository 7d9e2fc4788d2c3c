-- Attachments and original messages, in chunks. A blob without a size is being
-- written, or was left by a process that died.

CREATE TABLE cvd_blobs (
	blob_id BYTEA  NOT NULL PRIMARY KEY,
	size    BIGINT,
	created BIGINT NOT NULL
);

CREATE TABLE cvd_chunks (
	blob_id BYTEA  NOT NULL,
	n       BIGINT NOT NULL,
	data    BYTEA  NOT NULL,
	PRIMARY KEY (blob_id, n)
);
-- What is sealed does not compress.
ALTER TABLE cvd_chunks ALTER COLUMN data SET STORAGE EXTERNAL;
