package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
)

// The log of a case: "cvdkit log 1\n", and for each record, in order, one byte (1 if
// it has a private part, else 0), the length of its body as uvarint and the body, and
// then the same of its private part if it has one.
const (
	logMagic = "cvdkit log 1\n"
	mostLog  = 1 << 30
)

func writeLog(rs []storage.Record) []byte {
	b := []byte(logMagic)
	for _, r := range rs {
		has := byte(0)
		if r.HasPrivate {
			has = 1
		}
		b = append(binary.AppendUvarint(append(b, has), uint64(len(r.Body))), r.Body...)
		if r.HasPrivate {
			b = append(binary.AppendUvarint(b, uint64(len(r.Private))), r.Private...)
		}
	}
	return b
}

// readLog reads what writeLog writes. The records share memory with b.
func readLog(b []byte) ([]storage.Record, error) {
	b, ok := bytes.CutPrefix(b, []byte(logMagic))
	if !ok {
		return nil, fmt.Errorf("%w: a log has another format", ErrFormat)
	}
	var bad error
	part := func() []byte {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) || size > 1 && b[size-1] == 0 { // one way to write a number
			bad = fmt.Errorf("%w: a log is cut short", ErrFormat)
			return nil
		}
		p := b[size : size+int(n) : size+int(n)]
		b = b[size+int(n):]
		return p
	}
	var out []storage.Record
	for len(b) > 0 {
		has := b[0]
		b = b[1:]
		r := storage.Record{Seq: cvd.Seq(len(out) + 1), Body: part(), HasPrivate: has == 1}
		if has > 1 {
			return nil, fmt.Errorf("%w: a log has a record of another kind", ErrFormat)
		}
		if r.HasPrivate && bad == nil {
			r.Private = part()
		}
		if bad != nil {
			return nil, bad
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: a log is empty", ErrFormat)
	}
	return out, nil
}

// LogOptions say how logs are written.
type LogOptions struct {
	Created  time.Time       // written into the manifest
	Team     string          // likewise
	Signer   Signer          // nil: it is not signed
	Progress func(cases int) // is told after each case how many are done; nil: nobody is told
	// StateKeys names the values of Side.State that belong to a case, such as
	// pgpseal.StateKey. nil: none.
	StateKeys func(cvd.CaseID) []string
}

const markerSystem = "cvdkit archive"

// Export writes the logs of cases, with their files, as they are stored. Each chain is
// verified on the way. After an error what was written is no archive.
func Export(ctx context.Context, w io.Writer, from storecopy.Side, o LogOptions, ids ...cvd.CaseID) (Manifest, error) {
	out := newWriter(w, FormLog, o.Created, o.Team)
	for i, id := range ids {
		if err := exportLog(ctx, out, from, o, id); err != nil {
			return Manifest{}, fmt.Errorf("archive: case %s: %w", id, err)
		}
		if o.Progress != nil {
			o.Progress(i + 1)
		}
	}
	err := out.close(ctx, o.Signer)
	return out.manifest, err
}

