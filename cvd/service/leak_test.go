package service_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdjson"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// The leak test puts a marked secret into every text field of random cases, and
// looks for it in all that the library gives to a viewer. What a viewer may see
// is judged by an oracle of its own: a list of facts on each secret, and one
// function of them.

// secret is what the oracle knows of a marked text.
type secret struct {
	mark   string
	what   string // the field
	kind   secretKind
	source cvd.PartyID
	to     []cvd.PartyID // for what is addressed
	label  tlp.Label
	vuln   cvd.VulnID
	shared bool
	on     map[cvd.VulnID]bool // of a product stream: which statements on it are shared
	kept   bool                // although what came with it was refused
}

type secretKind int

const (
	teamOnly    secretKind = iota // notes, reasons of triage, evidence of the law, names of actors
	sourceOnly                    // contact data, wishes
	aReport                       // of a reporter
	aDetail                       // of the vulnerability
	aStatement                    // of a vendor
	aMessage                      // addressed
	anOrganized                   // the name of an organization that is no reporter
)

// world is what the oracle keeps of a case by itself.
type world struct {
	*desk
	t       *testing.T
	r       *rand.Rand
	id      cvd.CaseID
	base    int // of the numbers of its marks
	secrets []*secret
	parties []cvd.PartyID
	limited map[cvd.PartyID][]cvd.VulnID
	roles   map[cvd.PartyID]cvd.Roles
	details map[cvd.PartyID]bool
	removed map[cvd.PartyID]bool
	vulns   cvd.VulnID
	said    map[cvd.PartyID]bool // its last word was yes, to terms of secrecy
	shut    map[cvd.PartyID]bool // its last word was no, or its time to answer passed
	alone   bool                 // there is no other case on the desk
	went    map[string]bool      // what went out: the participant and the text
	stage   int                  // before the case: 1, it begins as a submission; 2, in quarantine
	looks   int
	sent    map[cvd.PartyID]tlp.Label // of its report
}

// hear keeps what the parties say, from what was done and how they stood before.
func (w *world) hear(before, after *cvd.Case, cmds []cvd.Command) {
	yes := func(p cvd.PartyID) { w.said[p], w.shut[p] = true, false }
	for i, p := range after.Participants {
		if before == nil || i >= len(before.Participants) {
			continue
		}
		was := before.Participants[i]
		late := was.Consent == vultron.Lapsed && w.clock.t.After(was.AnswerBy)
		if p.Consent == vultron.Declined && was.Consent != vultron.Declined || late && (p.Consent == vultron.NoEmbargo || p.Consent == vultron.Invited) {
			w.said[p.ID], w.shut[p.ID] = false, true
		}
		if p.Consent == vultron.Invited && was.Consent != vultron.Invited {
			w.said[p.ID] = false
		}
	}
	for _, cmd := range cmds {
		switch x := cmd.(type) {
		case cvd.AnswerInvitation:
			if x.Accept {
				yes(x.Party)
			}
		case cvd.AcceptEmbargo:
			by := max(x.Party, cvd.Owner)
			yes(by)
			if n := after.Embargo.Active; n != 0 {
				if p := after.Embargo.Proposals[n-1].By; after.Participants[p-1].Consent == vultron.Signatory {
					yes(p)
				}
			}
		}
	}
}

