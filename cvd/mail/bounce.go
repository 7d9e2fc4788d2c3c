package mail

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/textproto"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

// bounce marks the delivery that a delivery report is about (rule 4, RFC 3464): only
// if the report names a Message-ID of ours and the address that it went to. It
// reports false if it is to be looked at by a human.
func (l *letter) bounce(ctx context.Context) (bool, error) {
	delivery, token, ok := l.returned()
	if !ok {
		return false, nil
	}
	id, party, err := l.in.Service.Thread(ctx, token)
	if errors.Is(err, cvd.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return true, err
	}
	in, _, _, err := l.in.Service.Delivery(ctx, id, delivery)
	if errors.Is(err, cvd.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return true, err
	}
	c, err := l.in.Service.View(ctx, id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	if err != nil {
		return true, err
	}
	for _, s := range l.statuses() {
		if !s.names(c, party) {
			continue
		}
		if s.action != "failed" && s.action != "delayed" { // such as delivered: nothing to mark
			l.r.Outcome, l.r.Rule, l.r.Reason, l.r.CaseID, l.r.Number, l.r.Party = Report, 4, "it says that a mail of ours arrived", id, c.Number, party
			return true, nil
		}
		c, err = l.in.Service.Do(ctx, in, l.in.by(), cvd.RecordBounce{
			Delivery: delivery, Permanent: s.action == "failed" && !strings.HasPrefix(s.status, "4"), Detail: s.detail(),
		})
		var r *cvd.Refusal
		if errors.As(err, &r) && r.Rule == cvd.RuleOnce {
			l.r.Outcome, l.r.Rule, l.r.Reason, l.r.CaseID = Duplicate, 4, "the delivery is marked", in
			return true, nil
		}
		_, err = l.done(c, err, Report, party, 4, s.action)
		return true, err
	}
	return false, nil
}

// returned finds our Message-ID in the mail that a report gives back.
func (l *letter) returned() (delivery, token string, ok bool) {
	for _, p := range l.m.Parts {
		if p.Type != "message/rfc822" && p.Type != "text/rfc822-headers" && p.Type != "message/rfc822-headers" {
			continue
		}
		for _, v := range fields(p.Open())["Message-Id"] {
			if delivery, token, ok = l.in.ours(v); ok {
				return delivery, token, true
			}
		}
	}
	for _, id := range l.answers() {
		if delivery, token, ok = l.in.ours(id); ok {
			return delivery, token, true
		}
	}
	return "", "", false
}

// status is what a report says of one recipient.
type status struct {
	action, status string
	recipients     []string // final and original
	diagnostic     string
}

func (s status) names(c *cvd.Case, p cvd.PartyID) bool {
	q, _ := c.Party(p)
	for _, r := range s.recipients {
		if strings.EqualFold(r, string(q.Email)) {
			return true
		}
		for _, route := range q.Routes {
			if strings.EqualFold(r, string(route.Address)) {
				return true
			}
		}
	}
	return false
}

func (s status) detail() cvd.Private {
	return plain(strings.Join([]string{s.action, s.status, s.diagnostic}, " "), 1000)
}

// statuses reads the fields of each recipient: groups parted by empty lines, of which
// the first is of the message.
func (l *letter) statuses() (out []status) {
	for _, p := range l.m.Parts {
		if p.Type != "message/delivery-status" {
			continue
		}
		r := bufio.NewReader(io.LimitReader(p.Open(), 1<<20))
		for range 200 {
			h, err := textproto.NewReader(r).ReadMIMEHeader()
			if len(h) > 0 && (h.Get("Final-Recipient") != "" || h.Get("Original-Recipient") != "") {
				s := status{action: strings.ToLower(strings.TrimSpace(h.Get("Action"))), status: strings.TrimSpace(h.Get("Status")), diagnostic: h.Get("Diagnostic-Code")}
				for _, f := range []string{"Final-Recipient", "Original-Recipient"} {
					if _, a, ok := strings.Cut(h.Get(f), ";"); ok {
						s.recipients = append(s.recipients, strings.Trim(a, " \t<>"))
					}
				}
				out = append(out, s)
			}
			if err != nil {
				break
			}
		}
	}
	return out
}

// fields reads a header, as far as it can be read.
func fields(r io.Reader) textproto.MIMEHeader {
	h, _ := textproto.NewReader(bufio.NewReader(io.LimitReader(r, 1<<20))).ReadMIMEHeader()
	return h
}
