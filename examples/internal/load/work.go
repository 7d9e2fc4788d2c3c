package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
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

// Worker is one process.
type Worker struct {
	Number int
	Time   time.Duration // how long it works
	Steps  int           // if not 0, so many steps instead
	Store  storage.Store
	Blobs  storage.BlobStore
	Out    io.Writer // what it says: a Ledger's lines

	out *lines
}

// Service is the worker's own, which says what it sends.
func (k *Worker) Service() (*service.Service, error) {
	k.out = &lines{w: k.Out}
	return Service(contended{k.Store, func() { k.say("conflict") }}, k.Blobs, func(id string) { k.say("sent " + id) })
}

func (k *Worker) say(line string) { fmt.Fprintln(k.out, line) }

// Work does what a process of a busy team does, and says of each thing that was
// acknowledged one line: what a host's own users would rely on. written is called after
// each command, and idle where somebody else might look after messages and clocks.
func (k *Worker) Work(ctx context.Context, svc *service.Service, written, idle func(context.Context) error) error {
	by := cvd.By{Actor: cvd.Private(fmt.Sprint("process", k.Number))}
	random := rand.New(rand.NewPCG(uint64(k.Number), 1))
	var ids []cvd.CaseID
	end := time.Now().Add(k.Time)
	wrote := false
	for n := 0; n < k.Steps || k.Steps == 0 && (!wrote || time.Now().Before(end)); n++ {
		if len(ids) == 0 || n%50 == 0 { // those of others, too
			heads, err := k.Store.Heads(ctx, storage.Query{Limit: 20})
			if err != nil {
				return err
			}
			ids = ids[:0]
			for _, h := range heads {
				ids = append(ids, h.ID)
			}
		}
		x := random.IntN(10)
		if x >= 8 {
			if err := idle(ctx); err != nil {
				return err
			}
			continue
		}
		if len(ids) == 0 || x < 3 {
			text := fmt.Sprintf("<%d.%d@finder.example>", k.Number, n)
			k.say("try " + text)
			c, err := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{
				IDs:   []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private(text)}},
				Title: "Heap overflow in frobd", Reporter: cvd.Contact{Name: "Rita", Email: "rita@finder.example"},
			}, cvd.Acknowledge{})
			if err != nil {
				return err
			}
			k.say(fmt.Sprint("case ", c.ID, " ", text))
		} else {
			id, text := ids[random.IntN(len(ids))], fmt.Sprintf("%d.%d", k.Number, n)
			note := cvd.PostMessage{Text: cvd.Private(text)}
			if x == 7 {
				note.To = []cvd.PartyID{2}
			}
			k.say("try " + text)
			if _, err := svc.Do(ctx, id, by, note); err != nil {
				return err
			}
			k.say(fmt.Sprint("note ", id, " ", text))
		}
		wrote = true
		if err := written(ctx); err != nil {
			return err
		}
	}
	return nil
}
