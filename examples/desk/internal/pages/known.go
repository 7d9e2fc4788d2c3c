package pages

import (
	"errors"
	"net/url"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/examples/desk/internal/known"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

// knownView is something public, or a case of ours that is, which may be what was
// reported.
type knownView struct {
	ID, Title string
	Why       []string
	Ours      bool
	Link      string // an https address elsewhere
	Host      string // of Link
	Number    string // of a case that is open to who looks
}

const (
	mostKnown   = 5
	mostLookups = 20 // of IDs that a report names
)

// known compares a submission with what is public.
func (q *request) known(c *cvd.Case) (out []knownView, err error) {
	var r known.Report
	join := func(to *string, texts ...cvd.Private) {
		for _, t := range texts {
			if t != "" {
				*to += t.DisplayText() + "\n"
			}
		}
	}
	join(&r.Title, c.Title)
	for i := range c.Reports {
		x := &c.Reports[i]
		join(&r.Title, x.Title)
		join(&r.Products, x.Products)
		join(&r.Text, x.Summary, x.Observations)
	}
	for _, v := range c.Vulnerabilities {
		join(&r.Text, v.CVE)
	}
	if out, err = q.knownCases(c, known.IDs(r.Title+r.Products+r.Text)); err != nil || q.cfg.Known == nil {
		return out, err
	}
	for _, m := range q.cfg.Known.Match(r, mostKnown) {
		v := knownView{ID: m.ID, Title: m.Title, Why: m.Why, Ours: m.Ours, Link: m.Link}
		if u, err := url.Parse(m.Link); err == nil {
			v.Host = u.Hostname()
		}
		out = append(out, v)
	}
	return out, nil
}

// knownCases are those of the team for which a report names the CVE ID, closed ones too.
// Of one that is not open to who looks, no more is told than what the team has
// published of it: the IDs.
func (q *request) knownCases(c *cvd.Case, ids []string) (out []knownView, err error) {
	seen := map[cvd.CaseID]bool{c.ID: true}
	looked := 0
	for _, name := range ids {
		if !strings.HasPrefix(name, "CVE-") {
			continue
		}
		if looked++; looked > mostLookups {
			break
		}
		id, err := q.svc.Lookup(q.ctx, cvd.ExternalID{Kind: cvd.IDCVE, Value: cvd.Private(name)})
		switch {
		case err != nil && known404(err):
			continue
		case err != nil:
			return nil, err
		case seen[id]:
			continue
		}
		seen[id] = true
		why := []string{"the report names " + name}
		x, err := q.svc.View(q.ctx, id, q.viewer())
		if err == nil {
			out = append(out, knownView{ID: x.Number, Number: x.Number, Title: x.Title.Display(), Why: append(why, "its state is "+strings.ToLower(words.State(x.Submission.Stage, x.RM()))), Ours: published(x)})
			continue
		}
		if !errors.Is(err, cvd.ErrNotFound) {
			return nil, err
		}
		x, err = q.svc.View(q.ctx, id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
		if err != nil {
			continue // it cannot be read: the list of cases says so to whom it is open
		}
		for _, v := range x.Vulnerabilities {
			if strings.EqualFold(string(v.CVE), name) && !v.Published.IsZero() {
				out = append(out, knownView{ID: name, Title: strings.Join(advisoriesOf(x, v.ID), ", "), Why: why, Ours: true})
				break
			}
		}
	}
	return out, nil
}

// advisoriesOf are the addresses or numbers of what was published of a vulnerability.
func advisoriesOf(c *cvd.Case, id cvd.VulnID) (out []string) {
	for _, p := range c.Publications {
		for _, v := range p.Vulnerabilities {
			if v == id {
				out = append(out, p.Advisories...)
				break
			}
		}
	}
	return out
}

func known404(err error) bool {
	bad := (*cvd.InputError)(nil)
	return errors.Is(err, cvd.ErrNotFound) || errors.As(err, &bad)
}
