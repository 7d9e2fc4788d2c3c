package memstore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func ExampleNew() {
	ctx := context.Background()
	store := memstore.New()
	id := storage.CaseID{1}
	first := storage.Change{
		ID:      id,
		Records: []storage.Record{{Seq: 1, Body: []byte("opened")}},
		Head:    storage.Head{ID: id, Seq: 1, Tip: storage.Hash{1}},
		Tag:     []storage.Term{"state:open"},
	}
	fmt.Println("first:", store.Append(ctx, []storage.Change{first}))
	fmt.Println("again is a conflict:", errors.Is(store.Append(ctx, []storage.Change{first}), storage.ErrConflict))

	records, _ := store.Load(ctx, id, 0, 10, false)
	fmt.Printf("%d %s\n", records[0].Seq, records[0].Body)
	open, _ := store.Heads(ctx, storage.Query{All: []storage.Term{"state:open"}, Limit: 50})
	fmt.Println("open cases:", len(open))
	// Output:
	// first: <nil>
	// again is a conflict: true
	// 1 opened
	// open cases: 1
}

func ExampleNewBlobs() {
	ctx := context.Background()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	blobs := memstore.NewBlobs(func() time.Time { return noon })
	id := storage.BlobID{7}
	if err := blobs.Put(ctx, id, strings.NewReader("a screenshot")); err != nil {
		fmt.Println(err)
	}
	r, err := blobs.Open(ctx, id)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	text, _ := io.ReadAll(r)
	fmt.Printf("%s\n", text)
	// Output: a screenshot
}

// Two workers read one cursor; the second to write it sees that it was late.
func ExampleNewState() {
	ctx := context.Background()
	state := memstore.NewState()
	_, version, _ := state.Get(ctx, "tracker/rt/cursor")
	next, err := state.Put(ctx, "tracker/rt/cursor", version, []byte("17"))
	fmt.Println(next > version, err)
	_, err = state.Put(ctx, "tracker/rt/cursor", version, []byte("16"))
	fmt.Println(errors.Is(err, storage.ErrConflict))
	value, _, _ := state.Get(ctx, "tracker/rt/cursor")
	fmt.Printf("%s\n", value)
	// Output:
	// true <nil>
	// true
	// 17
}
