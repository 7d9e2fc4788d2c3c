package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/pgp"
)

// fewAnswers reports whether the address may get one more receipt (rule 10). All that
// came under it within a day counts, the newest first.
func (l *letter) fewAnswers(ctx context.Context) (bool, error) {
	in, at := l.in, l.env.Received
	if at.IsZero() {
		return true, nil
	}
	most, hourly := in.Answers, in.AnswersAnHour
	if most == 0 {
		most = 5
	}
	if hourly == 0 {
		hourly = 100
	}
	in.mu.Lock()
	if at.Sub(in.hour).Abs() >= time.Hour {
		in.hour, in.spoken = at, 0
	}
	full := in.spoken >= hourly
	in.mu.Unlock()
	if full {
		return false, nil
	}
	p, err := in.Service.Find(ctx, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}, service.Filter{Party: cvd.Private(l.from)}, "", min(most, 1000))
	if err != nil || len(p.Cases) < most {
		return true, err
	}
	return p.Cases[most-1].Opened.Before(at.Add(-24 * time.Hour)), nil
}

// answered counts a receipt.
func (in *Intake) answered(at time.Time) {
	if !at.IsZero() {
		in.mu.Lock()
		in.spoken++
		in.mu.Unlock()
	}
}

const (
	idDigest  = "mail-digest" // of a day and an address
	numbered  = 100           // cases that a digest names
	digestAge = 3             // days that are looked back at
)

// Digest tells those who wrote more than Answers allows that the rest arrived too:
// one mail for each address and day (UTC) that is over, with numbers of cases and
// nothing else, to at most n addresses. Call it every few hours: what was told is
// not told again, and days that were missed are made up for, up to three. It returns
// how many digests it made, also beside an error; one that fails holds up no other.
func (in *Intake) Digest(ctx context.Context, now time.Time, n int) (made int, err error) {
	if in.Service == nil || len(in.Addresses) == 0 {
		return 0, errAddresses
	}
	today := now.UTC().Truncate(24 * time.Hour)
	waiting, err := in.unanswered(ctx, today.AddDate(0, 0, -digestAge), today)
	failed := []error{err}
	var keys []string
	for k := range waiting {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if made >= n {
			break
		}
		done, err := in.digest(ctx, k, waiting[k])
		if failed = append(failed, err); done {
			made++
		}
	}
	return made, errors.Join(failed...)
}

// unanswered lists what came in by mail and got no receipt, by day and address, the
// newest first.
func (in *Intake) unanswered(ctx context.Context, from, to time.Time) (map[string][]*cvd.Case, error) {
	out := map[string][]*cvd.Case{}
	for page := ""; ; {
		p, err := in.Service.Find(ctx, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}, service.Filter{Open: true}, page, 200)
		if err != nil {
			return out, err
		}
		for _, s := range p.Cases {
			if s.Opened.Before(from) {
				return out, nil
			}
			if !s.Opened.Before(to) || s.Stage != cvd.StageSubmission && s.Stage != cvd.StageCase {
				continue
			}
			c, err := in.Service.View(ctx, s.ID, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
			if err != nil {
				return out, err
			}
			if k := digestKey(c); k != "" {
				out[k] = append(out[k], c)
			}
		}
		if page = p.Next; page == "" {
			return out, nil
		}
	}
}

// digestKey is the day and the address of a report by mail without a receipt.
func digestKey(c *cvd.Case) string {
	if len(c.Reports) != 1 || len(c.Messages) > 0 {
		return ""
	}
	r := &c.Reports[0]
	p, ok := c.Party(r.Reporter)
	if !ok || r.Channel != cvd.ChannelMail || !r.Acknowledged.IsZero() || p.Email == "" || r.Original == 0 {
		return ""
	}
	return c.Opened.UTC().Format(time.DateOnly) + " " + strings.ToLower(string(p.Email))
}

// digest tells of the cases of one address and day.
func (in *Intake) digest(ctx context.Context, key string, all []*cvd.Case) (bool, error) {
	id := cvd.ExternalID{Kind: idDigest, Value: cvd.Private(key)}
	if _, err := in.Service.Lookup(ctx, id); !errors.Is(err, cvd.ErrNotFound) {
		return false, err // told already
	}
	var cases []*cvd.Case
	for _, c := range all {
		ok, err := in.mayAnswer(ctx, c)
		if err != nil {
			return false, fmt.Errorf("mail: digest: case %s: %w", c.Number, err)
		}
		if ok {
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return false, nil
	}
	text := ""
	if more := cases[1:]; len(more) > 0 {
		var b strings.Builder
		fmt.Fprintf(&b, "On the same day we received these reports of yours too:\n\n")
		for _, c := range more[:min(len(more), numbered)] {
			fmt.Fprintf(&b, "%s\n", c.Number)
		}
		if len(more) > numbered {
			fmt.Fprintf(&b, "and %d more.\n", len(more)-numbered)
		}
		text = b.String()
	}
	_, err := in.Service.Do(ctx, cases[0].ID, in.by(), cvd.AddID{IDs: []cvd.ExternalID{id}}, cvd.Acknowledge{Text: cvd.Private(text), TLP: tlp.Green})
	var first *cvd.DuplicateError
	if errors.As(err, &first) { // another process was
		return false, nil
	}
	return err == nil, err
}

// mayAnswer reads the mail of a case again: whoever must not be answered is in no
// digest either.
func (in *Intake) mayAnswer(ctx context.Context, c *cvd.Case) (bool, error) {
	f, err := in.Service.Attachment(ctx, c.ID, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}, c.Reports[0].Original)
	if err != nil {
		return false, err
	}
	defer f.Close()
	engine := in.Opener.Engine
	if engine == nil {
		engine = &pgp.Engine{}
	}
	held, err := engine.Hold(ctx, f, MaxMail)
	if err != nil {
		return false, err
	}
	defer held.Close()
	header := make([]byte, min(held.Size(), 1<<20))
	if _, err := held.Open().Read(header); err != nil && len(header) > 0 {
		return false, err
	}
	// Who may be answered stands in the header: nothing is decrypted.
	if i := bytes.Index(header, []byte("\r\n\r\n")); i >= 0 {
		header = header[:i+4]
	} else if i := bytes.Index(header, []byte("\n\n")); i >= 0 {
		header = header[:i+2]
	}
	l := &letter{in: in, raw: held}
	if l.m, _ = in.Opener.Open(ctx, bytes.NewReader(header)); l.m == nil {
		return false, nil // what cannot be read is not answered
	}
	defer l.m.Close()
	l.author()
	return l.answerable(l.classify(), l.results()), nil
}
