package cvd

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/cvd/internal/enum"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// Matter is what a duty to report to an authority is about: one vulnerability, or
// one incident, of one manufacturer. The clocks of such a duty are adopted for its
// String as their subject, so that each matter has its own.
type Matter struct {
	Vendor   PartyID // the manufacturer; 0: the owner
	Vuln     VulnID  // the vulnerability; 0: the matter is an incident
	Incident uint32  // the number of an incident in the case, from 1; then Vuln is 0
}

// String returns the subject, such as "v1", "p3.v2" or "i1"; "" for the zero Matter.
func (m Matter) String() string {
	s := ""
	switch {
	case m.Incident != 0:
		s = "i" + strconv.Itoa(int(m.Incident))
	case m.Vuln != 0:
		s = "v" + strconv.Itoa(int(m.Vuln))
	default:
		return ""
	}
	if m.Vendor > Owner {
		s = "p" + strconv.Itoa(int(m.Vendor)) + "." + s
	}
	return s
}

// ParseMatter reads a subject that Matter.String wrote.
func ParseMatter(s string) (m Matter, ok bool) {
	number := func(s, prefix string) uint32 {
		rest, found := strings.CutPrefix(s, prefix)
		n, err := strconv.ParseUint(rest, 10, 32)
		if !found || err != nil {
			return 0
		}
		return uint32(n)
	}
	what := s
	if vendor, rest, two := strings.Cut(s, "."); two {
		m.Vendor, what = PartyID(number(vendor, "p")), rest
	}
	m.Vuln, m.Incident = VulnID(number(what, "v")), number(what, "i")
	return m, s != "" && m.String() == s
}

// Manufacturer returns the participant whose duty it is.
func (m Matter) Manufacturer() PartyID {
	if m.Vendor == 0 {
		return Owner
	}
	return m.Vendor
}

// Step is one of the recorded steps from a suspicion to awareness.
type Step uint8

// The steps.
const (
	StepSuspected Step = iota + 1 // something suggests it; the team's own clock runs
	StepDismissed                 // assessed: it is not to be reported, for the reason given
	StepAware                     // decided, with evidence: the legal clocks run
)

var stepWords = []string{"none", "suspected", "dismissed", "aware"}

// String returns the word, which MarshalText and UnmarshalText write and read.
func (s Step) String() string                   { return enum.Word(stepWords, uint8(s)) }
func (s Step) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (s *Step) UnmarshalText(text []byte) error { return enum.Unmarshal(s, text) }

// ReportStage is the stage of a report to an authority.
type ReportStage uint8

// The stages.
const (
	StageEarlyWarning ReportStage = iota + 1
	StageNotification
	StageIntermediate // at the authority's request
	StageFinal
	// StageVoluntary is a report without a duty (Art. 15 of the Cyber Resilience Act).
	// It ends no clock and starts none, and so it stands alone in a submission.
	StageVoluntary
)

var stageWords = []string{"none", "early warning", "notification", "intermediate report", "final report", "voluntary report"}

// String returns the word, which MarshalText and UnmarshalText write and read.
func (s ReportStage) String() string                   { return enum.Word(stageWords, uint8(s)) }
func (s ReportStage) MarshalText() ([]byte, error)     { return []byte(s.String()), nil }
func (s *ReportStage) UnmarshalText(text []byte) error { return enum.Unmarshal(s, text) }

// fact is what the submission of a stage tells the clocks: nothing, of a voluntary
// report.
func (s ReportStage) fact() policy.Fact {
	return map[ReportStage]policy.Fact{
		StageEarlyWarning: policy.FactWarned, StageNotification: policy.FactNotified,
		StageIntermediate: policy.FactIntermediateReported, StageFinal: policy.FactFinalReported,
	}[s]
}

// RequestKind says who asks whom for what.
type RequestKind uint8

// The kinds of requests.
const (
	RequestIntermediate RequestKind = iota + 1 // an authority asks for an intermediate report
	RequestDelay                               // the team asks for a delay of dissemination
)

var requestWords = []string{"none", "intermediate report", "delay of dissemination"}

// String returns the word, which MarshalText and UnmarshalText write and read.
func (k RequestKind) String() string                   { return enum.Word(requestWords, uint8(k)) }
func (k RequestKind) MarshalText() ([]byte, error)     { return []byte(k.String()), nil }
func (k *RequestKind) UnmarshalText(text []byte) error { return enum.Unmarshal(k, text) }

// Numbers of what concerns authorities, from 1 in the order of their records.
type (
	SubmissionID uint32 // numbers AuthorityReports
	RequestID    uint32 // numbers Requests
)

// Assessment is a recorded step from suspicion to awareness. Only the team sees it.
type Assessment struct {
	Matter   Matter    // what it is about
	Step     Step      // which step it is
	At       time.Time `json:",omitzero"` // when the step was taken
	Made     time.Time `json:",omitzero"` // when it was recorded
	Product  StreamID  // that it concerns; 0: all of the manufacturer's
	Instead  bool      // it corrects the earlier ones of this step
	Source   Private   // where it comes from, for example a feed
	Evidence Private   // what it rests on
}

// AuthorityReport is a report to an authority, as it was submitted. Only the team sees
// it.
type AuthorityReport struct {
	ID        SubmissionID  // from 1, in the order of the records
	Matter    Matter        // what it is about
	Stages    []ReportStage // that it serves
	At        time.Time     `json:",omitzero"` // when it was submitted
	Made      time.Time     `json:",omitzero"` // when it was recorded
	File      AttachmentID  // the bytes; 0: they were not kept
	Request   RequestID     // that it answers; 0: none
	Table     string        // the version of the field table that it was checked against
	Authority Private       // who got it
	Reference Private       // the receipt number
	Values    Private       // of the fields, in the form of the package that made them
	Reason    Private       // why it was submitted with Forbidden fields; may be empty
}

