package cvd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// storedFile is a blob that a command of this call has brought along.
type storedFile struct {
	id   storage.BlobID
	size int64
	sum  Private
	// uploaded: it was there before the call, and stays if that fails.
	uploaded bool
}

type broughtFile struct {
	field string
	src   io.Reader
}

func broughtWith(original io.Reader, files []File) []broughtFile {
	out := []broughtFile{{"Original", original}}
	for i := range files {
		out = append(out, broughtFile{"Files", files[i].Content})
	}
	return out
}

// brought is what a command brings along to be stored, in the order in which its
// decision attaches it. A source that is nil brings nothing.
func brought(cmd Command) []broughtFile {
	switch x := cmd.(type) {
	case Attach:
		return []broughtFile{{"Content", x.Content}}
	case RecordSubmission:
		return []broughtFile{{"Content", x.Content}}
	case Receive:
		return broughtWith(x.Original, x.Files)
	case PostMessage:
		return broughtWith(x.Original, x.Files)
	case PostUnverified:
		return broughtWith(x.Original, x.Files)
	}
	return nil
}

// storeFiles streams what the commands carry to Config.Blobs, before anything
// is decided: a reader can be read only once, a decision may be made twice. It
// returns those of each command.
func (s *Service) storeFiles(ctx context.Context, id CaseID, cmds []Command) ([][]storedFile, error) {
	files := make([][]storedFile, len(cmds))
	for i, cmd := range cmds {
		brought := brought(cmd)
		if len(brought) == 0 {
			continue
		}
		err := error(nil)
		if len(brought) > s.cfg.Limits.Items {
			err = &InputError{commandName(cmd), "Files", fmt.Sprintf("there are %d, the limit is %d", len(brought), s.cfg.Limits.Items), nil}
		}
		for _, f := range brought {
			if f.src == nil || err != nil {
				continue
			}
			err = &InputError{commandName(cmd), f.field, "Config.Blobs is not set: there is no place for files", nil}
			if s.cfg.Blobs != nil {
				var stored storedFile
				if stored, err = s.storeFile(ctx, id, commandName(cmd), f.field, f.src); err == nil {
					files[i] = append(files[i], stored)
				}
			}
		}
		if err != nil {
			s.dropFiles(ctx, slices.Concat(files...))
			return nil, err
		}
	}
	return files, nil
}

func (s *Service) storeFile(ctx context.Context, id CaseID, cmd, field string, src io.Reader) (storedFile, error) {
	if u, ok := uploadOf(src); ok {
		return s.uploaded(u, id, cmd, field)
	}
	name, err := s.newUUID()
	if err != nil {
		return storedFile{}, err
	}
	f := storedFile{id: storage.BlobID(name)}
	in := &countingReader{src: src, limit: s.cfg.Limits.Attachment, sum: sha256.New()}
	err = s.putBlob(ctx, id, f.id, in)
	if errors.Is(in.err, errTooLarge) {
		return f, &InputError{cmd, field, fmt.Sprintf("it has more than %d bytes", s.cfg.Limits.Attachment), nil}
	}
	if err != nil {
		return f, fmt.Errorf("cvd: storing a file: %w", err)
	}
	f.size, f.sum = in.n, Private(hex.EncodeToString(in.sum.Sum(nil)))
	return f, nil
}

// putBlob seals on the way to the BlobStore.
func (s *Service) putBlob(ctx context.Context, id CaseID, blob storage.BlobID, src io.Reader) error {
	if s.cfg.Sealer == nil {
		return s.cfg.Blobs.Put(ctx, blob, src)
	}
	sealed := readerOf(func(dst io.Writer) error { return s.cfg.Sealer.Seal(ctx, id, dst, src) })
	defer sealed.Close()
	return s.cfg.Blobs.Put(ctx, blob, sealed)
}

// openBlob returns the content of a blob, unsealed as it is read.
func (s *Service) openBlob(ctx context.Context, id CaseID, blob storage.BlobID) (io.ReadCloser, error) {
	r, err := s.cfg.Blobs.Open(ctx, blob)
	if err != nil || s.cfg.Sealer == nil {
		return r, err
	}
	open := readerOf(func(dst io.Writer) error { return s.cfg.Sealer.Open(ctx, id, dst, r) })
	open.also = r
	return open, nil
}

