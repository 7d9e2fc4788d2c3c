package cvd

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// publicTimeline is what the public may know of how it went, in words that need no
// knowledge of how cases are kept.
func (c *Case) publicTimeline(v VulnID) []advisory.Event {
	var out []advisory.Event
	add := func(at time.Time, text string) {
		same := func(x advisory.Event) bool { return x.At.Equal(at) && x.Text == text }
		if text != "" && !slices.ContainsFunc(out, same) {
			out = append(out, advisory.Event{At: at, Text: text})
		}
	}
	for i := range c.Events {
		e := &c.Events[i]
		if !c.PublicEvent(e) || e.Vuln != 0 && e.Vuln != v {
			continue
		}
		at := e.At
		if happened(e) {
			at = e.When
		}
		add(at, c.publicWording(e))
	}
	slices.SortStableFunc(out, func(a, b advisory.Event) int { return a.At.Compare(b.At) })
	return out
}

func (c *Case) publicWording(e *Event) string {
	switch e.Kind {
	case EventReportReceived, EventSubmissionReceived:
		return "The vulnerability was reported."
	case EventReportAcknowledged:
		return "The report was acknowledged."
	case EventCasePublished:
		return "The vulnerability was published."
	case EventEmbargoAccepted:
		return "It was agreed to keep the vulnerability secret until " + e.When.UTC().Format("2006-01-02 15:04 MST") + "."
	case EventEmbargoEnded:
		if EndReason(e.kept.Detail) == EndPublished {
			return "" // that it was published says so
		}
		return "The agreed secrecy ended."
	case EventClaimAdopted:
		if vultron.CSEvent(e.kept.Detail) == vultron.PublicAware && slices.ContainsFunc(c.Publications, func(p Publication) bool { return p.At.Equal(e.When) }) {
			return "" // that it was published says so
		}
		return map[vultron.CSEvent]string{
			vultron.PublicAware: "The vulnerability became public.", vultron.ExploitPublic: "An exploit became public.",
			vultron.AttacksObserved: "Attacks were observed.",
		}[vultron.CSEvent(e.kept.Detail)]
	}
	return ""
}

// credits names who wants to be named, each once.
func (c *Case) credits() []advisory.Credit {
	var out []advisory.Credit
	seen := map[string]bool{}
	for i := range c.Reports {
		r := &c.Reports[i]
		if r.Credit != CreditNamed || r.Outcome == OutcomeInvalid || r.Outcome == OutcomeOutOfScope || r.MovedTo != (CaseID{}) {
			continue
		}
		name := creditName(r.CreditName.Display())
		if key := strings.ToLower(strings.Join(strings.Fields(name), " ")); name != "" && !seen[key] {
			seen[key] = true
			out = append(out, advisory.Credit{Names: []string{name}, Role: advisory.RoleReporter})
		}
	}
	return out
}

// A wish for credit is often a sentence: it names the name in quotation marks, or
// behind such words.
var (
	creditQuoted = regexp.MustCompile(`["“„«‹'‘‚]([^"“”„«»‹›‘’‚]+)["”“»›'’‘]`)
	creditAsked  = regexp.MustCompile(`(?i)^(?:(?:hi|hello|thanks?)[,.! ]+)?(?:(?:please|kindly|you (?:can|may)|i(?:'d| would) like|i want|feel free)\b[ ,]*)*(?:to )?` +
		`(?:be )?(?:name|named|credit|credited|mention|mentioned|list|listed|acknowledge|acknowledged|thank|call|use|bitte)\b(?: me| us| my name| our names?| mich| uns| the name)?(?: \b(?:as|als|by|under|with|to)\b)?(?: the (?:name|handle|alias))?[:, ]*`)
	creditEnd = regexp.MustCompile(`(?i)[,.! ]*(?:\bin (?:the|your) (?:advisory|acknowledge?ments?|credits)|\bnennen|,? please|,? thanks?(?: you)?)?[.! ]*$`)
)

// creditName takes the name out of how somebody asked for credit. What is not asked
// for in such words is the name.
func creditName(wish string) string {
	wish = strings.TrimSpace(wish)
	asked := creditAsked.FindString(wish)
	if asked == "" {
		return strings.Trim(wish, `"“”„«» `)
	}
	rest := wish[len(asked):]
	if m := creditQuoted.FindStringSubmatch(rest); m != nil {
		return strings.TrimSpace(m[1])
	}
	rest = strings.TrimSpace(creditEnd.ReplaceAllString(rest, ""))
	if rest == "" {
		return wish
	}
	return rest
}

// summary says in a sentence or two what is affected, how badly, and what helps.
func (c *Case) summary(a *advisory.Advisory) string {
	what := "A vulnerability affects"
	if n := len(a.Vulnerabilities); n > 1 {
		what = fmt.Sprintf("%d vulnerabilities affect", n)
	}
	var names, fixed []string
	for i := range c.Vulnerabilities {
		for _, s := range newAdvisoryProducts(c).statuses(c.Vulnerabilities[i].ID) {
			st := inner.At(c.Streams, s.Stream)
			if st == nil || s.Affected != IsAffected && s.Affected != IsFixed {
				continue
			}
			if name := st.Name.Display(); !slices.Contains(names, name) {
				names = append(names, name)
			}
			if f := st.Name.Display() + " " + s.Fixed.Display(); s.Affected == IsFixed && s.Fixed != "" && !slices.Contains(fixed, f) {
				fixed = append(fixed, f)
			}
		}
	}
	text := what + " products of " + a.Publisher.Name + "."
	if len(names) > 0 {
		text = what + " " + strings.Join(names, ", ") + "."
	}
	if r := c.Rating(); r != RatingUnknown {
		text += " Its severity is " + r.String() + "."
		if len(a.Vulnerabilities) > 1 {
			text = strings.TrimSuffix(text, " Its severity is "+r.String()+".") + " The highest severity is " + r.String() + "."
		}
	}
	if len(fixed) > 0 {
		text += " Fixed in: " + strings.Join(fixed, ", ") + "."
	}
	return text
}

// description is what the team wrote of a vulnerability, or else what is known of
// its kind.
func (v *Vulnerability) description() string {
	if v.Description != "" {
		return string(v.Description)
	}
	title := strings.TrimSuffix(v.Title.Display(), ".")
	switch {
	case title == "":
		return "The publisher has not described this vulnerability further."
	case v.CWE != "":
		return title + ". The weakness is of the kind " + v.CWE.Display() + "."
	}
	return title + ". The publisher has not described this vulnerability further."
}

// selfURL is where a provider's tree would have the document: see Case.Advisory. It
// is empty if the publisher's namespace is no https address.
func selfURL(id string, p advisory.Publisher, now time.Time) string {
	base := strings.TrimRight(p.Namespace, "/")
	if !strings.HasPrefix(base, "https://") || id == "" {
		return ""
	}
	var name strings.Builder // as CSAF, section 5.1 wants it
	gap := false
	for _, r := range strings.ToLower(id) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '+' || r == '-' {
			name.WriteRune(r)
			gap = false
		} else if !gap {
			name.WriteByte('_')
			gap = true
		}
	}
	return fmt.Sprintf("%s/.well-known/csaf/%04d/%s.json", base, now.UTC().Year(), name.String())
}