// may is the oracle: whether a participant may see a secret now. It asks the
// case only for the consent of the participant and the state of the embargo.
func (w *world) may(c *cvd.Case, p cvd.PartyID, x *secret) bool {
	if p == 0 {
		return false
	}
	if x.source == p && x.kind != teamOnly {
		return true
	}
	if w.removed[p] {
		return false
	}
	me := c.Participants[p-1]
	bound := me.Consent == vultron.Signatory || me.Consent == vultron.Lapsed && !w.clock.t.After(me.AnswerBy)
	// Its own yes opens the case, what was given to it on purpose, or that it began
	// the case by its report. A no shuts it, and so does silence. Nothing else does.
	refused := me.Consent == vultron.Declined || me.Consent == vultron.Lapsed && !bound
	knows := p == cvd.Owner || !refused && !w.shut[p] && (w.said[p] || w.details[p] || p == 2)
	scope, limited := w.limited[p]
	addressed := false
	for _, q := range x.to {
		addressed = addressed || q == p
	}
	if (x.label == tlp.Red || x.label == tlp.AmberStrict) && !addressed {
		return false
	}
	in := !limited
	for _, v := range scope {
		in = in || v == x.vuln
	}
	switch x.kind {
	case aReport:
		return knows && !limited && (p == cvd.Owner || w.said[p] || w.details[p])
	case aDetail:
		return knows && in
	case aStatement:
		for v, shared := range x.on { // a product stream shows with a statement on it
			if knows && shared && (!limited || slices.Contains(scope, v)) {
				return true
			}
		}
		return knows && in && (x.shared || x.vuln != 0 && !c.Vulnerabilities[x.vuln-1].Published.IsZero())
	case aMessage:
		return addressed && knows
	case anOrganized:
		return p == cvd.Owner || x.source == cvd.Owner || knows && !limited
	}
	return false
}

func (w *world) secret(what string, x secret) cvd.Private {
	x.mark = fmt.Sprintf("M%05dX", w.base+len(w.secrets)+1)
	x.what = what
	w.secrets = append(w.secrets, &x)
	return cvd.Private(x.mark)
}

func (w *world) label() tlp.Label {
	return append(tlp.Labels(), tlp.Unset)[w.r.IntN(len(tlp.Labels())+1)]
}

func (w *world) party() cvd.PartyID { return w.parties[w.r.IntN(len(w.parties))] }
func (w *world) vuln() cvd.VulnID   { return cvd.VulnID(1 + w.r.IntN(int(w.vulns))) }

// try applies commands; a refusal is fine, and must not tell a secret either.
func (w *world) try(cmds ...cvd.Command) bool {
	var before *cvd.Case
	if w.id != (cvd.CaseID{}) {
		before = w.view(w.id, team)
	}
	c, err := w.svc.Do(ctx, w.id, cvd.By{Actor: cvd.Private("actor-" + w.actor())}, cmds...)
	if err != nil {
		require.NotRegexp(w.t, `M\d{5}X`, err.Error(), "an error tells a secret")
		return false
	}
	w.id = c.ID
	w.hear(before, c, cmds)
	return true
}

func (w *world) actor() string {
	return string(w.secret("actor", secret{kind: teamOnly}))
}

func (w *world) contact(id cvd.PartyID, reporter bool) cvd.Contact {
	own := secret{kind: sourceOnly, source: id}
	org := own
	if !reporter {
		org.kind = anOrganized
	}
	return cvd.Contact{
		Name: w.secret("Name", own), Organization: w.secret("Organization", org), Phone: w.secret("Phone", own),
		Address: w.secret("Address", own), Key: w.secret("Key", own), Email: w.secret("Email", own) + "@x.example",
		Identity: cvd.Private(fmt.Sprint("party", id)),
		Routes:   []cvd.Route{{Transport: []string{"box", "mail"}[w.r.IntN(2)], Address: cvd.Private(fmt.Sprint(id))}},
	}
}

// step does something at random. A secret of a refused command is in nobody's
// right: it must appear nowhere.
func (w *world) step() {
	n := len(w.secrets)
	if !w.act() {
		for _, x := range w.secrets[n:] {
			if !x.kept {
				x.kind, x.source = teamOnly, 0
			}
		}
	}
}

