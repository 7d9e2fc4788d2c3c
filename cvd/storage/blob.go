package storage

import (
	"context"
	"io"
)

// BlobStore keeps attachments and original messages. The core names blobs at
// random, not by content: equal files of two cases must not be linkable.
//
// All calls honour their context and are safe for concurrent use.
type BlobStore interface {
	// Put stores all of r under a new name, reading it as a stream. If r or the
	// context fails, the error is returned and no blob remains. A name that
	// exists already is an error.
	Put(ctx context.Context, id BlobID, r io.Reader) error
	// Open returns the content as a stream, or ErrNotFound.
	Open(ctx context.Context, id BlobID) (io.ReadCloser, error)
	// Delete removes a blob. Deleting one that does not exist is no error.
	Delete(ctx context.Context, id BlobID) error
	// List returns at most n blobs with ID > after, in ascending order.
	List(ctx context.Context, after BlobID, n int) ([]BlobInfo, error)
}

// BlobInfo describes a stored blob.
type BlobInfo struct {
	ID      BlobID // its name in the BlobStore
	Size    int64  // as stored; sealing adds to it
	Created Millis // by the BlobStore's clock
}

// Sealer encrypts what a case keeps private before it reaches a Store or a
// BlobStore, each case under a key of its own.
//
// Both methods stream from src to dst, honour their context and are safe for
// concurrent use. Open returns an error if the text was changed, belongs to
// another case or was cut short; what it wrote to dst before that is not to be
// used.
type Sealer interface {
	// Seal encrypts src to dst, for the case alone.
	Seal(ctx context.Context, id CaseID, dst io.Writer, src io.Reader) error
	// Open decrypts to dst what Seal wrote for the case.
	Open(ctx context.Context, id CaseID, dst io.Writer, src io.Reader) error
}
