package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// View is a case as one viewer sees it: case.json. Numbers of parts are those of the
// sender. What the viewer may not see is left out or empty. Texts are readable.
type View struct {
	Case   cvd.CaseID `json:"case"`
	Number string     `json:"number"`
	Kind   cvd.Kind   `json:"kind"`
	Title  string     `json:"title,omitempty"`
	Opened time.Time  `json:"opened"`
	Seq    cvd.Seq    `json:"seq"` // the version; with Tip it pins the sender's log
	Tip    string     `json:"tip"`
	At     time.Time  `json:"at"` // of the last record
	// You is the participant for whom this was written; 0: the team itself.
	You     cvd.PartyID     `json:"you,omitempty"`
	Consent vultron.Consent `json:"consent"` // of You

	State           vultron.RM      `json:"state"` // of the sender
	Embargo         Embargo         `json:"embargo"`
	Participants    []Participant   `json:"participants,omitempty"`
	Reports         []Report        `json:"reports,omitempty"`
	Vulnerabilities []Vulnerability `json:"vulnerabilities,omitempty"`
	Products        []Product       `json:"products,omitempty"`
	Statuses        []Status        `json:"statuses,omitempty"`
	Messages        []Message       `json:"messages,omitempty"`
	Attachments     []Attachment    `json:"attachments,omitempty"`
	Publications    []Publication   `json:"publications,omitempty"`
	Events          []Event         `json:"events,omitempty"`
}

// Embargo is the sender's.
type Embargo struct {
	State vultron.EM `json:"state"`
	Ends  *time.Time `json:"ends,omitempty"` // of the active one
	Zone  string     `json:"zone,omitempty"` // in which it was agreed
}

// Participant is a party as the viewer sees it.
type Participant struct {
	ID           cvd.PartyID `json:"id"`
	Roles        string      `json:"roles"`
	Name         string      `json:"name,omitempty"`
	Organization string      `json:"organization,omitempty"`
	Email        string      `json:"email,omitempty"`
	Phone        string      `json:"phone,omitempty"`
	Address      string      `json:"address,omitempty"`
	Key          string      `json:"key,omitempty"`
}

// Report is what a reporter sent.
type Report struct {
	ID           cvd.ReportID     `json:"id"`
	Reporter     cvd.PartyID      `json:"reporter"`
	Received     time.Time        `json:"received"`
	TLP          tlp.Label        `json:"tlp"`
	Outcome      cvd.Outcome      `json:"outcome"`
	Original     cvd.AttachmentID `json:"original,omitempty"`
	Title        string           `json:"title,omitempty"`
	Summary      string           `json:"summary,omitempty"`
	Products     string           `json:"products,omitempty"`
	Observations string           `json:"observations,omitempty"`
	Wish         string           `json:"wish,omitempty"`
	CreditName   string           `json:"credit_name,omitempty"`
}

// Vulnerability may have only its number.
type Vulnerability struct {
	ID        cvd.VulnID `json:"id"`
	State     vultron.CS `json:"state"`
	TLP       tlp.Label  `json:"tlp"`
	Title     string     `json:"title,omitempty"`
	CVE       string     `json:"cve,omitempty"`
	CWE       string     `json:"cwe,omitempty"`
	Published *time.Time `json:"published,omitempty"`
	Severity  []Severity `json:"severity,omitempty"`
}

// Severity is one assessment.
type Severity struct {
	By     cvd.PartyID `json:"by"`
	Rating cvd.Rating  `json:"rating"`
	Score  float64     `json:"score,omitempty"`
	Vector string      `json:"vector,omitempty"`
	Source string      `json:"source,omitempty"`
	TLP    tlp.Label   `json:"tlp"`
}

// Product is a product stream of a vendor.
type Product struct {
	ID       cvd.StreamID `json:"id"`
	Vendor   cvd.PartyID  `json:"vendor"`
	Name     string       `json:"name,omitempty"`
	Versions string       `json:"versions,omitempty"`
	PURL     string       `json:"purl,omitempty"`
	TLP      tlp.Label    `json:"tlp"`
}

