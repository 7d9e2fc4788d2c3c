// Package load lets several processes of a host work on one database, and proves at the
// end that nothing was lost. The programs examples/cluster and examples/river differ in
// who calls Relay and Tick.
package load

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Lease is how long a process keeps what it took to send. It is short, so that what one
// held that was killed is sent while somebody looks on.
const Lease = 10 * time.Second

// Service is that of every process. sent is told of each message.
func Service(store storage.Store, blobs storage.BlobStore, sent func(id string)) (*service.Service, error) {
	return service.New(cvd.Config{
		Store: store, Blobs: blobs, Secret: bytes.Repeat([]byte("demo"), 8), Lease: Lease,
		Transports: map[string]cvd.Transport{
			cvd.TransportMail: cvd.TransportFunc(func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
				sent(m.ID)
				return cvd.Sent{Protection: cvd.ProtectSealed}, nil
			}),
		},
	})
}

// Ledger is what the processes said, each with a line for each thing, at once.
type Ledger struct {
	mu        sync.Mutex
	tried     map[string]bool   // message IDs and texts of what was begun
	cases     map[string]string // their message IDs
	notes     map[string]string // the case of each
	sent      map[string]int
	conflicts int
	killed    bool // one of them was: what it had begun may be there, or not
}

// NewLedger returns an empty one.
func NewLedger() *Ledger {
	return &Ledger{tried: map[string]bool{}, cases: map[string]string{}, notes: map[string]string{}, sent: map[string]int{}}
}

// Line notes what a process said.
func (k *Ledger) Line(s string) {
	f := strings.Fields(s)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case len(f) == 2 && f[0] == "try":
		k.tried[f[1]] = true
	case len(f) == 3 && f[0] == "case":
		k.cases[f[1]] = f[2]
	case len(f) == 3 && f[0] == "note":
		k.notes[f[2]] = f[1]
	case len(f) == 2 && f[0] == "sent":
		k.sent[f[1]]++
	case s == "conflict":
		k.conflicts++
	}
}

// Sent is how many messages went out.
func (k *Ledger) Sent() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.sent)
}

// lines hands on whole lines, from any number of goroutines.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