func (w *world) receive() bool {
	id := cvd.PartyID(len(w.parties) + 1)
	if len(w.parties) == 0 {
		id = 2
	}
	l := w.label()
	x := secret{kind: aReport, source: id, label: l}
	own := secret{kind: sourceOnly, source: id}
	own.label = atLeast(l) // what comes with a report is as strict as it
	if w.sent == nil {
		w.sent = map[cvd.PartyID]tlp.Label{}
	}
	w.sent[id] = l
	file := own
	file.label = l
	title := x
	if len(w.parties) == 0 { // it becomes the title of the case and the vulnerability
		title = secret{kind: aDetail, source: id, label: l, vuln: 1}
	}
	cmd := cvd.Receive{
		TLP: l, Reporter: w.contact(id, true), Title: w.secret("Receive.Title", title), Summary: w.secret("Summary", x),
		Products: w.secret("Products", x), Observations: w.secret("Observations", x), Wish: w.secret("Wish", file),
		CreditName: w.secret("CreditName", own), Fingerprint: w.secret("Fingerprint", own),
		Original: strings.NewReader(string(w.secret("Original", file))), OriginalType: w.secret("OriginalType", file),
		IDs:   []cvd.ExternalID{{Kind: "id", Value: w.secret("ID", secret{kind: teamOnly})}},
		Files: []cvd.File{{Name: w.secret("Receive.File", file), Content: strings.NewReader(string(w.secret("Receive.Content", file)))}},
	}
	if len(w.parties) == 0 && w.stage > 0 {
		if cmd.Submission = true; w.stage > 1 {
			cmd.Quarantine = w.secret("Quarantine", secret{kind: teamOnly})
		}
	}
	if !w.try(cmd) {
		return false
	}
	if len(w.parties) == 0 {
		w.parties = []cvd.PartyID{1}
		w.vulns = 1
	}
	w.parties = append(w.parties, id)
	w.roles[id] = cvd.RoleReporter
	return true
}

func (w *world) invite() bool {
	id := cvd.PartyID(len(w.parties) + 1)
	cmd := cvd.Invite{
		Roles: cvd.RoleVendor, Contact: w.contact(id, false), DetailsFirst: w.r.IntN(6) == 0,
		Reason: w.secret("Invite.Reason", secret{kind: teamOnly}),
	}
	if w.r.IntN(3) == 0 {
		cmd.Roles, cmd.Limited, cmd.Scope = cvd.RoleExpert, true, []cvd.VulnID{w.vuln()}
	}
	if w.r.IntN(3) == 0 {
		cmd.Contact.NotForSecurity = true
	}
	if !w.try(cmd) {
		return false
	}
	w.parties = append(w.parties, id)
	w.roles[id], w.details[id] = cmd.Roles, cmd.DetailsFirst
	if cmd.Limited {
		w.limited[id] = cmd.Scope
	}
	return true
}

func (w *world) statement() bool {
	p, v, l, shared := w.party(), w.vuln(), w.label(), w.r.IntN(3) == 0
	x := secret{kind: aStatement, source: p, label: l, vuln: v, shared: shared}
	stream := x
	stream.shared = false // it shows with a statement only, and here none is on it
	if w.r.IntN(3) == 0 {
		return w.try(cvd.AddProduct{Vendor: p, TLP: l, Name: w.secret("Stream", stream), Versions: w.secret("Versions", stream), PURL: w.secret("PURL", stream)})
	}
	// A later statement takes the place of this one, and its texts with it.
	if !w.try(cvd.RecordStatus{Vuln: v, Party: p, Affected: cvd.Affected(w.r.IntN(6)), TLP: l, Shared: shared,
		Fixed: w.secret("Fixed", x), Statement: w.secret("Statement", x)}) {
		return false
	}
	// Without a stream it is a statement on each of the vendor's.
	for _, y := range w.secrets {
		if y.source == p && slices.Contains([]string{"Stream", "Versions", "PURL"}, y.what) {
			if y.on == nil {
				y.on = map[cvd.VulnID]bool{}
			}
			y.on[v] = shared
		}
	}
	return true
}

func (w *world) claim() bool {
	p, v, l := w.party(), w.vuln(), w.label()
	x := secret{kind: aStatement, source: p, label: l, vuln: v, shared: w.r.IntN(3) == 0}
	what := vultron.CSEvent(1 + w.r.IntN(6))
	adopt := w.r.IntN(4) == 0
	if what > vultron.FixDeployed && w.r.IntN(10) > 0 {
		adopt = false // else few embargoes would last
	}
	return w.try(cvd.Observe{What: what, Party: p, Vendor: p, Vuln: v, TLP: l, Shared: x.shared, Adopt: adopt,
		Evidence: w.secret("Evidence", x)})
}

