package service_test

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// words is a value of each enumeration, and how many there are.
var words = map[any]int{
	cvd.Kind(0): 3, cvd.Origin(0): 3, cvd.Channel(0): 7, cvd.Protection(0): 4, cvd.Signature(0): 4, cvd.Credit(0): 3,
	cvd.Outcome(0): 6, cvd.Rating(0): 6, cvd.Affected(0): 6, cvd.ProposalState(0): 7, cvd.EndReason(0): 7,
	cvd.Purpose(0): 18, cvd.Delivered(0): 7, cvd.KnownBy(0): 5, cvd.Stage(0): 5, cvd.Dismissal(0): 8, cvd.Resolution(0): 3, cvd.LinkKind(0): 11, cvd.EraseBasis(0): 4,
	cvd.Step(0): 4, cvd.ReportStage(0): 6, cvd.RequestKind(0): 3,
	cvd.Roles(0): 0, cvd.Erasable(0): 0,
	vultron.RM(0): 7, vultron.EM(0): 5, vultron.CS(0): 64, vultron.Consent(0): 5, vultron.Order(0): 3, vultron.RMStep(0): 4,
	vultron.RMEvent(1): 0, vultron.EMEvent(1): 0, vultron.CSEvent(1): 0, vultron.ConsentEvent(1): 0,
}

// TestWords: each value of each enumeration is written as the word that String
// returns, by fmt, JSON and slog, and read back; so is a value of a later version.
func TestWords(t *testing.T) {
	for zero, known := range words {
		typ := reflect.TypeOf(zero)
		seen := map[string]bool{}
		for n := range 256 {
			v := reflect.New(typ).Elem()
			v.SetUint(uint64(n))
			if typ == reflect.TypeFor[cvd.Roles]() && n >= 128 || typ == reflect.TypeFor[cvd.Erasable]() && n >= 16 {
				continue
			}
			word := v.Interface().(fmt.Stringer).String()
			require.False(t, seen[word], "%s: %q stands twice", typ, word)
			seen[word] = true
			require.False(t, n < known && strings.HasSuffix(word, ")"), "%s %d has no word", typ, n)
			b, err := json.Marshal(v.Interface())
			require.NoError(t, err)
			want, err := json.Marshal(word)
			require.NoError(t, err)
			require.Equal(t, string(want), string(b), typ.String())
			back := reflect.New(typ)
			require.NoError(t, json.Unmarshal(b, back.Interface()), "%s %s", typ, b)
			require.EqualValues(t, n, back.Elem().Uint(), typ.String())
			var line bytes.Buffer
			slog.New(slog.NewJSONHandler(&line, nil)).Info("", "v", v.Interface())
			require.Contains(t, line.String(), `"v":`+string(want))
		}
		if known > 0 {
			v := reflect.New(typ).Elem()
			v.SetUint(uint64(known))
			require.True(t, strings.HasSuffix(fmt.Sprint(v.Interface()), ")"), "%s has more words than the test knows", typ)
		}
		err := reflect.New(typ).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte("a word of nobody's"))
		require.ErrorContains(t, err, "the words are", typ.String())
		require.NotContains(t, err.Error(), "nobody")
	}
}