// Status is what a vendor says of a product, or of all its products.
type Status struct {
	Vuln      cvd.VulnID   `json:"vuln"`
	Vendor    cvd.PartyID  `json:"vendor"`
	Product   cvd.StreamID `json:"product,omitempty"`
	Affected  cvd.Affected `json:"affected"`
	Fixed     string       `json:"fixed,omitempty"`
	Statement string       `json:"statement,omitempty"`
	TLP       tlp.Label    `json:"tlp"`
}

// Message is one that the viewer may read.
type Message struct {
	ID          cvd.MessageID      `json:"id"`
	Purpose     cvd.Purpose        `json:"purpose"`
	From        cvd.PartyID        `json:"from"`
	To          []cvd.PartyID      `json:"to,omitempty"`
	Posted      time.Time          `json:"posted"`
	TLP         tlp.Label          `json:"tlp"`
	Subject     string             `json:"subject,omitempty"`
	Text        string             `json:"text,omitempty"`
	Attachments []cvd.AttachmentID `json:"attachments,omitempty"`
}

// Attachment is a file, which lies in files/ under its number.
type Attachment struct {
	ID     cvd.AttachmentID `json:"id"`
	From   cvd.PartyID      `json:"from"`
	Added  time.Time        `json:"added"`
	TLP    tlp.Label        `json:"tlp"`
	Size   int64            `json:"size"`
	Name   string           `json:"name,omitempty"` // as claimed; never a path to write to
	Type   string           `json:"type,omitempty"`
	SHA256 string           `json:"sha256,omitempty"`
	Lost   bool             `json:"lost,omitempty"` // it was erased, or is missing
}

// Publication is a disclosure by the sender.
type Publication struct {
	At         time.Time `json:"at"`
	Advisories []string  `json:"advisories,omitempty"`
}

// Event is what happened, and when.
type Event struct {
	Seq  cvd.Seq       `json:"seq"`
	At   time.Time     `json:"at"`
	Kind cvd.EventKind `json:"kind"`
}

// RevealJSON writes the view with its texts. Whoever calls it hands them out on
// purpose.
func (v View) RevealJSON(w io.Writer) error {
	type plain View // without its methods
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(plain(v))
}

func viewOf(c *cvd.Case, who cvd.PartyID) View {
	v := View{
		Case: c.ID, Number: c.Number, Kind: c.Kind, Title: string(c.Title), Opened: c.Opened, Seq: c.Seq, Tip: c.Tip.String(), At: c.At,
		You: who, State: c.RM(), Embargo: Embargo{State: c.Embargo.State},
	}
	if ends, ok := c.Embargo.Ends(); ok {
		v.Embargo.Ends, v.Embargo.Zone = &ends, ends.Location().String()
	}
	for _, p := range c.Participants {
		if p.ID == who {
			v.Consent = p.Consent
		}
		v.Participants = append(v.Participants, Participant{p.ID, p.Roles.String(), string(p.Name), string(p.Organization), string(p.Email), string(p.Phone), string(p.Address), string(p.Key)})
	}
	for _, r := range c.Reports {
		v.Reports = append(v.Reports, Report{r.ID, r.Reporter, r.Received, r.TLP, r.Outcome, r.Original, string(r.Title), string(r.Summary), string(r.Products), string(r.Observations), string(r.Wish), string(r.CreditName)})
	}
	for _, x := range c.Vulnerabilities {
		y := Vulnerability{ID: x.ID, State: x.State, TLP: x.TLP, Title: string(x.Title), CVE: string(x.CVE), CWE: string(x.CWE)}
		if !x.Published.IsZero() {
			y.Published = &x.Published
		}
		for _, s := range x.Severity {
			y.Severity = append(y.Severity, Severity{s.By, s.Rating, s.Score, string(s.Vector), string(s.Source), s.TLP})
		}
		v.Vulnerabilities = append(v.Vulnerabilities, y)
	}
	for _, s := range c.Streams {
		v.Products = append(v.Products, Product{s.ID, s.Vendor, string(s.Name), string(s.Versions), string(s.PURL), s.TLP})
	}
	for _, s := range c.Statuses {
		v.Statuses = append(v.Statuses, Status{s.Vuln, s.Vendor, s.Stream, s.Affected, string(s.Fixed), string(s.Statement), s.TLP})
	}
	for _, m := range c.Messages {
		v.Messages = append(v.Messages, Message{m.ID, m.Purpose, m.From, m.To, m.Posted, m.TLP, string(m.Subject), string(m.Text), m.Attachments})
	}
	for _, a := range c.Attachments {
		v.Attachments = append(v.Attachments, Attachment{ID: a.ID, From: a.From, Added: a.Added, TLP: a.TLP, Size: a.Size, Name: string(a.Name), Type: string(a.Type), SHA256: string(a.SHA256)})
	}
	for _, p := range c.Publications {
		v.Publications = append(v.Publications, Publication{p.At, p.Advisories})
	}
	for _, e := range c.Events {
		v.Events = append(v.Events, Event{e.Seq, e.At, e.Kind})
	}
	return v
}