func (w *world) message() bool {
	from, l := w.party(), w.label()
	x := secret{kind: aMessage, source: from, label: l}
	for range 1 + w.r.IntN(3) {
		if p := w.party(); p != from {
			x.to = append(x.to, p)
		}
	}
	cmd := cvd.PostMessage{Party: from, To: x.to, TLP: l}
	var mine *secret // the file
	if len(x.to) == 0 {
		x = secret{kind: teamOnly, label: l} // a note
	}
	if w.r.IntN(2) == 0 {
		f := secret{kind: aMessage, source: from, to: x.to, label: w.label()}
		name := w.secret("Attachment", f)
		mine = w.secrets[len(w.secrets)-1]
		if !w.try(cvd.Attach{Party: from, Name: name, Type: "text/plain", TLP: f.label, Content: strings.NewReader(string(name))}) {
			return false
		}
		n := cvd.AttachmentID(len(w.view(w.id, team).Attachments))
		mine.kept = true
		cmd.Attachments = []cvd.AttachmentID{n}
	}
	cmd.Subject, cmd.Text = w.secret("Subject", x), w.secret("Text", x)
	if from != cvd.Owner && w.r.IntN(2) == 0 {
		between := secret{kind: sourceOnly, source: from, label: atLeast(l)}
		cmd.Provenance = w.came(between)
		between.label = l
		cmd.Original = strings.NewReader(string(w.secret("Message.Original", between)))
		if w.roles[from] == cvd.RoleVendor {
			cmd.Statements = []cvd.Statement{{Vuln: w.vuln(), Fixed: w.secret("Said.Fixed", between), Text: w.secret("Said.Text", between)}}
		}
	}
	if w.r.IntN(4) == 0 && len(x.to) > 0 {
		of := append(slices.Clone(x.to), from)
		title := w.secret("Topic", secret{kind: aMessage, to: of})
		own := w.secrets[len(w.secrets)-1]
		own.kept = w.try(cvd.SetTopic{Title: title, Parties: of})
		cmd.Topic = cvd.TopicID(len(w.view(w.id, team).Topics))
	}
	ok := w.try(cmd)
	if !ok && mine != nil {
		mine.kind = sourceOnly
	}
	return ok
}

func (w *world) act() bool {
	own := secret{kind: teamOnly}
	if w.r.IntN(9) == 0 {
		return w.correct()
	}
	p := w.party()
	day := func() time.Time { return w.clock.t.AddDate(0, 0, 1+w.r.IntN(60)) }
	reason := func(what string) cvd.Private { return w.secret(what, secret{kind: sourceOnly, source: p}) }
	switch w.r.IntN(26) {
	case 24:
		return w.unverified()
	case 25:
		return w.bounced()
	case 0:
		return w.receive()
	case 1, 2:
		return w.invite()
	case 3, 4, 5:
		return w.statement()
	case 6, 7:
		return w.claim()
	case 8, 9, 10:
		return w.message()
	case 11:
		l := w.label()
		if w.try(cvd.AddVulnerability{TLP: l, Title: w.secret("Vuln.Title", secret{kind: aDetail, source: cvd.Owner, label: l, vuln: w.vulns + 1})}) {
			w.vulns++
			return true
		}
		return false
	case 12:
		v, l := w.vuln(), w.label()
		return w.try(cvd.SetSeverity{Vuln: v, Party: p, Rating: cvd.RatingLow, TLP: l, Source: w.secret("Severity.Source", secret{kind: aDetail, source: p, label: l, vuln: v})})
	case 13:
		if w.r.IntN(2) == 0 { // and new terms at once
			return w.try(cvd.ProposeEmbargo{Ends: day(), Reason: w.secret("Propose.Reason", secret{kind: sourceOnly, source: cvd.Owner})}, cvd.AcceptEmbargo{Proposal: 0, Party: 2})
		}
		return w.try(cvd.ProposeEmbargo{Party: p, Ends: day(), Reason: reason("Propose.Reason")})
	case 14:
		return w.try(cvd.AcceptEmbargo{Party: p})
	case 15:
		if w.r.IntN(12) == 0 {
			return w.try(cvd.EndEmbargo{Reason: w.secret("End.Reason", own)})
		}
		return w.try(cvd.RejectEmbargo{Party: p, Reason: w.secret("Reject.Reason", own)})
	case 16, 17, 22, 23:
		return w.try(cvd.AnswerInvitation{Party: p, Accept: w.r.IntN(3) > 0})
	case 18:
		of := secret{kind: teamOnly, label: atLeast(w.sent[2])}
		return w.try(cvd.Triage{Report: 1, Outcome: cvd.OutcomeValid, Quiet: true, Reason: w.secret("Triage.Reason", of)}, cvd.Accept{},
			cvd.Assign{To: w.secret("Assignee", own)})
	case 19:
		of := secret{kind: teamOnly, vuln: 1}
		return w.try(cvd.AnnounceDeadline{Party: p, At: day(), Reason: reason("Announce.Reason")},
			cvd.RecordCompelledDisclosure{Basis: w.secret("Basis", own), Recipient: w.secret("Recipient", own), What: w.secret("What", own)},
			cvd.RecordAssessment{Matter: cvd.Matter{Vuln: 1}, Step: cvd.StepAware, Source: w.secret("Source", of), Evidence: w.secret("Evidence", of)},
			cvd.RecordSubmission{Matter: cvd.Matter{Vuln: 1}, Stages: []cvd.ReportStage{cvd.StageEarlyWarning}, Authority: w.secret("Authority", of), Values: w.secret("Values", of)},
			cvd.InformUsers{Matter: cvd.Matter{Vuln: 1}, Audience: w.secret("Audience", of), Text: w.secret("Inform.Text", of), Reason: w.secret("Inform.Reason", of)})
	case 20:
		w.clock.pass(time.Duration(w.r.IntN(240)) * time.Hour)
		return true
	default:
		if w.r.IntN(6) == 0 && w.try(cvd.Publish{Advisories: []string{"https://example.org/1"}, Vulnerabilities: []cvd.VulnID{w.vuln()}}) {
			return true
		}
		return w.try(cvd.PlanRelease{At: w.clock.t.AddDate(0, 0, 70), Outputs: []string{"csaf"}},
			cvd.PlanNotification{List: "l", Parties: []cvd.PartyID{p}, Lead: time.Hour, Agreement: w.secret("Agreement", own)},
			cvd.AnswerRelease{Party: p, Hold: true, Reason: reason("Hold.Reason")})
	}
}

