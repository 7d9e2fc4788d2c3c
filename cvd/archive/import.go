package archive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// IDHandover is the kind of the ExternalID by which Service.Lookup finds the case that
// was made of another organisation's: its value is the ID of the case there.
const IDHandover = "handover"

// ImportOptions say how a view is taken in.
type ImportOptions struct {
	// From is the organisation that handed the case over: the reporter of the case
	// here, with whom the team talks about it. Needed.
	From cvd.Contact
	// By is who takes it in. Its ID and If are not used.
	By cvd.By
	// Signature is what Verify found.
	Signature cvd.Signature
}

// Imported is what became of a view.
type Imported struct {
	Case cvd.CaseID // into which it went
	// New is how much was added now: reports, vulnerabilities, messages, files.
	New int
	// Problems are parts that could not be taken in; the others were.
	Problems []error
}

// ImportView makes a case of a view, in the receiver's own log and under its own
// rules: the sender is its reporter, texts keep their labels, and each message is a
// note of the team, because nobody here has sent it. Where the sender has an embargo,
// its end is proposed in the sender's name; it holds at once if the receiver has
// agreed to it there, as the view says. Nothing else of the sender's state is taken
// over: what it assesses or publishes is the receiver's to judge.
//
// Each part is taken in once, however often the view, or a later one of the same case,
// comes: what is new is added, what has changed is not. It may be interrupted and
// called again. A note says which record and hash of the sender's log it was made of.
//
// Verify the archive first: a view is text of others, and says what they like.
func ImportView(ctx context.Context, svc *service.Service, a *Archive, o ImportOptions) (Imported, error) {
	v, err := a.View()
	if err != nil {
		return Imported{}, err
	}
	m := importer{svc: svc, a: a, v: &v, o: o}
	if err := m.begin(ctx); err != nil {
		return m.Imported, err
	}
	return m.Imported, m.rest(ctx)
}

type importer struct {
	Imported
	svc *service.Service
	a   *Archive
	v   *View
	o   ImportOptions
}

// by is the same for the same part of the same case, so that a repeat changes nothing.
func (m *importer) by(part string, n any) cvd.By {
	by := m.o.By
	h := sha256.Sum256(fmt.Appendf(nil, "cvdkit handover\x00%s\x00%s\x00%v", m.v.Case, part, n))
	copy(by.ID[:], h[:])
	by.ID[6], by.ID[8] = by.ID[6]&0x0f|0x80, by.ID[8]&0x3f|0x80 // a UUID of version 8
	by.If = 0
	return by
}

// do applies commands for a part. Only what says nothing of the part ends the import.
func (m *importer) do(ctx context.Context, what string, n any, cmds ...cvd.Command) error {
	return m.took(what, n, func() (*cvd.Case, error) { return m.svc.Do(ctx, m.Case, m.by(what, n), cmds...) })
}

func (m *importer) took(what string, n any, f func() (*cvd.Case, error)) error {
	c, err := f()
	var dup *cvd.DuplicateError
	var refused *cvd.Refusal
	switch {
	case err == nil && !c.Repeated:
		m.New++
	case errors.As(err, &refused) && refused.Rule == cvd.RuleCommandID:
		// It has come before, with other words: what was taken in stays.
	case errors.Is(err, cvd.ErrRefused), errors.Is(err, cvd.ErrInput), errors.As(err, &dup), errors.Is(err, ErrFormat):
		m.Problems = append(m.Problems, fmt.Errorf("archive: %s %v: %w", what, n, err))
	case err != nil:
		return fmt.Errorf("archive: %s %v: %w", what, n, err)
	}
	return nil
}

// begin finds the case, or opens it with the first report.
func (m *importer) begin(ctx context.Context) error {
	id := cvd.ExternalID{Kind: IDHandover, Value: cvd.Private(m.v.Case.String())}
	var err error
	if m.Case, err = m.svc.Lookup(ctx, id); err == nil || !errors.Is(err, cvd.ErrNotFound) {
		return err
	}
	x := m.report(Report{Summary: "Handed over as case " + m.v.Number + "."})
	if len(m.v.Reports) > 0 {
		x = m.report(m.v.Reports[0])
	}
	x.IDs, x.Kind = []cvd.ExternalID{id}, m.v.Kind
	if m.v.Title != "" {
		x.Title = cvd.Private(m.v.Title)
	}
	for _, w := range m.v.Vulnerabilities {
		if w.TLP != tlp.Unset {
			x.TLP = tlp.Strictest(x.TLP, w.TLP) // of the case's title, too
		}
	}
	c, err := m.svc.Do(ctx, cvd.CaseID{}, m.by("case", ""), x)
	if err != nil {
		return fmt.Errorf("archive: opening the case: %w", err)
	}
	m.Case = c.ID
	if !c.Repeated {
		m.New++
	}
	return nil
}

