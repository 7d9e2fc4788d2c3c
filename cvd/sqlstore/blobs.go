package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// chunkSize is what a row holds, and what Put and a stream keep in memory.
const chunkSize = 256 << 10

// removeWithin bounds how long a Put that failed waits to clean up.
const removeWithin = 5 * time.Second

var (
	errBlobExists = errors.New("a blob of this name exists")
	errBlobGone   = errors.New("the blob was deleted meanwhile")
)

// Blobs is a storage.BlobStore in the tables of its Store. It is safe for
// concurrent use.
//
// A blob is written in chunks, each in a transaction of its own, so that a slow
// upload keeps nobody waiting. It is visible once it is whole. What a process
// that died has left is never visible; Store.Compact removes it.
type Blobs struct{ s *Store }

var _ storage.BlobStore = (*Blobs)(nil)

// Blobs returns the BlobStore in the same database.
func (s *Store) Blobs() *Blobs { return &Blobs{s} }

// Put implements storage.BlobStore. It holds one chunk of 256 KiB in memory.
func (b *Blobs) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	created := int64(storage.MillisOf(b.s.now()))
	if err := b.write(ctx, errBlobExists, newBlob, id[:], created); err != nil {
		return wrap("put", err)
	}
	size, err := b.copy(ctx, id, r)
	if err == nil {
		err = b.write(ctx, errBlobGone, finishBlob, size, id[:])
	}
	if err != nil {
		// ctx may have ended, and that be the reason. If removal fails too, the
		// blob stays invisible until Compact.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeWithin)
		defer cancel()
		err = errors.Join(err, b.remove(ctx, id))
	}
	return wrap("put", err)
}

// copy writes the chunks of a blob.
func (b *Blobs) copy(ctx context.Context, id storage.BlobID, r io.Reader) (size int64, err error) {
	buf := make([]byte, chunkSize)
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		got, err := io.ReadFull(r, buf)
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return 0, err
		}
		if got > 0 {
			if err := b.write(ctx, errBlobGone, addChunk, id[:], n, buf[:got]); err != nil {
				return 0, err
			}
		}
		size += int64(got)
		if last {
			return size, nil
		}
	}
}

// write runs one statement that has to affect a row.
func (b *Blobs) write(ctx context.Context, none error, t text, args ...any) error {
	return b.s.single(ctx, func(ctx context.Context, w *session) error {
		n, err := w.exec(ctx, t, args...)
		if err == nil && n == 0 {
			err = none
		}
		return err
	})
}

// Delete implements storage.BlobStore.
func (b *Blobs) Delete(ctx context.Context, id storage.BlobID) error {
	return wrap("delete", b.remove(ctx, id))
}

func (b *Blobs) remove(ctx context.Context, id storage.BlobID) error {
	return b.s.transact(ctx, func(ctx context.Context, w *session) error {
		if _, err := w.exec(ctx, deleteChunks, id[:]); err != nil {
			return err
		}
		_, err := w.exec(ctx, deleteBlob, id[:])
		return err
	})
}

// List implements storage.BlobStore.
func (b *Blobs) List(ctx context.Context, after storage.BlobID, n int) (out []storage.BlobInfo, err error) {
	if n <= 0 {
		return nil, nil
	}
	err = b.s.read(ctx, func(q querier) (err error) {
		rows, err := q.fixed(ctx, listBlobs, after[:], n)
		out, err = collect(rows, err, func(rows *sql.Rows) (i storage.BlobInfo, err error) {
			var id sql.RawBytes
			if err = rows.Scan(&id, &i.Size, &i.Created); err == nil {
				err = fill(i.ID[:], id)
			}
			return i, err
		})
		return err
	})
	return out, wrap("list", err)
}

// Open implements storage.BlobStore. The stream reads chunk by chunk and keeps no
// connection between them. It fails once ctx has ended, or the blob was deleted.
func (b *Blobs) Open(ctx context.Context, id storage.BlobID) (io.ReadCloser, error) {
	var sizes []int64
	err := b.s.read(ctx, func(q querier) (err error) {
		rows, err := q.fixed(ctx, blobSize, id[:])
		sizes, err = collect(rows, err, func(rows *sql.Rows) (n int64, err error) {
			err = rows.Scan(&n)
			return n, err
		})
		return err
	})
	if err == nil && len(sizes) == 0 {
		err = storage.ErrNotFound
	}
	if err != nil {
		return nil, wrap("open", err)
	}
	return &stream{b: b, ctx: ctx, id: id, left: sizes[0]}, nil
}

// stream reads a blob.
type stream struct {
	b      *Blobs
	ctx    context.Context
	id     storage.BlobID
	n      int
	left   int64 // not yet fetched
	chunk  []byte
	closed bool
}

func (r *stream) Read(p []byte) (int, error) {
	if r.closed {
		return 0, wrap("read", errors.New("the stream is closed"))
	}
	if err := r.ctx.Err(); err != nil {
		return 0, wrap("read", err)
	}
	if len(r.chunk) == 0 && r.left > 0 {
		if err := r.fetch(); err != nil {
			return 0, wrap("read", err)
		}
	}
	if len(r.chunk) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.chunk)
	r.chunk = r.chunk[n:]
	return n, nil
}

func (r *stream) fetch() error {
	err := r.b.s.read(r.ctx, func(q querier) error {
		rows, err := q.fixed(r.ctx, readChunk, r.id[:], r.n)
		chunks, err := collect(rows, err, func(rows *sql.Rows) (c []byte, err error) {
			err = rows.Scan(&c)
			return c, err
		})
		if err == nil && len(chunks) == 0 {
			err = errBlobGone
		}
		if err == nil {
			r.chunk = chunks[0]
		}
		return err
	})
	if err != nil {
		return err
	}
	if n := int64(len(r.chunk)); n == 0 || n > r.left {
		return errIncomplete
	}
	r.left -= int64(len(r.chunk))
	r.n++
	return nil
}

func (r *stream) Close() error {
	r.closed, r.chunk = true, nil
	return nil
}

// removeStale deletes uploads that were begun long ago and not finished.
func (b *Blobs) removeStale(ctx context.Context) error {
	before := int64(storage.MillisOf(b.s.now().Add(-staleUpload)))
	for {
		var ids []storage.CaseID // the size of a BlobID
		err := b.s.read(ctx, func(q querier) (err error) {
			rows, err := q.fixed(ctx, staleBlobs, before, 100)
			ids, err = collect(rows, err, scanID)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := b.remove(ctx, storage.BlobID(id)); err != nil {
				return err
			}
		}
	}
}
