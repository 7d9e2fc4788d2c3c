package engine

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// checkText says what is wrong with a text, without quoting it.
func (s *Engine) checkText(p cvd.Private, limit int) string {
	switch {
	case len(p) > limit:
		return fmt.Sprintf("it has %d bytes, the limit is %d", len(p), limit)
	case !utf8.ValidString(string(p)):
		return fmt.Sprintf("it is not UTF-8 at byte %d", firstInvalid(string(p)))
	case strings.IndexByte(string(p), 0) >= 0:
		return fmt.Sprintf("it has a NUL at byte %d", strings.IndexByte(string(p), 0))
	}
	return ""
}

func firstInvalid(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(s)
}

// checks collects the first fault of a command's fields, so that a command
// reads as a list of what it demands.
type checks struct {
	d   *Decision
	err error
}

func (d *Decision) check() *checks { return &checks{d: d} }

func (k *checks) fail(field, problem string, err error) *checks {
	if k.err == nil && problem != "" {
		k.err = k.d.bad(field, problem, err)
	}
	return k
}

// line is for titles, names and addresses: no line break, so that none can be
// smuggled into a header.
func (k *checks) line(field string, p cvd.Private) *checks {
	problem := k.d.s.checkText(p, k.d.s.Cfg.Limits.Line)
	if problem == "" {
		if i := strings.IndexAny(string(p), "\r\n\u0085\u2028\u2029"); i >= 0 {
			problem = fmt.Sprintf("it has a line break at byte %d", i)
		}
	}
	return k.fail(field, problem, nil)
}

func (k *checks) text(field string, p cvd.Private) *checks {
	return k.fail(field, k.d.s.checkText(p, k.d.s.Cfg.Limits.Text), nil)
}

func (k *checks) needed(field string, missing bool) *checks {
	if missing {
		k.fail(field, "it is missing", nil)
	}
	return k
}

// maxZone bounds the name of a zone, in bytes: it is kept with the instant, and
// anybody can make a time.Location with any name.
const maxZone = 64

func (k *checks) instant(field string, t time.Time) *checks {
	if t.IsZero() {
		return k
	}
	now := k.d.now.Time()
	l := k.d.s.Cfg.Limits
	zone := t.Location().String()
	switch {
	case k.d.s.checkText(cvd.Private(zone), maxZone) != "":
		k.fail(field, "its zone has no proper name", nil)
	case storage.MillisOf(t) == 0:
		k.fail(field, "the first millisecond of 1970 stands for no date", nil)
	case t.Year() > 9998 || t.After(now.Add(l.Future)):
		k.fail(field, fmt.Sprintf("the date is more than %d years ahead", int(l.Future/Year)), nil)
	case t.Before(now.Add(-l.Past)):
		k.fail(field, fmt.Sprintf("the date is more than %d years ago", int(l.Past/Year)), nil)
	}
	return k
}

// happened is an instant that cannot lie ahead, but for a clock that is a
// little off.
func (k *checks) happened(field string, t time.Time) *checks {
	if !t.IsZero() && t.After(k.d.now.Time().Add(5*time.Minute)) {
		k.instant(field, t)
		k.fail(field, "the date lies ahead", nil)
	}
	return k.instant(field, t)
}

func (k *checks) label(field string, l tlp.Label) *checks {
	if l != tlp.Unset && l.Name() == "" {
		k.fail(field, "it is no label of TLP 2.0", tlp.ErrUnknown)
	}
	return k
}

func (k *checks) enum(field string, value, max uint8) *checks {
	if value > max {
		k.fail(field, fmt.Sprintf("%d is not one of its constants", value), nil)
	}
	return k
}

func (k *checks) count(field string, n, limit int) *checks {
	if n > limit {
		k.fail(field, fmt.Sprintf("there are %d, the limit is %d", n, limit), nil)
	}
	return k
}

// must returns the participant, or a refusal.
func (d *Decision) must(id cvd.PartyID) (cvd.Participant, error) {
	p := d.c.Participant(id)
	if p == nil {
		return cvd.Participant{}, d.refuse(cvd.RuleKnown, "participant %d of %d", id, len(d.c.Participants))
	}
	if p.Gone() {
		return cvd.Participant{}, d.refuse(cvd.RuleRemoved, "participant %d", id)
	}
	return *p, nil
}

func (d *Decision) mustVuln(id cvd.VulnID) (cvd.VulnID, error) {
	if id == 0 && len(d.c.Vulnerabilities) == 1 {
		id = 1
	}
	if inner.At(d.c.Vulnerabilities, id) == nil {
		return 0, d.refuse(cvd.RuleKnown, "vulnerability %d of %d", id, len(d.c.Vulnerabilities))
	}
	if to := d.c.Vulnerabilities[id-1].MovedTo; to != (cvd.CaseID{}) {
		return 0, d.refuse(cvd.RuleMoved, "vulnerability %d is in case %s", id, to)
	}
	return id, nil
}

func (d *Decision) mustReport(id cvd.ReportID) (cvd.Report, error) {
	if id == 0 && len(d.c.Reports) == 1 {
		id = 1
	}
	r := inner.At(d.c.Reports, id)
	if r == nil {
		return cvd.Report{}, d.refuse(cvd.RuleKnown, "report %d of %d", id, len(d.c.Reports))
	}
	if r.MovedTo != (cvd.CaseID{}) {
		return cvd.Report{}, d.refuse(cvd.RuleMoved, "report %d is in case %s", id, r.MovedTo)
	}
	return *r, nil
}

func (d *Decision) mustBeOpen() error {
	if !d.c.Open() {
		return d.refuse(cvd.RuleClosed, "case %s", d.c.Number)
	}
	return nil
}

// IsLanguage tells what can be a language tag of BCP 47 (RFC 5646).
func IsLanguage(tag string) bool {
	if len(tag) > 35 {
		return false
	}
	for i, part := range strings.Split(tag, "-") {
		if len(part) == 0 || len(part) > 8 || i == 0 && len(part) < 2 {
			return false
		}
		for _, r := range part {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			if !letter && (i == 0 || r < '0' || r > '9') {
				return false
			}
		}
	}
	return true
}
