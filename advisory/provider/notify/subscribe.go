package notify

import (
	"context"
	"encoding/json"
	"errors"
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// Keys of the State. An address that was not confirmed is under ask/ and nowhere else;
// Sweep removes it there.
const (
	askPrefix = "notify/ask/"
	subPrefix = "notify/sub/"
	countKey  = "notify/count"
)

// An asked is an address that waits to be confirmed, a subscriber one that was.
type (
	asked struct {
		Address string    `json:"address"`
		At      time.Time `json:"at"`
	}
	subscriber struct {
		Address string    `json:"address"`
		Since   time.Time `json:"since"`
	}
)

// load reads a value; an absent one leaves v as it is and has version 0.
func (d *Desk) load(ctx context.Context, key string, v any) (version int64, err error) {
	value, version, err := d.State.Get(ctx, key)
	if err == nil && len(value) > 0 {
		err = json.Unmarshal(value, v)
	}
	return version, err
}

func (d *Desk) save(ctx context.Context, key string, version int64, v any) error {
	value, err := json.Marshal(v)
	if err == nil {
		_, err = d.State.Put(ctx, key, version, value)
	}
	return err
}

// remove removes a value, if it is there.
func (d *Desk) remove(ctx context.Context, key string) error {
	value, version, err := d.State.Get(ctx, key)
	if err != nil || value == nil {
		return err
	}
	_, err = d.State.Put(ctx, key, version, nil)
	return err
}

// count adds to the number of subscribers, unless it would be more than max. It is
// kept beside them, and a crash between the two writes leaves it wrong by one; Subscribers
// sets it right.
func (d *Desk) count(ctx context.Context, by int) error {
	var last error
	for range 20 {
		n := 0
		version, err := d.load(ctx, countKey, &n)
		if err != nil {
			return err
		}
		if n+by > d.maxSubscribers() {
			return ErrFull
		}
		if last = d.save(ctx, countKey, version, max(n+by, 0)); last == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return last
}

func (d *Desk) maxSubscribers() int {
	if d.MaxSubscribers > 0 {
		return d.MaxSubscribers
	}
	return 100_000
}

func (d *Desk) maxPending() int {
	if d.MaxPending > 0 {
		return d.MaxPending
	}
	return 1000
}

// Subscribe sends a mail with a link to an address; only who has that mail can
// subscribe it. It answers the same for whoever is subscribed already, and sends at
// most one mail in ConfirmWithin, so that nobody is flooded and nothing is learnt. The
// error is ErrFull if too many wait already: nobody can make the team send mails
// without bound.
func (d *Desk) Subscribe(ctx context.Context, address string) error {
	if err := d.check(); err != nil {
		return err
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Name != "" || len(a.Address) > 254 || strings.ContainsAny(a.Address, "\r\n") {
		return ErrAddress
	}
	who, now := d.who(a.Address), d.Now().UTC()
	var s subscriber
	if _, err := d.load(ctx, subPrefix+who, &s); err != nil || s.Address != "" {
		return err
	}
	var old asked
	version, err := d.load(ctx, askPrefix+who, &old)
	if err != nil || now.Sub(old.At) < ConfirmWithin {
		return err
	}
	if version == 0 {
		if err := d.room(ctx); err != nil {
			return err
		}
	}
	if err := d.save(ctx, askPrefix+who, version, asked{a.Address, now}); err != nil {
		return err
	}
	link := d.URL + "/confirm?t=" + d.token("confirm", who, now.Add(ConfirmWithin))
	return d.Sender.Send(ctx, Mail{
		To: a.Address, ID: "confirm-" + who[:16] + "-" + strconv.FormatInt(now.Unix(), 36),
		Subject: "Confirm: security advisories of " + d.Team,
		Text: "Somebody asked for the security advisories of " + d.Team + " to be sent to this address.\n\n" +
			"If that was you, confirm it here within two days:\n" + link + "\n\n" +
			"If not, do nothing: without confirmation nothing is sent, and the address is dropped.\n",
	})
}

// room reports ErrFull if as many wait to be confirmed as may, after what is old was
// swept.
func (d *Desk) room(ctx context.Context) error {
	max := d.maxPending()
	keys, err := d.State.List(ctx, askPrefix, "", max)
	if err != nil || len(keys) < max {
		return err
	}
	if n, _, err := d.Sweep(ctx, "", max); err != nil || n > 0 {
		return err
	}
	return ErrFull
}

// Confirm subscribes the address to which the link was sent. It may be repeated.
func (d *Desk) Confirm(ctx context.Context, token string) error {
	who, err := d.open("confirm", token)
	if err != nil {
		return err
	}
	var s subscriber
	version, err := d.load(ctx, subPrefix+who, &s)
	if err != nil {
		return err
	}
	if s.Address == "" {
		var a asked
		if _, err := d.load(ctx, askPrefix+who, &a); err != nil {
			return err
		}
		if a.Address == "" {
			return ErrLink // left, or swept, since
		}
		if err := d.count(ctx, 1); err != nil {
			return err
		}
		if err := d.save(ctx, subPrefix+who, version, subscriber{a.Address, d.Now().UTC()}); err != nil {
			return errors.Join(err, d.count(ctx, -1))
		}
	}
	return d.remove(ctx, askPrefix+who)
}

// Leave ends a subscription and forgets the address. It may be repeated.
func (d *Desk) Leave(ctx context.Context, token string) error {
	who, err := d.open("leave", token)
	if err != nil {
		return err
	}
	return d.forget(ctx, who)
}

func (d *Desk) forget(ctx context.Context, who string) error {
	value, version, err := d.State.Get(ctx, subPrefix+who)
	if err != nil || value == nil {
		return err
	}
	if _, err := d.State.Put(ctx, subPrefix+who, version, nil); err != nil {
		return err
	}
	return d.count(ctx, -1)
}

// Sweep forgets addresses that were not confirmed within ConfirmWithin, whose links no
// longer work. It looks at max of them behind after, and returns how many it forgot
// and where the next call goes on: "" if all were looked at. A host calls it once a
// day or so; Subscribe calls it where there is no room.
func (d *Desk) Sweep(ctx context.Context, after string, max int) (forgot int, next string, err error) {
	keys, err := d.State.List(ctx, askPrefix, after, max)
	if err != nil {
		return 0, after, err
	}
	now := d.Now()
	for _, k := range keys {
		var a asked
		version, err := d.load(ctx, k, &a)
		if err != nil {
			return forgot, after, err
		}
		if version != 0 && now.Sub(a.At) > ConfirmWithin {
			if _, err := d.State.Put(ctx, k, version, nil); err == nil {
				forgot++ // else somebody asked anew, or the next sweep has it
			}
		}
		after = k
	}
	if len(keys) < max {
		after = ""
	}
	return forgot, after, ctx.Err()
}

// Subscribers counts them, and sets right the number that MaxSubscribers bounds. It
// looks at each.
func (d *Desk) Subscribers(ctx context.Context) (int, error) {
	n, after := 0, ""
	for {
		keys, err := d.State.List(ctx, subPrefix, after, 1000)
		if err != nil {
			return n, err
		}
		if len(keys) == 0 {
			break
		}
		n += len(keys)
		after = keys[len(keys)-1]
	}
	was := 0
	version, err := d.load(ctx, countKey, &was)
	if err != nil || was == n {
		return n, err
	}
	return n, d.save(ctx, countKey, version, n)
}