func exportLog(ctx context.Context, out *writer, from storecopy.Side, o LogOptions, id cvd.CaseID) error {
	is, err := from.Service.Rebuild(ctx, id)
	if err != nil {
		return err
	}
	c, err := from.Service.View(ctx, id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	if err != nil {
		return err
	}
	out.manifest.Cases = append(out.manifest.Cases, Entry{
		ID: id, Number: c.Number, Seq: is.Head.Seq, Tip: is.Head.Tip.String(), Marker: from.Service.Marker(id, markerSystem),
	})
	log := writeLog(is.Records)
	if len(log) > mostLog {
		return fmt.Errorf("its log has %d bytes, more than %d", len(log), mostLog)
	}
	if err := out.add(caseDir(id)+"log", bytes.NewReader(log)); err != nil {
		return err
	}
	if o.StateKeys != nil && from.State != nil {
		for _, key := range o.StateKeys(id) {
			v, version, err := from.State.Get(ctx, key)
			if err != nil {
				return err
			}
			if version == 0 {
				continue
			}
			if err := out.add(caseDir(id)+"state/"+hex.EncodeToString([]byte(key)), bytes.NewReader(v)); err != nil {
				return err
			}
		}
	}
	if from.Blobs == nil {
		return nil
	}
	blobs, err := from.Service.Blobs(ctx, id)
	if err != nil {
		return err
	}
	for _, b := range blobs {
		r, err := from.Blobs.Open(ctx, b)
		if err != nil {
			return fmt.Errorf("a file of it: %w", err)
		}
		if err := errors.Join(out.add(caseDir(id)+"blobs/"+b.String(), r), r.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Import brings the logs of an archive into a Store, where they lack there or have
// fewer records; a case that has other records is a problem with
// storecopy.ErrDiverged. A value of the State is written only where there is none. It
// may be interrupted and called again. Verify the archive first.
//
// An error means that the archive is not sound (ErrFormat, ErrForm), was written under
// another Secret (cvd.ErrSecret), that the Store failed, or that ctx ended.
func Import(ctx context.Context, a *Archive, to storecopy.Side, o storecopy.Options) (storecopy.Result, error) {
	var sum storecopy.Result
	if a.manifest.Form != FormLog {
		return sum, ErrForm
	}
	for _, e := range a.manifest.Cases {
		if e.Marker != to.Service.Marker(e.ID, markerSystem) {
			return sum, cvd.ErrSecret
		}
	}
	if err := a.importState(ctx, to.State); err != nil {
		return sum, err
	}
	// A key may have moved between two cases of the archive: the one that gives it up
	// must come along, so what fails for that is tried again with all that is there.
	rest := a.manifest.Cases
	for {
		var again []Entry
		var waiting []storecopy.Problem
		for _, e := range rest {
			r, err := a.importLog(ctx, to, o, e)
			sum.Copied, sum.Records, sum.Files, sum.Last = sum.Copied+r.Copied, sum.Records+r.Records, sum.Files+r.Files, e.ID
			if err != nil {
				return sum, err
			}
			if r.Copied == 0 && len(r.Problems) > 0 {
				again, waiting = append(again, e), append(waiting, r.Problems...)
				continue
			}
			sum.Cases++
			sum.Problems = append(sum.Problems, r.Problems...)
			if o.Progress != nil {
				o.Progress(sum.Progress)
			}
		}
		if len(again) == 0 || len(again) == len(rest) { // none has given way to another
			sum.Cases, sum.Problems = sum.Cases+len(again), append(sum.Problems, waiting...)
			return sum, nil
		}
		rest = again
	}
}

func (a *Archive) importState(ctx context.Context, to storage.State) error {
	for _, f := range a.manifest.Files {
		_, name, ok := strings.Cut(f.Name, "/state/")
		if !ok || to == nil {
			continue
		}
		key, err := hex.DecodeString(name)
		if err != nil {
			return ErrFormat
		}
		_, version, err := to.Get(ctx, string(key))
		if err != nil {
			return fmt.Errorf("archive: reading the State: %w", err)
		}
		if version != 0 {
			continue
		}
		v, err := a.bytes(f.Name, 64<<10)
		if err != nil {
			return err
		}
		if v == nil {
			v = []byte{}
		}
		if _, err := to.Put(ctx, string(key), 0, v); err != nil && !errors.Is(err, cvd.ErrConflict) {
			return fmt.Errorf("archive: writing the State: %w", err)
		}
	}
	return nil
}

// importLog copies one case out of a Store in memory that holds nothing else.
func (a *Archive) importLog(ctx context.Context, to storecopy.Side, o storecopy.Options, e Entry) (storecopy.Result, error) {
	b, err := a.bytes(caseDir(e.ID)+"log", mostLog)
	if err != nil {
		return storecopy.Result{}, err
	}
	rs, err := readLog(b)
	if err != nil {
		return storecopy.Result{}, err
	}
	last := rs[len(rs)-1]
	var tip storage.Hash
	if n := len(last.Body) - len(tip); n >= 0 { // a record ends with its link
		copy(tip[:], last.Body[n:])
	}
	if last.Seq != e.Seq || tip.String() != e.Tip {
		return storecopy.Result{}, fmt.Errorf("%w: the log of case %s does not end as the manifest says", ErrFormat, e.ID)
	}
	mem := memstore.New()
	if err := mem.Append(ctx, []storage.Change{{ID: e.ID, Records: rs, Head: storage.Head{ID: e.ID, Seq: last.Seq, Tip: tip}}}); err != nil {
		return storecopy.Result{}, err
	}
	from := storecopy.Side{Service: to.Service.Using(mem), Store: mem}
	if to.Blobs != nil {
		from.Blobs = packed{a, e.ID}
	}
	o.Progress = nil
	return storecopy.Cases(ctx, from, to, o, e.ID)
}

// packed are the files of one case.
type packed struct {
	a  *Archive
	id cvd.CaseID
}

func (p packed) Open(_ context.Context, b storage.BlobID) (io.ReadCloser, error) {
	name := caseDir(p.id) + "blobs/" + b.String()
	if _, ok := p.a.named[name]; !ok {
		return nil, cvd.ErrNotFound
	}
	return p.a.open(name)
}

var errReadOnly = errors.New("archive: it is read only")

func (packed) Put(context.Context, storage.BlobID, io.Reader) error { return errReadOnly }
func (packed) Delete(context.Context, storage.BlobID) error         { return errReadOnly }
func (packed) List(context.Context, storage.BlobID, int) ([]storage.BlobInfo, error) {
	return nil, errReadOnly
}
