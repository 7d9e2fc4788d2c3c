package caselog

import (
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// FuzzBody reads any bytes as the body of a record, as they are and with a link
// that fits.
func FuzzBody(f *testing.F) {
	body, _ := EncodeBody(storage.Hash{}, &Envelope{Seq: 1, Name: "case.titled/1", Flags: FlagFirst | FlagPrivate, Batch: 1})
	f.Add(body)
	f.Add(body[:len(body)-32])
	f.Add([]byte{RecordFormat, FlagFirst, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{RecordFormat})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _, err := decodeBody(storage.Hash{}, &storage.Record{Seq: 1, Body: body})
		tip := Link(storage.Hash{}, body)
		e, _, err2 := decodeBody(storage.Hash{}, &storage.Record{Seq: 1, Body: append(body[:len(body):len(body)], tip[:]...)})
		if err == nil && len(body) < 33 {
			t.Fatal("a body Without room for its Link was taken")
		}
		if err2 == nil {
			if len(e.Payload)+len(e.Name) > len(body) {
				t.Fatal("more came out than went In")
			}
			_, _ = decodeEntry(&e)
		}
	})
}

// FuzzHead reads any bytes as the data of a head.
func FuzzHead(f *testing.F) {
	f.Add(Forge(cvd.CaseID{1}, &CaseOpened{Number: "CVD-1900-00000"}, &PartyAdded{Roles: cvd.RoleVendor}).Head().Data)
	f.Add([]byte{})
	f.Add([]byte{200, 1, 'x'})
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := ReadHead(storage.Head{Data: data})
		if err != nil {
			return
		}
		if len(x.Number) > len(data) {
			t.Fatal("more came out than went In")
		}
		_ = x.Ends.Format(time.RFC3339)
		var w Wire
		wireSummary(&x, &w)
		y, err := ReadHead(storage.Head{Data: w.Buf})
		if err != nil || y.Number != x.Number || y.Rating != x.Rating || !y.Ends.Equal(x.Ends) {
			t.Fatalf("%v\n%+v\n%+v", err, x, y)
		}
	})
}
