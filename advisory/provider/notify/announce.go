package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Notice is what is announced. Everybody gets the same bytes.
type Notice struct {
	ID      string // stable, such as the advisory's ID and version, or the step's of a release
	Subject string // not encoded
	Text    string // plain, with line feeds
	Files   []File // such as the CSAF document and its signature
}

// digest is what the record keeps of a notice.
func (n Notice) digest() string {
	h := sha256.New()
	for _, s := range []string{n.ID, n.Subject, n.Text} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	for _, f := range n.Files {
		fmt.Fprintf(h, "%d:%s%d:%s", len(f.Name), f.Name, len(f.Data), f.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// A Delivery is on record: who got what when.
type Delivery struct {
	Who    string    `json:"who"`              // hash of the address, or "customer-" and the customer's ID
	Digest string    `json:"digest"`           // SHA-256 over the notice, in hexadecimal
	At     time.Time `json:"at"`               // when the Sender took it, or gave up
	Failed bool      `json:"failed,omitempty"` // the address takes no mail; it got nothing
}

var (
	// ErrChanged means that a notice with the ID was sent with another text.
	ErrChanged = errors.New("notify: a notice with this ID and another content was sent; give the new one another ID")
	// ErrTooEarly means that what a notice announces is not public yet: nothing was sent.
	ErrTooEarly = errors.New("notify: the advisory is not public yet; the mails come after it")
)

func (d *Desk) sentPrefix(notice string) string {
	return "notify/sent/" + hex.EncodeToString(d.mac("notice", notice))[:24] + "/"
}

// send sends one mail unless it is on record.
func (d *Desk) send(ctx context.Context, n Notice, key, who string, m Mail) (sent bool, err error) {
	key = d.sentPrefix(n.ID) + key
	value, version, err := d.State.Get(ctx, key)
	if err != nil {
		return false, err
	}
	if len(value) > 0 {
		var was Delivery
		if err := json.Unmarshal(value, &was); err != nil {
			return false, err
		}
		if was.Digest != n.digest() {
			return false, fmt.Errorf("%w: %s", ErrChanged, n.ID)
		}
		return false, nil
	}
	m.ID = hex.EncodeToString(d.mac("mail", n.ID, who))[:32]
	m.Subject, m.Files = n.Subject, n.Files
	err = d.Sender.Send(ctx, m)
	gone := errors.Is(err, ErrNoMailbox)
	if err != nil && !gone {
		return false, err
	}
	if e := d.save(ctx, key, version, Delivery{who, n.digest(), d.Now().UTC(), gone}); e != nil {
		return !gone, e
	}
	return !gone, err
}

// Announce sends a notice of what is public to subscribers who do not have it, max
// mails at most, and reports whether all have it. An address at which sending fails
// does not stop the others; their errors are joined. One that takes no mail for good
// (ErrNoMailbox) is on record as failed, and is subscribed no longer.
func (d *Desk) Announce(ctx context.Context, n Notice, max int) (done bool, err error) {
	if err := d.check(); err != nil {
		return false, err
	}
	next, err := d.announce(ctx, n, "", max)
	return next == "" && err == nil, err
}

// Release sends a notice to all subscribers as a step of a release: once under its ID,
// after the advisory and never before. It asks public whether the advisory can be read
// by everybody, and returns ErrTooEarly, with nothing sent, if not. It may be called
// again until it returns nil, also after a crash: who is on record gets nothing twice.
func (d *Desk) Release(ctx context.Context, n Notice, public func(context.Context) (bool, error)) error {
	if err := d.check(); err != nil {
		return err
	}
	if n.ID == "" || public == nil {
		return errors.New("notify: a release needs an ID, and public, which says whether the advisory is")
	}
	ok, err := public(ctx)
	if err != nil {
		return err
	}
	if !ok {
		return ErrTooEarly
	}
	_, err = d.announce(ctx, n, "", -1)
	return err
}

// announce sends up to max mails, or all if max is negative. It returns where to go on,
// or "" if it came to the end.
func (d *Desk) announce(ctx context.Context, n Notice, after string, max int) (next string, err error) {
	var failed []error
	for {
		keys, err := d.State.List(ctx, subPrefix, after, 200)
		if err != nil {
			return after, errors.Join(append(failed, err)...)
		}
		if len(keys) == 0 {
			return "", errors.Join(failed...)
		}
		for _, k := range keys {
			var s subscriber
			who := strings.TrimPrefix(k, subPrefix)
			if _, err := d.load(ctx, k, &s); err != nil {
				failed = append(failed, err)
				after = k
				continue
			}
			if s.Address != "" {
				if max == 0 {
					return k, errors.Join(failed...)
				}
				sent, err := d.send(ctx, n, who, who, d.announcement(n, who, s.Address))
				if errors.Is(err, ErrNoMailbox) {
					err = d.forget(ctx, who)
				}
				if ctx.Err() != nil || errors.Is(err, ErrChanged) {
					return k, errors.Join(append(failed, err, ctx.Err())...)
				}
				if err != nil {
					failed = append(failed, fmt.Errorf("notify: subscriber %s: %w", who, err))
				}
				if (sent || err != nil) && max > 0 {
					max--
				}
			}
			after = k
		}
	}
}

func (d *Desk) announcement(n Notice, who, to string) Mail {
	link := d.URL + "/leave?t=" + d.token("leave", who, time.Unix(0, 0))
	return Mail{
		To:     to,
		Text:   strings.TrimRight(n.Text, "\n") + "\n\n-- \nYou get this because you subscribed. Leave: " + link + "\n",
		Header: map[string]string{"List-Unsubscribe": "<" + link + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
	}
}

// Deliveries returns who has a notice, n at most, behind a Who.
func (d *Desk) Deliveries(ctx context.Context, notice, after string, n int) ([]Delivery, error) {
	prefix := d.sentPrefix(notice)
	if after != "" {
		after = prefix + keyOf(after)
	}
	keys, err := d.State.List(ctx, prefix, after, n)
	if err != nil {
		return nil, err
	}
	var list []Delivery
	for _, k := range keys {
		var x Delivery
		if _, err := d.load(ctx, k, &x); err != nil {
			return list, err
		}
		list = append(list, x)
	}
	return list, nil
}

// Forget removes up to max records of who got a notice, when the host need not keep
// them any longer, and reports whether all are gone. A notice that is announced again
// after that is sent again.
func (d *Desk) Forget(ctx context.Context, notice string, max int) (done bool, err error) {
	keys, err := d.State.List(ctx, d.sentPrefix(notice), "", max)
	if err != nil {
		return false, err
	}
	for _, k := range keys {
		if err := d.remove(ctx, k); err != nil {
			return false, err
		}
	}
	return len(keys) < max, nil
}
