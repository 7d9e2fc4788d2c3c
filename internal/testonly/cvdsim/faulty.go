package cvdsim

import (
	"context"
	"errors"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// errInjected is a failure of the database or of a mail server.
var errInjected = errors.New("cvdsim: injected")

// faulty is the store of one process: the fault of a step meets it once.
type faulty struct {
	storage.Store
	fault   *fault
	appends int
	claims  int
	during  func()
	hit     bool
}

func (f *faulty) arm(x *fault, during func()) {
	f.fault, f.appends, f.claims, f.during, f.hit = x, 0, 0, during, false
}

func (f *faulty) meets(kind faultKind, n int) bool {
	if f.fault == nil || f.fault.kind != kind || f.fault.at != n {
		return false
	}
	f.fault, f.hit = nil, true
	return true
}

func (f *faulty) Append(ctx context.Context, c []storage.Change) error {
	if g := f.during; g != nil {
		f.during = nil
		g()
	}
	f.appends++
	if f.meets(notWritten, f.appends) {
		return errInjected
	}
	err := f.Store.Append(ctx, c)
	if err == nil && f.meets(written, f.appends) {
		return errInjected
	}
	return err
}

func (f *faulty) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
	f.claims++
	if f.meets(claimFails, f.claims) {
		return nil, errInjected
	}
	got, err := f.Store.Claim(ctx, now, lease, n)
	if err == nil && f.meets(claimedFails, f.claims) {
		return nil, errInjected
	}
	return got, err
}

// letter is what arrived at a recipient.
type letter struct {
	to     string
	number string // of the case
	notice bool   // it only says that there is something to read
	count  int
}

// mail is the mail server of all, which keeps what it took.
type mail struct {
	w     *world
	host  *host
	tried int
}

func (m *mail) Send(_ context.Context, x cvd.Outgoing) (cvd.Sent, error) {
	m.tried++
	f := &m.host.store
	if f.meets(mailRefused, m.tried) {
		return cvd.Sent{}, errInjected
	}
	m.w.arrives(x)
	if f.meets(mailUnknown, m.tried) {
		return cvd.Sent{}, errInjected
	}
	return cvd.Sent{Protection: cvd.ProtectSealed}, nil
}
