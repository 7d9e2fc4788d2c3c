package pages

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

type fact struct {
	Name string
	Text string // of one or more lines
}

type reportView struct {
	Heading, From, How string
	Received           time.Time
	Outcome            string
	Bad                string
	Facts              []fact
	Files              []fileView
}

type fileView struct {
	Path, Name, Size string
}

func (q *request) reports(c *cvd.Case) (out []reportView) {
	for i := range c.Reports {
		out = append(out, q.report(c, &c.Reports[i]))
	}
	return out
}

// whole is somebody with name, organization and address, as far as they are known.
func whole(c *cvd.Case, id cvd.PartyID) string {
	p, ok := c.Party(id)
	if !ok {
		return c.PartyName(id)
	}
	var s []string
	for _, x := range []cvd.Private{p.Name, p.Organization} {
		if x != "" {
			s = append(s, x.Display())
		}
	}
	text, address := strings.Join(s, ", "), p.Email.Display()
	switch {
	case text == "" && address == "":
		return c.PartyName(id)
	case text == "" || address == "":
		return text + address
	}
	return text + " <" + address + ">"
}

func (q *request) report(c *cvd.Case, r *cvd.Report) reportView {
	v := reportView{Heading: "Report " + number(r.ID), From: whole(c, r.Reporter), Received: r.Received, How: r.Channel.String()}
	if r.Title != "" {
		v.Heading += ": " + r.Title.Display()
	}
	if r.KnownBy != cvd.KnownByNothing {
		v.How += ", known by " + knownBy[r.KnownBy]
	}
	switch r.Signature {
	case cvd.SignatureValid:
		v.How += ", signature valid"
	case cvd.SignatureBad:
		v.Bad = "The signature is bad: it was changed, or is not from them."
	}
	if r.Outcome != cvd.OutcomeNone {
		v.Outcome = r.Outcome.String()
	}
	for _, f := range []struct {
		name string
		text cvd.Private
	}{{"What is affected", r.Products}, {"What is wrong", r.Summary}, {"Observations", r.Observations}, {"Wish", r.Wish}, {"Credit", r.CreditName}, {"Reason of the triage", r.Reason}} {
		if f.text != "" {
			v.Facts = append(v.Facts, fact{f.name, f.text.DisplayText()})
		}
	}
	if r.Exploited {
		v.Facts = append(v.Facts, fact{"Attacks", "The reporter says that it is exploited."})
	}
	if r.Credit == cvd.CreditAnonymous {
		v.Facts = append(v.Facts, fact{"Credit", "The reporter does not want to be named."})
	}
	v.Files = q.files(c, r.Files)
	if r.Original != 0 {
		v.Files = append(v.Files, q.files(c, []cvd.AttachmentID{r.Original})...)
	}
	return v
}

func (q *request) files(c *cvd.Case, ids []cvd.AttachmentID) (out []fileView) {
	for _, a := range c.Attachments {
		if slices.Contains(ids, a.ID) {
			f := fileView{Path: "/cases/" + c.Number + "/files/" + number(a.ID), Name: a.Name.Display(), Size: size(a.Size)}
			if f.Name == "" {
				f.Name = "file " + number(a.ID)
			}
			out = append(out, f)
		}
	}
	return out
}

func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1000/1000)
}

// topicView is a part of the conversation.
// knownBy says how it is known who sent something.
var knownBy = map[cvd.KnownBy]string{cvd.KnownByToken: "the thread of their mails, which can be forwarded", cvd.KnownByResults: "their mail server", cvd.KnownByAccess: "their receipt or code", cvd.KnownBySignature: "the key they sign with"}

type topicView struct {
	Title   string
	Members string
	Talk    []messageView
	Earlier int // that are not shown
}

type messageView struct {
	Notices  []messageView // not empty: these stand together, and nothing else of it counts
	ID       string
	Who, To  string
	At       time.Time
	Kind     string // "": a message of somebody
	Class    string
	Text     string
	New      bool
	Sent     []string // what became of it
	Failed   []string
	Files    []fileView
	Warning  string
	Label    string
	Auto     bool
	Unsealed string
}

const mostTalk = 50 // messages of a topic, unless all are asked for

