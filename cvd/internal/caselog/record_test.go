package caselog

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// filler puts values into entries by reflection, so that a field that somebody
// adds and forgets to encode fails the round trip.
type filler struct {
	*rand.Rand
	marker string // in every Private, if not empty
}

func (f filler) fill(v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		t := time.UnixMilli(f.Int64N(4e12) - 1e12).UTC()
		if f.IntN(2) == 0 {
			t = t.In(time.FixedZone([]string{"", "CEST", "Asia/Kathmandu"}[f.IntN(3)], (f.IntN(100)-50)*900))
		}
		*x = t
		return
	case *tlp.Label:
		*x = append(tlp.Labels(), tlp.Unset)[f.IntN(len(tlp.Labels())+1)]
		return
	case *cvd.Private:
		*x = cvd.Private(f.marker + f.word())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if n := f.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				f.fill(v.Index(i))
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.String:
		v.SetString(f.word())
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.Int64:
		v.SetInt(int64(f.Uint64() >> f.IntN(64)))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(f.Uint64() >> (64 - v.Type().Bits() + f.IntN(v.Type().Bits())))
	case reflect.Pointer: // not of the record
	default:
		panic("the test cannot fill a " + v.Type().String())
	}
}

func (f filler) word() string {
	b := make([]byte, f.IntN(40))
	for i := range b {
		b[i] = byte(f.Uint32())
	}
	return string(b)
}

// same compares entries; times by instant, and by zone where that is kept.
func same(t *testing.T, want, got reflect.Value, zoned bool) {
	t.Helper()
	if w, ok := want.Interface().(time.Time); ok {
		g := got.Interface().(time.Time)
		require.True(t, w.Equal(g), "%s %s", w, g)
		if zoned {
			_, a := w.Zone()
			_, b := g.Zone()
			require.Equal(t, a, b)
			if a != 0 { // an unnamed offset of zero is read as UTC
				require.Equal(t, w.Location().String(), g.Location().String())
			}
		}
		return
	}
	if want.Kind() == reflect.Slice && want.Type().Elem().Kind() == reflect.Struct && want.Len() == got.Len() {
		for i := range want.Len() {
			same(t, want.Index(i), got.Index(i), false)
		}
		return
	}
	if want.Kind() != reflect.Struct {
		require.Equal(t, want.Interface(), got.Interface())
		return
	}
	for i := range want.NumField() {
		if want.Type().Field(i).IsExported() {
			name := want.Type().Field(i).Name
			same(t, want.Field(i), got.Field(i), name == "Ends")
		}
	}
}

func encoded(x Entry) (body, private []byte) {
	var b, p Wire
	x.Body(&b)
	x.Private(&p)
	return b.Buf, p.Buf
}

func decoded(t *testing.T, name string, body, private []byte) Entry {
	t.Helper()
	x, err := decodeEntry(&Envelope{Seq: 1, Name: name, Payload: body})
	require.NoError(t, err)
	w := Wire{Buf: private, Reading: true}
	x.Private(&w)
	require.False(t, w.bad)
	return x
}

func TestEveryEntryRoundTrips(t *testing.T) {
	f := filler{Rand: rand.New(rand.NewPCG(1, 2))}
	for name, create := range Kinds {
		require.Equal(t, name, create().RecordName())
		require.Regexp(t, `^[a-z]+\.[a-z]+/[1-9]$`, name)
		for range 200 {
			x := create()
			f.fill(reflect.ValueOf(x).Elem())
			body, private := encoded(x)
			same(t, reflect.ValueOf(x).Elem(), reflect.ValueOf(decoded(t, name, body, private)).Elem(), false)
			// A newer version has appended fields that this one does not know.
			more := decoded(t, name, append(slices.Clone(body), 7, 7, 7), append(slices.Clone(private), 9))
			same(t, reflect.ValueOf(x).Elem(), reflect.ValueOf(more).Elem(), false)
		}
		// An older version wrote none of the fields of today.
		old := decoded(t, name, nil, nil)
		require.True(t, reflect.ValueOf(old).Elem().IsZero(), "%s of an empty record is %+v", name, old)
	}
}

func TestFieldsCutShortReadZeroOrFail(t *testing.T) {
	f := filler{Rand: rand.New(rand.NewPCG(3, 4))}
	for name, create := range Kinds {
		x := create()
		f.fill(reflect.ValueOf(x).Elem())
		body, _ := encoded(x)
		for n := range body {
			y, err := decodeEntry(&Envelope{Seq: 1, Name: name, Payload: body[:n]})
			if err != nil {
				require.ErrorIs(t, err, cvd.ErrTampered)
				require.Nil(t, y)
			}
		}
	}
	x := &EmbargoAccepted{Proposal: 3, By: 2, State: vultron.EMActive, Assumed: true}
	body, _ := encoded(x)
	y := decoded(t, x.RecordName(), body[:2], nil)
	require.Equal(t, &EmbargoAccepted{Proposal: 3, By: 2}, y, "the fields of an older version, and zero for the rest")
}

