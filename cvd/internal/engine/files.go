package engine

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

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// storedFile is a blob that a command of this call has brought along.
type storedFile struct {
	Id   storage.BlobID
	Size int64
	Sum  cvd.Private
	// uploaded: it was there before the call, and stays if that fails.
	uploaded bool
}

type broughtFile struct {
	field string
	src   io.Reader
}

func broughtWith(original io.Reader, files []cvd.File) []broughtFile {
	out := []broughtFile{{"Original", original}}
	for i := range files {
		out = append(out, broughtFile{"Files", files[i].Content})
	}
	return out
}

// brought is what a command brings along to be stored, in the order in which its
// decision attaches it. A source that is nil brings nothing.
func brought(cmd cvd.Command) []broughtFile {
	switch x := cmd.(type) {
	case cvd.Attach:
		return []broughtFile{{"Content", x.Content}}
	case cvd.RecordSubmission:
		return []broughtFile{{"Content", x.Content}}
	case cvd.Receive:
		return broughtWith(x.Original, x.Files)
	case cvd.PostMessage:
		return broughtWith(x.Original, x.Files)
	case cvd.PostUnverified:
		return broughtWith(x.Original, x.Files)
	}
	return nil
}

// storeFiles streams what the commands carry to Config.Blobs, before anything
// is decided: a reader can be read only once, a decision may be made twice. It
// returns those of each command.
func (s *Engine) storeFiles(ctx context.Context, id cvd.CaseID, cmds []cvd.Command) ([][]storedFile, error) {
	files := make([][]storedFile, len(cmds))
	for i, cmd := range cmds {
		brought := brought(cmd)
		if len(brought) == 0 {
			continue
		}
		err := error(nil)
		if len(brought) > s.Cfg.Limits.Items {
			err = &cvd.InputError{Command: commandName(cmd), Field: "Files", Problem: fmt.Sprintf("there are %d, the limit is %d", len(brought), s.Cfg.Limits.Items), Err: nil}
		}
		for _, f := range brought {
			if f.src == nil || err != nil {
				continue
			}
			err = &cvd.InputError{Command: commandName(cmd), Field: f.field, Problem: "Config.Blobs is not set: there is no place for files", Err: nil}
			if s.Cfg.Blobs != nil {
				var stored storedFile
				if stored, err = s.StoreFile(ctx, id, commandName(cmd), f.field, f.src); err == nil {
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

func (s *Engine) StoreFile(ctx context.Context, id cvd.CaseID, cmd, field string, src io.Reader) (storedFile, error) {
	if u, ok := uploadOf(src); ok {
		return s.uploaded(u, id, cmd, field)
	}
	name, err := s.newUUID()
	if err != nil {
		return storedFile{}, err
	}
	f := storedFile{Id: storage.BlobID(name)}
	in := &countingReader{src: src, limit: s.Cfg.Limits.Attachment, sum: sha256.New()}
	err = s.putBlob(ctx, id, f.Id, in)
	if errors.Is(in.err, errTooLarge) {
		return f, &cvd.InputError{Command: cmd, Field: field, Problem: fmt.Sprintf("it has more than %d bytes", s.Cfg.Limits.Attachment), Err: nil}
	}
	if err != nil {
		return f, fmt.Errorf("cvd: storing a file: %w", err)
	}
	f.Size, f.Sum = in.n, cvd.Private(hex.EncodeToString(in.sum.Sum(nil)))
	return f, nil
}

// putBlob seals on the way to the BlobStore.
func (s *Engine) putBlob(ctx context.Context, id cvd.CaseID, blob storage.BlobID, src io.Reader) error {
	if s.Cfg.Sealer == nil {
		return s.Cfg.Blobs.Put(ctx, blob, src)
	}
	sealed := ReaderOf(func(dst io.Writer) error { return s.Cfg.Sealer.Seal(ctx, id, dst, src) })
	defer sealed.Close()
	return s.Cfg.Blobs.Put(ctx, blob, sealed)
}

// OpenBlob returns the content of a blob, unsealed as it is read.
func (s *Engine) OpenBlob(ctx context.Context, id cvd.CaseID, blob storage.BlobID) (io.ReadCloser, error) {
	r, err := s.Cfg.Blobs.Open(ctx, blob)
	if err != nil || s.Cfg.Sealer == nil {
		return r, err
	}
	open := ReaderOf(func(dst io.Writer) error { return s.Cfg.Sealer.Open(ctx, id, dst, r) })
	open.also = r
	return open, nil
}

// dropFiles removes blobs that no record will name. What it cannot remove now,
// Sweep removes later.
func (s *Engine) dropFiles(ctx context.Context, files []storedFile) {
	if s.Cfg.Blobs == nil {
		return
	}
	for _, f := range files {
		if f.Id != (storage.BlobID{}) && !f.uploaded {
			_ = s.Cfg.Blobs.Delete(context.WithoutCancel(ctx), f.Id)
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

func ReaderOf(write func(io.Writer) error) *pulled {
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