// TestIDsAreUUIDs: text, JSON and databases show one form, and read it back.
func TestIDsAreUUIDs(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	id := uuid.UUID(c.ID)
	require.EqualValues(t, 7, id.Version())
	require.Equal(t, uuid.RFC4122, id.Variant())
	sec, nsec := id.Time().UnixTime()
	require.Equal(t, c.Opened.UnixMilli(), time.Unix(sec, nsec).UnixMilli())

	for _, v := range []any{&c.ID, &storage.BlobID{1}, &cvd.CommandID{2}, &c.Tip, &storage.Key{3}, &storage.LaneID{4}} {
		text := v.(fmt.Stringer).String()
		b, err := json.Marshal(v)
		require.NoError(t, err)
		require.Equal(t, `"`+text+`"`, string(b))
		typ := reflect.TypeOf(v).Elem()
		back := reflect.New(typ)
		require.NoError(t, json.Unmarshal(b, back.Interface()))
		require.Equal(t, v, back.Interface())
		for _, bad := range []string{"", "zz", text + "0", strings.Repeat("g", len(text))} {
			err := back.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(bad))
			require.Error(t, err, "%s %q", typ, bad)
			require.NotContains(t, err.Error(), "zz")
			require.Equal(t, v, back.Interface(), "a failed reading changes nothing")
		}
		if from, ok := reflect.New(typ).Interface().(sql.Scanner); ok {
			stored, err := v.(driver.Valuer).Value()
			require.NoError(t, err)
			require.Equal(t, text, stored)
			for _, column := range []any{stored, []byte(text), reflect.ValueOf(v).Elem().Slice(0, 16).Bytes()} {
				require.NoError(t, from.Scan(column))
				require.Equal(t, v, from)
			}
			require.Error(t, from.Scan(17))
		}
	}
	for range 100 { // whatever the clock, IDs that the library makes are of one kind
		require.EqualValues(t, 7, uuid.UUID(d.do(cvd.CaseID{}, cvd.Receive{Title: "another"}).ID).Version())
		d.clock.pass(time.Hour)
	}
}

// TestReasonsAreShown: what a command demands a reason for is read back by the
// team, with the event and in the timeline, and by nobody else.
func TestReasonsAreShown(t *testing.T) {
	for _, name := range service.EntriesWithReason() {
		require.True(t, service.IsReasoned(name), "%s has a Reason that no event shows", name)
	}
	d := newDesk(t)
	id := d.received().ID
	why := func(n int) cvd.Private { return cvd.Private(fmt.Sprintf("the reason %d", n)) }
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 40), Reason: why(1)})
	d.do(id, cvd.RejectEmbargo{Party: 2, Reason: why(2)})
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "V"}, DetailsFirst: true, Reason: why(3)})
	d.do(id, cvd.LegalHold{Reason: why(4)})
	d.do(id, cvd.LiftHold{Reason: why(5)})
	d.do(id, cvd.HandOver{To: 3, Reason: why(6)})
	other := d.do(cvd.CaseID{}, cvd.Receive{Title: "another"}).ID
	_, err := d.svc.Link(ctx, id, cvd.By{Actor: "alice"}, cvd.LinkTo{Case: other, Kind: cvd.LinkRelated, Reason: why(7)})
	require.NoError(t, err)
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeInvalid, Reason: why(8)})
	d.do(id, cvd.Close{Reason: why(9)})

	c := d.view(id, team)
	var all strings.Builder
	for _, e := range c.Events {
		all.WriteString(string(e.Reason) + "\n")
	}
	line := c.Timeline(d.clock.t, time.UTC).Text()
	for n := 1; n <= 9; n++ {
		require.Contains(t, all.String(), string(why(n)))
	}
	for _, n := range []int{1, 2, 3, 8, 9} { // those of events that stand on the line
		require.Contains(t, line, string(why(n)))
	}
	for _, v := range []cvd.Viewer{{Party: 2}, {Party: 3}} {
		for _, e := range d.view(id, v).Events {
			require.Empty(t, e.Reason)
		}
	}
}

// No exported time of package cvd, or of what its cases hold, is written as year 1:
// a field that is added without omitzero fails here.
func TestZeroTimesAreLeftOut(t *testing.T) {
	seen, found := map[reflect.Type]bool{}, 0
	var walk func(x reflect.Type)
	walk = func(x reflect.Type) {
		for x.Kind() == reflect.Pointer || x.Kind() == reflect.Slice || x.Kind() == reflect.Map {
			x = x.Elem()
		}
		if x.Kind() != reflect.Struct || seen[x] || !strings.HasPrefix(x.PkgPath(), "github.com/cvdkit/cvdkit/cvd") {
			return
		}
		seen[x] = true
		for i := range x.NumField() {
			f := x.Field(i)
			if !f.IsExported() {
				continue // no encoder sees it
			}
			if f.Type == reflect.TypeFor[time.Time]() {
				found++
				require.Contains(t, f.Tag.Get("json")+",", ",omitzero,", "%s.%s", x, f.Name)
			}
			walk(f.Type)
		}
	}
	for _, x := range exported {
		walk(reflect.TypeOf(x))
	}
	require.Greater(t, found, 100)
}