// A body is never sealed and never erased: nothing that is Private may be in it.
func TestBodiesHoldNothingPrivate(t *testing.T) {
	const marker = "MARKER"
	f := filler{rand.New(rand.NewPCG(5, 6)), marker}
	for name, create := range Kinds {
		for range 20 {
			x := create()
			f.fill(reflect.ValueOf(x).Elem())
			body, _ := encoded(x)
			require.False(t, bytes.Contains(body, []byte(marker)), name)
		}
	}
}

func TestEnvelopeRoundTrips(t *testing.T) {
	f := filler{Rand: rand.New(rand.NewPCG(7, 8))}
	for i := range 1000 {
		var prev storage.Hash
		binary.BigEndian.PutUint64(prev[:], uint64(i))
		e := Envelope{Seq: cvd.Seq(i), Name: f.word(), At: storage.Millis(f.Uint64()), Actor: f.Uint32(), Flags: uint8(i % 8), Payload: []byte(f.word())}
		r := storage.Record{Seq: e.Seq}
		if e.Flags&FlagFirst != 0 {
			f.fill(reflect.ValueOf(&e.Command).Elem())
			e.Batch = f.Uint32()
		}
		if e.Flags&FlagPrivate != 0 {
			r.Private, r.HasPrivate = []byte(f.word()+"x"), true
			e.Digest = sha256.Sum256(r.Private)
		}
		body, tip := EncodeBody(prev, &e)
		r.Body = body
		got, gotTip, err := decodeBody(prev, &r)
		require.NoError(t, err)
		require.Equal(t, tip, gotTip)
		if len(e.Payload) == 0 {
			e.Payload = got.Payload
		}
		require.Equal(t, e, got)
		_, _, err = decodeBody(storage.Hash{1}, &r)
		require.ErrorIs(t, err, cvd.ErrTampered)
	}
}

func TestNewerFormatIsNotTampering(t *testing.T) {
	body, _ := EncodeBody(storage.Hash{}, &Envelope{Seq: 1, Name: "x/1"})
	content := body[:len(body)-32]
	content[0] = RecordFormat + 1
	tip := Link(storage.Hash{}, content)
	_, _, err := decodeBody(storage.Hash{}, &storage.Record{Seq: 1, Body: append(content, tip[:]...)})
	require.ErrorIs(t, err, cvd.ErrNewer)
	require.NotErrorIs(t, err, cvd.ErrTampered)
}

// The wire keeps what a length or a count claims within what is there.
func TestImpossibleLengths(t *testing.T) {
	huge := binary.AppendUvarint(nil, 1<<62)
	for _, read := range []func(*Wire){
		func(w *Wire) { var s string; text(w, &s) },
		func(w *Wire) { var b []byte; w.bytes(&b) },
		func(w *Wire) { var s []uint32; many(w, &s, func(w *Wire, n *uint32) { num(w, n) }) },
		func(w *Wire) { var n uint32; num(w, &n) },
		func(w *Wire) { var a [16]byte; w.fixed(a[:]) },
	} {
		w := Wire{Buf: slices.Clone(huge), Reading: true}
		read(&w)
		require.True(t, w.bad)
		require.Empty(t, w.Buf)
	}
	w := Wire{Buf: bytes.Repeat([]byte{0xff}, 11), Reading: true}
	var n uint64
	w.u64(&n)
	require.True(t, w.bad, "a number of more than 64 bits")
}

// A case lists every zone in which an end can be agreed, also those that a time
// of RFC 3339 has: an offset without a name.
func TestZonesAreKept(t *testing.T) {
	parsed, err := time.Parse(time.RFC3339, "2026-06-01T12:00:00+05:45")
	require.NoError(t, err)
	kathmandu, err := time.LoadLocation("Asia/Kathmandu")
	require.NoError(t, err)
	for _, ends := range []time.Time{
		parsed, parsed.UTC(), parsed.In(kathmandu),
		parsed.In(time.FixedZone("", 0)), parsed.In(time.FixedZone("CEST", 7200)),
	} {
		x := &EmbargoProposed{Ends: ends}
		body, private := encoded(x)
		got := decoded(t, x.RecordName(), body, private).(*EmbargoProposed).Ends
		require.True(t, ends.Equal(got))
		require.Equal(t, ends.Format(time.RFC3339), got.Format(time.RFC3339))
		if _, offset := ends.Zone(); offset != 0 {
			require.Equal(t, ends.Location().String(), got.Location().String())
		}
	}
}
