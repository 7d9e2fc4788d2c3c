package sqltest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// TestServiceErase looks for a person in the files of a database: there before
// the erasure, in none of them after it and Compact. The blobs are in the same
// database.
func TestServiceErase(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	_, store := openFile(t, filepath.Join(dir, "cases.db"))
	svc, err := service.New(cvd.Config{
		Store: store, Blobs: store.Blobs(), Secret: []byte(strings.Repeat("s", 32)),
		Transports: map[string]cvd.Transport{cvd.TransportMail: nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	const trace = "Quentin-Zyx"
	do := func(id cvd.CaseID, actor cvd.Private, cmds ...cvd.Command) *cvd.Case {
		t.Helper()
		c, err := svc.Do(ctx, id, cvd.By{Actor: actor}, cmds...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	mail := cvd.ExternalID{Kind: cvd.IDMessage, Value: "<" + trace + "@finder.example>"}
	id := do(cvd.CaseID{}, "alice", cvd.Receive{
		IDs: []cvd.ExternalID{mail}, Title: trace + " title", Summary: cvd.Private(strings.Repeat(trace+" summary. ", 500)),
		Reporter: cvd.Contact{Name: trace, Email: trace + "@finder.example", Phone: trace, Address: trace},
		Original: strings.NewReader(strings.Repeat("original of "+trace+"\n", 5000)),
	}).ID
	do(id, "alice", cvd.Acknowledge{}, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "a text of the team"})
	do(id, trace, cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: trace + " text"},
		cvd.Attach{Party: 2, Name: trace, Content: strings.NewReader("a file of " + trace)},
		cvd.Observe{What: vultron.VendorAware, Party: 2, Evidence: trace + " evidence"})
	bystander := do(cvd.CaseID{}, "alice", cvd.Receive{Title: "another", Reporter: cvd.Contact{Name: "Bystander-Abc"}}).ID

	holders := func(text string) (names []string) {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			b = bytes.ToLower(b)
			for _, form := range []string{text, hex.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text))[:8]} {
				if bytes.Contains(b, []byte(strings.ToLower(form))) {
					names = append(names, f.Name())
					break
				}
			}
		}
		return names
	}
	if len(holders(trace)) == 0 {
		t.Fatal("the person is in no file: this test could not fail")
	}
	got, err := svc.Erase(ctx, id, cvd.By{Actor: "alice"}, cvd.ErasePerson{Party: 2, Actor: trace, Basis: cvd.EraseRequest})
	if err != nil {
		t.Fatal(err)
	}
	if got.Files != 2 || len(got.Records) < 7 {
		t.Errorf("erased %d files and %d records", got.Files, len(got.Records))
	}
	if len(holders(trace)) == 0 {
		t.Log("nothing was left to compact")
	}
	if err := store.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	if names := holders(trace); len(names) > 0 {
		t.Errorf("the person is still in %v", names)
	}
	if len(holders("Bystander-Abc")) == 0 || len(holders("a text of the team")) == 0 {
		t.Error("more was removed than asked for")
	}
	blobs, err := store.Blobs().List(ctx, storage.BlobID{}, 10)
	if err != nil || len(blobs) != 0 {
		t.Errorf("blobs: %v, %v", blobs, err)
	}

	// Another process reads and verifies the chain, and sees what happened.
	other, err := service.New(cvd.Config{Store: store, Secret: []byte(strings.Repeat("s", 32))})
	if err != nil {
		t.Fatal(err)
	}
	c, err := other.View(ctx, id, cvd.Viewer{Team: true})
	if err != nil {
		t.Fatal(err)
	}
	last := c.Events[len(c.Events)-1]
	if last.Kind != cvd.EventPrivateErased || last.Became() != cvd.EraseRequest || time.Since(last.At) > time.Hour {
		t.Errorf("the erasure is not on record: %+v", last)
	}
	if c.Reports[0].Received.IsZero() || c.Reports[0].Summary != "" {
		t.Error("the structure of the report is gone, or its text is not")
	}
	if _, err := other.Lookup(ctx, mail); err == nil {
		t.Error("the Message-ID still leads to the case")
	}
	if c, err := other.View(ctx, bystander, cvd.Viewer{Team: true}); err != nil || c.Participants[1].Name != "Bystander-Abc" {
		t.Error(err)
	}
}