// AuthorityRequest is what an authority and the team ask of each other. Only the
// team sees it.
type AuthorityRequest struct {
	ID        RequestID   // from 1, in the order of the records
	Kind      RequestKind // what is asked, and by whom
	Matter    Matter      // what it is about
	At        time.Time   `json:",omitzero"` // when it was asked
	Due       time.Time   `json:",omitzero"` // zero: none was set
	Made      time.Time   `json:",omitzero"` // when it was recorded
	Answered  time.Time   `json:",omitzero"` // zero: not yet; of an intermediate report, its submission
	Granted   bool        // the answer to a RequestDelay
	Authority Private     // who asks, or is asked
	Reference Private     // the authority's number for it; may be empty
	Text      Private     // what is asked, and why
	Answer    Private     // what the authority answered; empty: nothing yet
}

// UserNotice is what users were told of a matter. Only the team sees it.
type UserNotice struct {
	Matter     Matter    // what it is about
	At         time.Time `json:",omitzero"` // when users were told
	Made       time.Time `json:",omitzero"` // when it was recorded
	Machine    bool      // also in a structured, machine-readable form
	Audience   Private   // who was told
	Text       Private   // what they were told
	Mitigation Private   // what users can do
	Way        Private   // how they were told
	Reason     Private   // why, while an embargo is in force
}

// authorityFacts are what the records about authorities tell to the clocks of a
// subject.
func (c *Case) authorityFacts(f *policy.Facts) {
	about := func(m Matter) bool { return m.String() == f.Subject }
	for i := range c.Assessments {
		if x := &c.Assessments[i]; about(x.Matter) {
			name := x.Matter.stepFact(x.Step)
			if x.Instead {
				delete(f.Times, name)
			}
			f.Add(name, x.At)
		}
	}
	for i := range c.AuthorityReports {
		if x := &c.AuthorityReports[i]; about(x.Matter) {
			for _, s := range x.Stages {
				if name := s.fact(); name != "" && s != StageIntermediate {
					f.Add(name, x.At)
				}
			}
		}
	}
	for i := range c.Informed {
		if x := &c.Informed[i]; about(x.Matter) {
			f.Add(policy.FactUsersInformed, x.At)
		}
	}
	c.requestFacts(f, about)
}

// requestFacts start the clock of the next intermediate report that is open; the
// last one that was answered ends it where none is.
func (c *Case) requestFacts(f *policy.Facts, about func(Matter) bool) {
	var open, last *AuthorityRequest
	for i := range c.Requests {
		x := &c.Requests[i]
		if x.Kind != RequestIntermediate || x.Due.IsZero() || !about(x.Matter) {
			continue
		}
		if x.Answered.IsZero() {
			if open == nil || x.Due.Before(open.Due) {
				open = x
			}
		} else if last == nil || x.Answered.After(last.Answered) {
			last = x
		}
	}
	switch {
	case open != nil:
		f.Add(policy.FactIntermediateDue, open.Due)
	case last != nil:
		f.Add(policy.FactIntermediateDue, last.Due)
		f.Add(policy.FactIntermediateReported, last.Answered)
	}
}

func (m Matter) stepFact(s Step) policy.Fact {
	if m.Incident != 0 {
		return map[Step]policy.Fact{StepSuspected: policy.FactIncidentSuspected, StepDismissed: policy.FactIncidentDismissed, StepAware: policy.FactIncidentAware}[s]
	}
	return map[Step]policy.Fact{StepSuspected: policy.FactExploitSuspected, StepDismissed: policy.FactExploitDismissed, StepAware: policy.FactExploitAware}[s]
}

// Elsewhere reports whether a matter is handled in another case: its vulnerability
// was split off, or the case goes on in another. Its clocks run there.
func (c *Case) Elsewhere(m Matter) bool {
	if _, on := c.WentOn(); on {
		return true
	}
	v := inner.At(c.Vulnerabilities, m.Vuln)
	return v != nil && v.MovedTo != (CaseID{})
}

// authorityWording shows in a timeline what concerns authorities.
func (c *Case) authorityWording(e *Event, t *Texts) string {
	switch e.Kind {
	case EventAssessmentRecorded:
		if x := inner.At(c.Assessments, e.kept.Ref); x != nil {
			words := t.Say(x.Matter.stepFact(x.Step).Words())
			if x.Step == StepDismissed {
				words = t.Say("assessed: not to be reported")
				if s := inner.At(c.Streams, x.Product); s != nil && s.Name != "" {
					words = t.Say("assessed: not to be reported for {product}", "product", s.Name.Display())
				}
			}
			_, n := utf8.DecodeRuneInString(words)
			return strings.ToUpper(words[:n]) + words[n:]
		}
	case EventReportSubmitted:
		if x := inner.At(c.AuthorityReports, e.kept.Ref); x != nil {
			var stages []string
			for _, s := range x.Stages {
				stages = append(stages, t.Say(s.String()))
			}
			return t.Say("Submitted to the authority: {stages}", "stages", strings.Join(stages, ", "))
		}
	case EventRequestRecorded:
		if x := inner.At(c.Requests, e.kept.Ref); x != nil {
			if x.Kind == RequestIntermediate {
				return t.Say("The authority asks for an intermediate report")
			}
			return t.Say("Delay of dissemination asked for")
		}
	case EventRequestAnswered:
		if x := inner.At(c.Requests, e.kept.Ref); x != nil {
			if x.Granted {
				return t.Say("Delay of dissemination granted")
			}
			return t.Say("Delay of dissemination not granted")
		}
	case EventUsersInformed:
		return t.Say("Users informed")
	}
	return ""
}