// check looks for secrets in a text that is for one viewer.
func (w *world) check(c *cvd.Case, p cvd.PartyID, where, text string) {
	w.t.Helper()
	for i := strings.IndexByte(text, 'M'); i >= 0 && i+7 <= len(text); {
		if m := text[i : i+7]; m[6] == 'X' {
			var n int
			if _, err := fmt.Sscanf(m, "M%05dX", &n); err == nil && n >= 1 && n <= len(w.secrets) {
				if x := w.secrets[n-1]; !w.may(c, p, x) {
					w.t.Fatalf("participant %d (%s, %s, limited %v; embargo %s) sees %s of participant %d, %s, vulnerability %d, shared %v, in %s",
						p, w.roles[p], c.Participants[max(p, 1)-1].Consent, w.limited[p], c.Embargo.State, x.what, x.source, x.label, x.vuln, x.shared, where)
				}
			}
		}
		next := strings.IndexByte(text[i+1:], 'M')
		if next < 0 {
			return
		}
		i += 1 + next
	}
}

// look reads everything that each viewer can read.
func (w *world) look() (seen int) {
	c := w.view(w.id, team)
	w.outsider(c)
	w.lower(c)
	for p := cvd.PartyID(0); int(p) <= len(w.parties); p++ {
		if p == cvd.Owner {
			continue
		}
		v := cvd.Viewer{Party: p}
		x, err := w.svc.View(ctx, w.id, v)
		if err != nil {
			require.ErrorIs(w.t, err, cvd.ErrNotFound)
			require.True(w.t, p == 0 || w.removed[p])
			continue
		}
		text := dump(x)
		seen += strings.Count(text, "X\"")
		w.check(c, p, "View", text)
		w.check(c, p, "the errors", fmt.Sprint(x, err))
		published, err := cvdjson.Marshal(x)
		require.NoError(w.t, err)
		w.check(c, p, "cvdjson", string(published))
		tl := w.svc.Timeline(x)
		for name, s := range map[string]string{"Text": tl.Text(), "Markdown": tl.Markdown(), "SVG": tl.SVG(), "HTML": tl.HTML(), "ICalendar": tl.ICalendar()} {
			w.check(c, p, "the timeline's "+name, s)
		}
		w.check(c, 0, "the public timeline", tl.Public().Text())
		w.lookAtSent(c, p)
		for _, a := range c.Attachments {
			r, err := w.svc.Attachment(ctx, w.id, v, a.ID)
			if err != nil {
				w.check(c, p, "the error of a file", err.Error())
				continue
			}
			b, err := io.ReadAll(r)
			require.NoError(w.t, err)
			r.Close()
			w.check(c, p, "a file", string(b))
		}
		if p > 0 {
			page, err := w.svc.Find(ctx, cvd.Viewer{Identity: cvd.Private(fmt.Sprint("party", p))}, service.Filter{}, "", 10)
			require.NoError(w.t, err)
			w.check(c, p, "Find", dump(page))
		}
	}
	return seen
}