// ViewOptions say how a view is written.
type ViewOptions struct {
	Created time.Time // written into the manifest
	Team    string    // likewise
	Signer  Signer    // nil: it is not signed
}

// ExportView writes a case as the viewer sees it, with the files that it may see. The
// viewer is decided by the same rule as everywhere: what a participant gets here it
// could have read with Service.View. Viewer.Over says how well the way protects that
// the archive goes; ProtectSealed if it is encrypted to the viewer.
func ExportView(ctx context.Context, w io.Writer, svc *cvd.Service, id cvd.CaseID, viewer cvd.Viewer, o ViewOptions) (Manifest, error) {
	c, err := svc.View(ctx, id, viewer)
	if err == nil && !viewer.Team && c.You == 0 {
		err = errors.New("the viewer is neither the team nor a participant")
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("archive: %w", err)
	}
	v, out := viewOf(c, c.You), newWriter(w, FormView, o.Created, o.Team)
	out.manifest.Cases = append(out.manifest.Cases, Entry{ID: id, Number: c.Number, Seq: c.Seq, Tip: c.Tip.String()})
	for i := range v.Attachments {
		a := &v.Attachments[i]
		r, err := svc.Attachment(ctx, id, viewer, a.ID)
		if errors.Is(err, cvd.ErrNotFound) {
			a.Lost = true
			continue
		}
		if err != nil {
			return Manifest{}, fmt.Errorf("archive: a file of the case: %w", err)
		}
		if err := errors.Join(out.add(caseDir(id)+"files/"+strconv.Itoa(int(a.ID)), r), r.Close()); err != nil {
			return Manifest{}, fmt.Errorf("archive: a file of the case: %w", err)
		}
	}
	var b bytes.Buffer
	if err := v.RevealJSON(&b); err != nil {
		return Manifest{}, err
	}
	if err := out.add(caseDir(id)+"case.json", &b); err != nil {
		return Manifest{}, err
	}
	err = out.close(ctx, o.Signer)
	return out.manifest, err
}

const mostView = 64 << 20

// View returns the case of an archive of FormView. Verify the archive first: until
// then it is what anybody says.
func (a *Archive) View() (View, error) {
	if a.manifest.Form != FormView {
		return View{}, ErrForm
	}
	e := a.manifest.Cases[0]
	b, err := a.bytes(caseDir(e.ID)+"case.json", mostView)
	if err != nil {
		return View{}, err
	}
	return parseView(b, e)
}

func parseView(b []byte, e Entry) (View, error) {
	type plain View
	var v plain
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&v); err != nil {
		return View{}, fmt.Errorf("%w: case.json cannot be read", ErrFormat)
	}
	if v.Case != e.ID || v.Seq != e.Seq || v.Tip != e.Tip || v.Number != e.Number {
		return View{}, fmt.Errorf("%w: case.json is of another case than the manifest says", ErrFormat)
	}
	return View(v), nil
}

// File opens an attachment of a View. Its end is ErrFormat instead of io.EOF if it is
// not what the manifest says.
func (a *Archive) File(id cvd.AttachmentID) (io.ReadCloser, error) {
	if a.manifest.Form != FormView {
		return nil, ErrForm
	}
	return a.open(caseDir(a.manifest.Cases[0].ID) + "files/" + strconv.Itoa(int(id)))
}
