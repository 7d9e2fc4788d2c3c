package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// contended tells when another was first: the Service then decides again.
type contended struct {
	storage.Store
	conflict func()
}

func (s contended) Append(ctx context.Context, changes []storage.Change) error {
	err := s.Store.Append(ctx, changes)
	if errors.Is(err, cvd.ErrConflict) {
		s.conflict()
	}
	return err
}

// work does what a process of a busy team does, and says of each thing that was
// acknowledged one line: what a host's own users would rely on.
func (c *cluster) work(ctx context.Context, w io.Writer) error {
	db, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	svc, err := service(contended{store, func() { fmt.Fprintln(w, "conflict") }}, store.Blobs(), func(id string) { fmt.Fprintln(w, "sent", id) })
	if err != nil {
		return err
	}
	by := cvd.By{Actor: cvd.Private(fmt.Sprint("process", c.worker))}
	random := rand.New(rand.NewPCG(uint64(c.worker), 1))
	var ids []cvd.CaseID
	for n, end := 0, time.Now().Add(c.time); time.Now().Before(end); n++ {
		if len(ids) == 0 || n%50 == 0 { // those of others, too
			heads, err := store.Heads(ctx, storage.Query{Limit: 20})
			if err != nil {
				return err
			}
			ids = ids[:0]
			for _, h := range heads {
				ids = append(ids, h.ID)
			}
		}
		switch x := random.IntN(10); {
		case len(ids) == 0 || x < 3:
			text := fmt.Sprintf("<%d.%d@finder.example>", c.worker, n)
			k, err := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{
				IDs:   []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private(text)}},
				Title: "Heap overflow in frobd", Reporter: cvd.Contact{Name: "Rita", Email: "rita@finder.example"},
			}, cvd.Acknowledge{})
			if err != nil {
				return err
			}
			fmt.Fprintln(w, "case", k.ID, text)
		case x < 8:
			id, text := ids[random.IntN(len(ids))], fmt.Sprintf("%d.%d", c.worker, n)
			note := cvd.PostMessage{Text: cvd.Private(text)}
			if x == 7 {
				note.To = []cvd.PartyID{2}
			}
			if _, err := svc.Do(ctx, id, by, note); err != nil {
				return err
			}
			fmt.Fprintln(w, "note", id, text)
		case x == 8:
			if _, err := svc.Relay(ctx, 20); err != nil {
				return err
			}
		default:
			if _, err := svc.Tick(ctx, 20); err != nil {
				return err
			}
		}
	}
	return nil
}