func (q *request) talk(c *cvd.Case) (out []topicView) {
	seen := q.seen(c.ID)
	topics := []topicView{{Title: "Messages and notes"}}
	for _, t := range c.Topics {
		v := topicView{Title: t.Title.Display()}
		var names []string
		for _, p := range t.Parties {
			names = append(names, c.PartyName(p))
		}
		v.Members = strings.Join(names, ", ")
		topics = append(topics, v)
	}
	for i := range c.Messages {
		m := &c.Messages[i]
		n := 0
		for j, t := range c.Topics {
			if t.ID == m.Topic {
				n = j + 1
			}
		}
		topics[n].Talk = append(topics[n].Talk, q.messageView(c, m, seen))
	}
	for _, t := range topics {
		t.Talk = together(t.Talk)
		if n := len(t.Talk); n > mostTalk && q.r.URL.Query().Get("all") == "" {
			t.Earlier, t.Talk = n-mostTalk, t.Talk[n-mostTalk:]
		}
		if len(t.Talk) > 0 || t.Members != "" || len(topics) == 1 {
			out = append(out, t)
		}
	}
	return out
}

// together puts notices of the library that follow each other into one, unless one of
// them did not arrive.
func together(in []messageView) (out []messageView) {
	for _, m := range in {
		n := len(out) - 1
		switch {
		case !m.Auto || m.Text != "" || len(m.Failed) > 0: // what the team has written into a notice is read as its words
			out = append(out, m)
		case n >= 0 && len(out[n].Notices) > 0:
			out[n].Notices = append(out[n].Notices, m)
		default:
			out = append(out, messageView{ID: "notices-" + m.ID, Notices: []messageView{m}, Class: "auto"})
		}
	}
	return out
}

// byLibrary tells the purposes of messages that nobody wrote.
func byLibrary(p cvd.Purpose) bool {
	return p != cvd.PurposeMessage && p != cvd.PurposeNote && p != cvd.PurposeUnverified
}

func (q *request) messageView(c *cvd.Case, m *cvd.Message, seen cvd.Seq) messageView {
	v := messageView{ID: number(m.ID), Who: c.PartyName(m.From), At: m.Posted, Text: m.Text.DisplayText(), New: m.Seq > seen && seen > 0 && m.From != cvd.Owner, Files: q.files(c, m.Attachments), Auto: byLibrary(m.Purpose)}
	var to []string
	for _, p := range m.To {
		to = append(to, c.PartyName(p))
	}
	v.To = strings.Join(to, ", ")
	if m.TLP.String() != "" {
		v.Label = m.TLP.String()
	}
	switch m.Purpose {
	case cvd.PurposeMessage:
		v.Class = "theirs"
		if m.From == cvd.Owner {
			v.Class = "ours"
		}
	case cvd.PurposeNote:
		v.Class, v.Kind, v.Who = "note", "Note of the team", ""
		for i := range c.Events {
			if e := &c.Events[i]; e.Seq == m.Seq && e.Actor != 0 {
				v.Who = "by " + c.Actor(e.Actor).Display()
			}
		}
	case cvd.PurposeUnverified:
		v.Class, v.Kind, v.Who = "unsure", "Unverified,", "from "+m.Provenance.Sender.Display()
		if name := c.PartyName(m.Claimed); name != "" {
			v.Who += ", who claims to be " + name
		}
		v.Warning = "Nobody has shown from whom it is: " + m.Reason.Display()
		if !m.Admitted.IsZero() {
			v.Warning = "It was unverified; the team took it for real on " + q.When(m.Admitted) + "."
		}
	default:
		v.Class, v.Kind = "auto", purposeWords(m.Purpose)
	}
	sent, queued, noticed, held := []string{}, []string{}, []string{}, []string{}
	for _, d := range m.Deliveries {
		name := c.PartyName(d.Party)
		switch {
		case d.Party == cvd.Owner:
		case !d.Fetched.IsZero():
			v.Sent = append(v.Sent, name+" has read it ("+q.day(d.Fetched)+")")
		case d.State == cvd.DeliveryFailed || d.State == cvd.DeliveryBounced:
			v.Failed = append(v.Failed, "It did not reach "+name+". "+d.Detail.Display())
		case d.State == cvd.DeliveryHeld:
			held = append(held, name)
		case d.State == cvd.DeliveryNoticed:
			noticed = append(noticed, name)
		case d.State == cvd.DeliveryQueued:
			queued = append(queued, name)
		case d.State == cvd.DeliveryDelayed:
			v.Sent = append(v.Sent, "on its way to "+name+", late")
		default:
			sent = append(sent, name)
		}
	}
	for _, x := range []struct {
		what string
		who  []string
	}{{"sent to ", sent}, {"waits to be sent to ", queued}, {"sent as a notice without details, because the way could not protect it, to ", noticed}, {"can be read in the portal by ", held}} {
		if len(x.who) > 0 {
			v.Sent = append(v.Sent, x.what+strings.Join(x.who, ", "))
		}
	}
	return v
}

