package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// A Customer is told before the publication, under an agreement.
type Customer struct {
	ID      string // of the host; at most 100 bytes as part of a URL path
	Address string // one mail address
	// Agreement is the contract that binds them to silence.
	Agreement Agreement
	// Lead is how long before the publication they are told.
	Lead time.Duration
	// Products are those they run, as the host names them. Empty means all.
	Products []string
}

// An Agreement is a contract about pre-notification.
type Agreement struct {
	Reference string    // where it is kept
	Signed    time.Time // it binds from then on
	Until     time.Time // zero stands for no end
}

// inForce reports whether the agreement binds from now until the publication.
func (a Agreement) inForce(now, publication time.Time) bool {
	return a.Reference != "" && !a.Signed.IsZero() && !now.Before(a.Signed) && (a.Until.IsZero() || publication.Before(a.Until))
}

// Due returns the customers who are to be told of a vulnerability in some products
// now, given when it will be published, and when the next will be (zero if none is
// left). Nobody is told without an agreement that holds until the publication, and
// nobody after it: then Announce is for everybody.
func Due(list []Customer, products []string, publication, now time.Time) (due []Customer, next time.Time) {
	if !now.Before(publication) {
		return nil, time.Time{}
	}
	for _, c := range list {
		if !c.Agreement.inForce(now, publication) || c.Lead <= 0 || !c.runs(products) {
			continue
		}
		if at := publication.Add(-c.Lead); at.After(now) {
			if next.IsZero() || at.Before(next) {
				next = at
			}
			continue
		}
		due = append(due, c)
	}
	return due, next
}

// keyOf is a recipient as a part of a key.
func keyOf(who string) string { return url.PathEscape(who) }

func (c Customer) runs(products []string) bool {
	return len(c.Products) == 0 || slices.ContainsFunc(products, func(p string) bool { return slices.Contains(c.Products, p) })
}

// Prenotify sends a notice to customers who do not have it. The mails must be
// encrypted: Mail.Encrypt is set. One that fails does not stop the others.
func (d *Desk) Prenotify(ctx context.Context, n Notice, customers []Customer) error {
	if err := d.check(); err != nil {
		return err
	}
	var failed []error
	for _, c := range customers {
		who := "customer-" + c.ID
		if c.ID == "" || len(keyOf(who)) > 110 {
			failed = append(failed, errors.New("notify: a customer's ID is missing or too long"))
			continue
		}
		if _, err := d.send(ctx, n, keyOf(who), who, Mail{To: c.Address, Text: n.Text, Encrypt: true}); err != nil {
			failed = append(failed, fmt.Errorf("notify: customer %s: %w", c.ID, err))
			if ctx.Err() != nil {
				break
			}
		}
	}
	return errors.Join(failed...)
}
