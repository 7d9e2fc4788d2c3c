package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// sample is a small archive of each form.
func sample(f *testing.F, form Form) []byte {
	id := cvd.CaseID{1}
	var b bytes.Buffer
	w := newWriter(&b, form, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), "Example PSIRT")
	tip := storage.Hash{7}
	w.manifest.Cases = []Entry{{ID: id, Number: "CVD-2026-00000", Seq: 1, Tip: tip.String()}}
	name, text := "log", writeLog([]storage.Record{{Seq: 1, Body: append([]byte("body"), tip[:]...), Private: []byte("p"), HasPrivate: true}})
	if form == FormView {
		name = "case.json"
		var v bytes.Buffer
		if err := (View{Case: id, Number: "CVD-2026-00000", Seq: 1, Tip: tip.String(), Title: "t", Reports: []Report{{ID: 1}}}).RevealJSON(&v); err != nil {
			f.Fatal(err)
		}
		text = v.Bytes()
	}
	if err := errors.Join(w.add(caseDir(id)+name, bytes.NewReader(text)), w.close(context.Background(), nil)); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// FuzzOpen: whatever a file is, reading all of it ends, takes no more memory than the
// file has, and its only error is ErrFormat.
func FuzzOpen(f *testing.F) {
	f.Add(sample(f, FormLog))
	f.Add(sample(f, FormView))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		total := int64(0)
		for _, x := range a.Manifest().Files {
			r, err := a.open(x.Name)
			if err != nil {
				continue
			}
			n, err := io.Copy(io.Discard, r)
			if total += n; err != nil && !errors.Is(err, ErrFormat) || err == nil && n != x.Size {
				t.Fatal(n, err)
			}
		}
		if len(a.Manifest().Files) < 3 && total > 2*int64(len(b)) {
			t.Fatal("more than there is")
		}
		if _, err := a.View(); err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrForm) {
			t.Fatal(err)
		}
	})
}

// FuzzLog: a log that is read is written the same.
func FuzzLog(f *testing.F) {
	f.Add(writeLog([]storage.Record{{Seq: 1, Body: []byte("body")}, {Seq: 2, Private: []byte{}, HasPrivate: true}}))
	f.Add([]byte(logMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		rs, err := readLog(b)
		if err == nil && !bytes.Equal(writeLog(rs), b) || err != nil && !errors.Is(err, ErrFormat) {
			t.Fatal(len(rs), err)
		}
	})
}

// FuzzManifest: what is accepted names each file once, within its case.
func FuzzManifest(f *testing.F) {
	for _, form := range []Form{FormLog, FormView} {
		b := sample(f, form)
		a, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.raw)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseManifest(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseManifest(again); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzView: case.json of strangers.
func FuzzView(f *testing.F) {
	e := Entry{ID: cvd.CaseID{1}, Number: "CVD-2026-00000", Seq: 1, Tip: "00"}
	var b bytes.Buffer
	if err := (View{Case: e.ID, Number: e.Number, Seq: 1, Tip: e.Tip, Messages: []Message{{ID: 1, Text: "x"}}}).RevealJSON(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseView(b, e)
		if err != nil && !errors.Is(err, ErrFormat) || err == nil && v.Case != e.ID {
			t.Fatal(err)
		}
	})
}