type partyView struct {
	Name, Contact, Roles, Work, Embargo, Says, Heard string
	Bad                                              []string
	AnswerBy                                         time.Time
	LastHeard                                        time.Time
	Out                                              bool
}

func (q *request) parties(c *cvd.Case, now time.Time) (out []partyView) {
	progress := map[cvd.PartyID]cvd.VendorProgress{}
	for _, p := range c.Progress() {
		progress[p.Party] = p
	}
	for _, p := range c.Participants {
		v := partyView{Name: c.PartyName(p.ID), Contact: p.Email.Display(), Roles: p.Roles.String(), Work: words.State(cvd.StageCase, p.RM), LastHeard: p.Answered, Out: !p.Removed.IsZero()}
		if n := p.Name.Display(); n != "" && n != v.Name {
			v.Contact = strings.TrimSpace(n + " " + v.Contact)
		}
		if p.ID == cvd.Owner {
			v.Roles = "the team"
		}
		switch p.Consent {
		case vultron.Invited:
			v.Embargo = "asked"
		case vultron.Signatory:
			v.Embargo = "agreed"
		case vultron.Lapsed:
			v.Embargo = "agreed to earlier terms"
		case vultron.Declined:
			v.Embargo = "declined"
		}
		if p.ID != cvd.Owner && p.Consent == vultron.Invited {
			v.AnswerBy = p.AnswerBy
		}
		if x, ok := progress[p.ID]; ok {
			if v.Says = affectedWords(x.Statement); x.Statement == cvd.NoStatement {
				v.Says = "no statement"
			}
			if f := x.State; f&vultron.CSFixDeployed != 0 {
				v.Says += ", fix deployed"
			} else if f&vultron.CSFixReady != 0 {
				v.Says += ", fix ready"
			}
		}
		switch {
		case v.Out:
			v.Bad = append(v.Bad, "removed")
		case p.ID == cvd.Owner:
		case p.Silent(now):
			v.Bad = append(v.Bad, "silent")
		}
		if !p.Bounced.IsZero() {
			v.Bad = append(v.Bad, "mail bounces")
		}
		out = append(out, v)
	}
	return out
}

func affectedWords(a cvd.Affected) string {
	switch a {
	case cvd.UnderInvestigation:
		return "under investigation"
	case cvd.IsAffected:
		return "affected"
	case cvd.NotAffected:
		return "not affected"
	case cvd.IsFixed:
		return "fixed"
	case cvd.Unreachable:
		return "cannot be reached"
	}
	return ""
}

// nearView is a case that tells of something like it.
type nearView struct {
	Number, Title, State string
	Score                int // of 100
	Why                  []string
	Reports              []reportView
}

// leastAlike is below what any two reports have in common by chance.
const leastAlike = 0.1

func (q *request) near(c *cvd.Case, n int) (out []nearView, err error) {
	ms, err := q.svc.Similar(q.ctx, c.ID, q.viewer(), n)
	if err != nil {
		return nil, err
	}
	for _, m := range ms {
		if m.Score < leastAlike && !m.SameCVE && !m.SameProduct {
			continue // so much any two texts have in common
		}
		x, err := q.svc.View(q.ctx, m.Case, q.viewer())
		if err != nil {
			continue // it went, or was closed to us meanwhile
		}
		v := nearView{Number: x.Number, Title: x.Title.Display(), State: words.State(x.Submission.Stage, x.RM()), Score: int(m.Score*100 + .5)}
		if m.SameCVE {
			v.Why = append(v.Why, "the same CVE ID")
		}
		if m.SameProduct {
			v.Why = append(v.Why, "a product in common")
		}
		if published(x) {
			v.Why = append(v.Why, "published")
		}
		if len(x.Reports) > 0 {
			v.Reports = q.reports(x)[:1]
		}
		out = append(out, v)
	}
	return out, nil
}

type linkView struct{ Kind, Number, Title string }

func (q *request) links(c *cvd.Case) (out []linkView) {
	for _, l := range c.Links {
		v := linkView{Kind: strings.ReplaceAll(l.Kind.String(), "-", " ")}
		if x, err := q.svc.View(q.ctx, l.Case, q.viewer()); err == nil {
			v.Number, v.Title = l.Number, x.Title.Display()
		}
		out = append(out, v)
	}
	return out
}
