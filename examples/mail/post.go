package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

// post sends a text of the team to participants of a case; it leaves with the next
// outbox.
func post(ctx context.Context, o deskOptions, out io.Writer) error {
	now, err := clock(o.now)
	if err != nil {
		return err
	}
	t, err := readConfig(o.config)
	if err != nil {
		return err
	}
	b, err := openBase(ctx, o.db, t, now, cvd.TransportFunc(nothingSent))
	if err != nil {
		return err
	}
	defer b.Close()
	cmd := cvd.PostMessage{Text: cvd.Private(strings.Join(o.args, " "))}
	for _, p := range o.parties {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil || n == 0 {
			return fmt.Errorf("-to: %q is no number of a participant", p)
		}
		cmd.To = append(cmd.To, cvd.PartyID(n))
	}
	id, err := b.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(o.number)})
	if errors.Is(err, cvd.ErrNotFound) {
		return fmt.Errorf("-case: there is no case %s", o.number)
	}
	if err == nil {
		id, err = b.Follow(ctx, id)
	}
	if err != nil {
		return err
	}
	c, err := b.Do(ctx, id, cvd.By{Actor: "team"}, cmd)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s: message %d waits in the outbox\n", c.Number, len(c.Messages))
	return err
}