// dropFiles removes blobs that no record will name. What it cannot remove now,
// Sweep removes later.
func (s *Service) dropFiles(ctx context.Context, files []storedFile) {
	if s.cfg.Blobs == nil {
		return
	}
	for _, f := range files {
		if f.id != (storage.BlobID{}) && !f.uploaded {
			_ = s.cfg.Blobs.Delete(context.WithoutCancel(ctx), f.id)
		}
	}
}

var errTooLarge = errors.New("too large")

// countingReader stops a file that is too large, and takes its digest.
type countingReader struct {
	src   io.Reader
	n     int64
	limit int64
	sum   hash.Hash
	err   error
}

func (r *countingReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.src.Read(p)
	if r.n += int64(n); r.n > r.limit {
		r.err = errTooLarge
		return 0, r.err
	}
	r.sum.Write(p[:n])
	if err != nil {
		r.err = err
	}
	return n, err
}

// pulled is the other end of a function that writes: a coroutine, so that
// nothing runs unless somebody reads.
type pulled struct {
	next  func() ([]byte, bool)
	stop  func()
	chunk []byte
	err   error // of the function, once it has ended
	also  io.Closer
}

func readerOf(write func(io.Writer) error) *pulled {
	p := &pulled{}
	p.next, p.stop = iter.Pull(func(yield func([]byte) bool) {
		p.err = write(yieldWriter(yield))
	})
	return p
}

type yieldWriter func([]byte) bool

func (w yieldWriter) Write(p []byte) (int, error) {
	if len(p) > 0 && !w(p) {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func (p *pulled) Read(b []byte) (int, error) {
	for len(p.chunk) == 0 {
		chunk, ok := p.next()
		if !ok {
			if p.err != nil {
				return 0, p.err
			}
			return 0, io.EOF
		}
		p.chunk = chunk
	}
	n := copy(b, p.chunk)
	p.chunk = p.chunk[n:]
	return n, nil
}

// Close ends the function, if it has not ended.
func (p *pulled) Close() error {
	p.stop()
	if p.also != nil {
		return p.also.Close()
	}
	return nil
}

// Sweep deletes blobs that no case names: those of commands that failed after
// their file was stored. It looks at no more than n blobs after the one that the
// call before returned, and leaves alone what is younger than a day. The zero
// BlobID starts, and is returned at the end.
func (s *Service) Sweep(ctx context.Context, after storage.BlobID, n int) (storage.BlobID, error) {
	if n < 1 {
		return after, &InputError{"Sweep", "n", fmt.Sprintf("at least one blob is looked at, not %d", n), nil}
	}
	if s.cfg.Blobs == nil {
		return storage.BlobID{}, nil
	}
	blobs, err := s.cfg.Blobs.List(ctx, after, n)
	if err != nil {
		return after, err
	}
	old := storage.MillisOf(s.cfg.Now().Add(-sweepAge))
	for _, b := range blobs {
		if b.Created <= old {
			_, err := s.cfg.Store.Lookup(ctx, s.key("blob", string(b.ID[:])))
			if errors.Is(err, ErrNotFound) {
				err = s.cfg.Blobs.Delete(ctx, b.ID)
			}
			if err != nil {
				return after, err
			}
		}
		after = b.ID
	}
	if len(blobs) < n {
		return storage.BlobID{}, nil
	}
	return after, nil
}

// Attachment opens the content of a file, if the viewer may see it. The caller
// closes it. With a Sealer, an error while reading means that what was read so
// far is not to be used.
func (s *Service) Attachment(ctx context.Context, id CaseID, v Viewer, a AttachmentID) (io.ReadCloser, error) {
	c, err := s.View(ctx, id, v)
	if err != nil {
		return nil, err
	}
	for i := range c.Attachments {
		if c.Attachments[i].ID == a && s.cfg.Blobs != nil {
			return s.openBlob(ctx, id, c.Attachments[i].Blob)
		}
	}
	return nil, ErrNotFound
}