func strict(l tlp.Label) bool { return l == tlp.Red || l == tlp.AmberStrict }

// atLeast is the label of what comes with something labelled, and has none itself.
func atLeast(l tlp.Label) tlp.Label {
	if strict(l) {
		return l
	}
	return tlp.Amber
}

// personal tells of a mark that it stands in what says who its source is.
func (x *secret) personal() bool {
	switch x.what {
	case "Name", "Organization", "Phone", "Address", "Key", "Email", "Tracking":
		return true
	}
	return false
}

// mayHold is the oracle of clearances: by the label of each text, where what has none
// is TLP:AMBER, and by that of the report for who sent it.
func (w *world) mayHold(c *cvd.Case, l tlp.Label, x *secret) bool {
	label := x.label
	if label == tlp.Unset {
		label = tlp.Amber
	}
	if sent, ok := w.sent[x.source]; ok && x.personal() && strict(sent) {
		label = sent
	}
	if x.what == "Draft" || x.what == "Draft.Name" || x.what == "Draft.Type" {
		for _, v := range c.Vulnerabilities {
			if strict(v.TLP) && v.TLP.Stricter(label) {
				label = v.TLP
			}
		}
	}
	if x.vuln != 0 && int(x.vuln) <= len(c.Vulnerabilities) && strict(c.Vulnerabilities[x.vuln-1].TLP) && x.kind == teamOnly {
		label = c.Vulnerabilities[x.vuln-1].TLP
	}
	return label.AtMost(l)
}

// lower looks with the eyes of the team at what a clearance may hold, at one after
// the other.
func (w *world) lower(c *cvd.Case) {
	w.looks++
	for _, l := range tlp.Labels()[w.looks%5:][:1] {
		v := cvd.Viewer{Team: true, Groups: team.Groups, Clearance: l}
		x := w.view(w.id, v)
		tl := w.svc.Timeline(x)
		published, err := cvdjson.Marshal(x)
		require.NoError(w.t, err)
		page, err := w.svc.Find(ctx, v, service.Filter{}, "", 100)
		require.NoError(w.t, err)
		text := dump(x) + string(published) + tl.HTML() + tl.Text() + tl.ICalendar() + dump(page)
		for _, m := range anyMark.FindAllString(text, -1) {
			var n int
			_, err := fmt.Sscanf(m, "M%05dX", &n)
			require.NoError(w.t, err)
			if n -= w.base; n < 1 || n > len(w.secrets) {
				continue
			}
			if s := w.secrets[n-1]; !w.mayHold(c, l, s) {
				w.t.Fatalf("with clearance %s the team sees %s of participant %d, %s, vulnerability %d: %s", l, s.what, s.source, s.label, s.vuln, m)
			}
		}
	}
}

// lookAtSent asks for the newest texts that went out, also for those of others.
func (w *world) lookAtSent(c *cvd.Case, p cvd.PartyID) {
	if w.r.IntN(4) > 0 {
		return // each reads the whole log
	}
	for i := max(0, len(c.Messages)-1); i < len(c.Messages); i++ {
		for _, d := range c.Messages[i].Deliveries {
			got, err := w.svc.Sent(ctx, w.id, cvd.Viewer{Party: p}, c.Messages[i].ID, d.Party)
			if err != nil {
				require.ErrorIs(w.t, err, cvd.ErrNotFound)
				continue
			}
			require.Equal(w.t, p, d.Party, "a text is for its party alone")
			require.True(w.t, w.went[fmt.Sprint(p, string(got.Subject)+string(got.Text))] || got.Erased, "it holds that text already")
		}
	}
}