func (m *importer) report(r Report) cvd.Receive {
	label := r.TLP
	if label == tlp.Unset {
		label = tlp.Amber
	}
	return cvd.Receive{
		Reporter: m.o.From, Signature: m.o.Signature, TLP: label,
		Title: cvd.Private(r.Title), Summary: cvd.Private(r.Summary), Products: cvd.Private(r.Products),
		Observations: cvd.Private(r.Observations), Wish: cvd.Private(r.Wish), CreditName: cvd.Private(r.CreditName),
	}
}

func (m *importer) rest(ctx context.Context) error {
	for _, r := range m.v.Reports[min(1, len(m.v.Reports)):] {
		if err := m.do(ctx, "report", r.ID, m.report(r)); err != nil {
			return err
		}
	}
	first := true
	for _, w := range m.v.Vulnerabilities {
		if w.Title == "" && w.CVE == "" && w.CWE == "" && len(w.Severity) == 0 {
			continue // only its number is known
		}
		if err := m.vulnerability(ctx, w, first); err != nil {
			return err
		}
		first = false
	}
	if err := m.embargo(ctx); err != nil {
		return err
	}
	for _, x := range m.v.Messages {
		if x.Text == "" {
			continue
		}
		text := fmt.Sprintf("Message %d of case %s, from %s, %s:\n\n%s", x.ID, m.v.Number, m.name(x.From), x.Posted.UTC().Format(time.RFC3339), x.Text)
		if err := m.do(ctx, "message", x.ID, cvd.PostMessage{Subject: cvd.Private(x.Subject), Text: cvd.Private(text), TLP: x.TLP}); err != nil {
			return err
		}
	}
	if err := m.files(ctx); err != nil {
		return err
	}
	made := fmt.Sprintf("Taken over from %s: case %s, record %d, which ends with %s.", m.a.manifest.Team, m.v.Number, m.v.Seq, m.v.Tip)
	return m.do(ctx, "archive", fmt.Sprint(m.v.Seq, m.v.Tip), cvd.PostMessage{Text: cvd.Private(made)})
}

func (m *importer) name(id cvd.PartyID) string {
	for _, p := range m.v.Participants {
		if p.ID == id {
			return strings.TrimSpace(p.Organization + " " + p.Name + fmt.Sprintf(" (participant %d)", id))
		}
	}
	return fmt.Sprintf("participant %d", id)
}

// vulnerability adds one with what is known of it. The first is the one that the case
// was opened with.
func (m *importer) vulnerability(ctx context.Context, w Vulnerability, first bool) error {
	for try := 0; ; try++ {
		c, err := m.svc.View(ctx, m.Case, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
		if err != nil {
			return fmt.Errorf("archive: reading the case: %w", err)
		}
		n, cmds := cvd.VulnID(1), []cvd.Command(nil)
		if !first {
			n, cmds = cvd.VulnID(len(c.Vulnerabilities)+1), []cvd.Command{cvd.AddVulnerability{Title: cvd.Private(w.Title)}}
		}
		cmds = append(cmds, cvd.Identify{Vuln: n, Title: cvd.Private(w.Title), CVE: cvd.Private(w.CVE), CWE: cvd.Private(w.CWE), TLP: w.TLP})
		for _, s := range w.Severity {
			cmds = append(cmds, cvd.SetSeverity{Vuln: n, Party: 2, Rating: s.Rating, Vector: cvd.Private(s.Vector), Source: cvd.Private(s.Source), TLP: s.TLP})
		}
		by := m.by("vulnerability", w.ID)
		by.If = c.Seq // its number is counted on this version
		stale := false
		err = m.took("vulnerability", w.ID, func() (*cvd.Case, error) {
			c, err := m.svc.Do(ctx, m.Case, by, cmds...)
			if stale = errors.Is(err, cvd.ErrStale); stale {
				return &cvd.Case{Repeated: true}, nil
			}
			return c, err
		})
		if err != nil || !stale || try == 20 {
			return err
		}
	}
}

// embargo proposes the sender's end, and accepts it where the receiver has agreed.
func (m *importer) embargo(ctx context.Context) error {
	if m.v.Embargo.Ends == nil || !m.v.Embargo.State.InForce() {
		return nil
	}
	ends := *m.v.Embargo.Ends
	if at, err := time.LoadLocation(m.v.Embargo.Zone); err == nil {
		ends = ends.In(at)
	}
	cmds := []cvd.Command{cvd.ProposeEmbargo{Party: 2, Ends: ends, Reason: "of the organisation that handed the case over"}}
	if m.v.Consent == vultron.Signatory {
		cmds = append(cmds, cvd.AcceptEmbargo{})
	}
	return m.do(ctx, "embargo", ends.UTC().Format(time.RFC3339), cmds...)
}

func (m *importer) files(ctx context.Context) error {
	for _, f := range m.v.Attachments {
		if f.Lost {
			continue
		}
		r, err := m.a.File(f.ID)
		if err != nil {
			m.Problems = append(m.Problems, err)
			continue
		}
		x := cvd.Attach{Party: 2, Name: cvd.Private(f.Name), Type: cvd.Private(f.Type), TLP: f.TLP, Content: r}
		err = m.do(ctx, "file", f.ID, x)
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return nil
}