var anyMark = regexp.MustCompile(`M\d{5}X`)

// outsider looks with the eyes of somebody in the team who is of no group.
func (w *world) outsider(c *cvd.Case) {
	x, err := w.svc.View(ctx, w.id, of())
	if len(c.Groups) > 0 {
		require.ErrorIs(w.t, err, cvd.ErrNotFound)
		return
	}
	require.NoError(w.t, err)
	text := dump(x) + w.svc.Timeline(x).HTML()
	for _, s := range c.Streams {
		if len(s.Groups) > 0 {
			require.NotContains(w.t, text, string(s.Name))
		} else {
			require.Contains(w.t, text, string(s.Name))
		}
	}
}

// outgoing checks what was sent, at the moment it was sent: what a recipient may
// see is decided then.
func (w *world) outgoing() (sent int) {
	w.relay()
	c := w.view(w.id, team)
	for _, box := range []*post{w.box, w.mail} {
		for _, m := range box.got {
			var p cvd.PartyID
			_, err := fmt.Sscan(string(m.To.Address), &p)
			require.NoError(w.t, err)
			text := m.Subject + string(m.Text)
			if w.went == nil {
				w.went = map[string]bool{}
			}
			w.went[fmt.Sprint(p, text)] = true
			for _, f := range m.Files {
				r, err := f.Open(ctx)
				require.NoError(w.t, err)
				b, err := io.ReadAll(r)
				require.NoError(w.t, err)
				r.Close()
				text += string(f.Name) + string(b)
			}
			w.check(c, p, "a message", text)
			w.check(c, 0, "a subject", m.Subject)
			if m.Notice || box.can < cvd.ProtectSealed {
				for _, x := range w.secrets {
					if x.kind != sourceOnly && x.source != p && x.label != tlp.Clear && x.label != tlp.Green {
						require.NotContains(w.t, text, x.mark, "a notice, or a way that protects too little, has %s", x.what)
					}
				}
			}
			sent++
			box.sent = append(box.sent, m.ID)
		}
		box.got = nil
	}
	return sent
}

// careless makes every other world one whose host prints all that it is given.
func careless(seed uint64) func(*cvd.Config) {
	return func(c *cvd.Config) {
		if seed%2 == 1 {
			c.Render = func(r cvd.Rendering) (string, string) {
				return "subject", dump(r.Case) + dump(*r.Message) + dump(*r.To)
			}
		}
	}
}

func TestNobodySeesMoreThanTheirs(t *testing.T) {
	cases, seen, sent := 40, 0, 0
	if testing.Short() {
		cases = 10
	}
	for seed := range uint64(cases) {
		w := &world{
			t: t, desk: newDesk(t, careless(seed)), r: rand.New(rand.NewPCG(seed, 4)), limited: map[cvd.PartyID][]cvd.VulnID{},
			roles: map[cvd.PartyID]cvd.Roles{}, details: map[cvd.PartyID]bool{}, said: map[cvd.PartyID]bool{}, shut: map[cvd.PartyID]bool{},
		}
		w.alone, w.stage = true, max(0, int(seed%5)-2)
		require.True(t, w.receive())
		if w.stage > 0 {
			w.early()
		}
		if seed%3 > 0 {
			require.True(t, w.try(cvd.ProposeEmbargo{Ends: w.clock.t.AddDate(0, 0, 40)}, cvd.AcceptEmbargo{Party: 2}))
			for range 3 {
				w.invite()
				w.try(cvd.AnswerInvitation{Party: w.parties[len(w.parties)-1], Accept: true})
			}
		}
		for i := range 60 {
			w.step()
			if i%6 == 0 {
				sent += w.outgoing()
				seen += w.look()
			}
		}
		sent += w.outgoing()
		seen += w.look()
	}
	require.Greater(t, seen, cases*300, "the viewers see what is theirs, so there was something to look at")
	require.Greater(t, sent, cases*10)
}
