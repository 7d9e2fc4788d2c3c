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
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// View is a case as one viewer sees it: case.json. Numbers of parts are those of the
// sender. What the viewer may not see is left out or empty. Texts are readable.
type View struct {
	Case   cvd.CaseID `json:"case"`            // the sender's ID of it
	Number string     `json:"number"`          // for people
	Kind   cvd.Kind   `json:"kind"`            // what sort of matter it is
	Title  string     `json:"title,omitempty"` // the sender's name for it
	Opened time.Time  `json:"opened"`          // when its first record was made
	Seq    cvd.Seq    `json:"seq"`             // the version; with Tip it pins the sender's log
	Tip    string     `json:"tip"`             // the hash of the newest record, in hexadecimal
	At     time.Time  `json:"at"`              // of the last record
	// You is the participant for whom this was written; 0: the team itself.
	You     cvd.PartyID     `json:"you,omitempty"`
	Consent vultron.Consent `json:"consent"` // of You

	State           vultron.RM      `json:"state"`                     // of the sender
	Embargo         Embargo         `json:"embargo"`                   // the sender's
	Participants    []Participant   `json:"participants,omitempty"`    // whom the viewer may know of
	Reports         []Report        `json:"reports,omitempty"`         // the reports it may read
	Vulnerabilities []Vulnerability `json:"vulnerabilities,omitempty"` // one or more; some with their number only
	Products        []Product       `json:"products,omitempty"`        // product streams of vendors
	Statuses        []Status        `json:"statuses,omitempty"`        // what vendors say of them
	Messages        []Message       `json:"messages,omitempty"`        // which the viewer sent or got
	Attachments     []Attachment    `json:"attachments,omitempty"`     // files that lie in the archive
	Publications    []Publication   `json:"publications,omitempty"`    // what was published
	Events          []Event         `json:"events,omitempty"`          // in order
}

// Embargo is the sender's.
type Embargo struct {
	State vultron.EM `json:"state"`          // of the negotiation
	Ends  *time.Time `json:"ends,omitempty"` // of the active one
	Zone  string     `json:"zone,omitempty"` // in which it was agreed
}

// Participant is a party as the viewer sees it.
type Participant struct {
	ID           cvd.PartyID `json:"id"`                     // the sender's number of it
	Roles        string      `json:"roles"`                  // separated by commas
	Name         string      `json:"name,omitempty"`         // of the person
	Organization string      `json:"organization,omitempty"` // for which the person speaks
	Email        string      `json:"email,omitempty"`        // an address (RFC 5322)
	Phone        string      `json:"phone,omitempty"`        // in any form
	Address      string      `json:"address,omitempty"`      // postal
	Key          string      `json:"key,omitempty"`          // OpenPGP fingerprint
}

// Report is what a reporter sent.
type Report struct {
	ID           cvd.ReportID     `json:"id"`                     // the sender's number of it
	Reporter     cvd.PartyID      `json:"reporter"`               // whose it is; 0: not known
	Received     time.Time        `json:"received"`               // when it reached the sender
	TLP          tlp.Label        `json:"tlp"`                    // as the reporter put it
	Outcome      cvd.Outcome      `json:"outcome"`                // what triage made of it
	Original     cvd.AttachmentID `json:"original,omitempty"`     // the bytes as they came; 0: they are not here
	Title        string           `json:"title,omitempty"`        // in the reporter's words, as are the next four
	Summary      string           `json:"summary,omitempty"`      // the report itself
	Products     string           `json:"products,omitempty"`     // affected products and versions
	Observations string           `json:"observations,omitempty"` // details of what led to discovery
	Wish         string           `json:"wish,omitempty"`         // when and how the reporter wants to disclose
	CreditName   string           `json:"credit_name,omitempty"`  // the name for the credit
}

// Vulnerability may have only its number.
type Vulnerability struct {
	ID        cvd.VulnID `json:"id"`                  // the sender's number of it
	State     vultron.CS `json:"state"`               // the letters p, x and a only
	TLP       tlp.Label  `json:"tlp"`                 // of what stands here
	Title     string     `json:"title,omitempty"`     // a short name
	CVE       string     `json:"cve,omitempty"`       // its CVE ID
	CWE       string     `json:"cwe,omitempty"`       // its weakness, for example CWE-79
	Published *time.Time `json:"published,omitempty"` // when the sender published it; nil: it has not
	Severity  []Severity `json:"severity,omitempty"`  // assessments, in order
}

// Severity is one assessment.
type Severity struct {
	By     cvd.PartyID `json:"by"`               // who assessed
	Rating cvd.Rating  `json:"rating"`           // in words
	Score  float64     `json:"score,omitempty"`  // 0 to 10
	Vector string      `json:"vector,omitempty"` // of CVSS
	Source string      `json:"source,omitempty"` // from where it comes, in words
	TLP    tlp.Label   `json:"tlp"`              // of the assessment
}

// Product is a product stream of a vendor.
type Product struct {
	ID       cvd.StreamID `json:"id"`                 // the sender's number of it
	Vendor   cvd.PartyID  `json:"vendor"`             // whose it is
	Name     string       `json:"name,omitempty"`     // as people say it
	Versions string       `json:"versions,omitempty"` // in the vendor's words
	PURL     string       `json:"purl,omitempty"`     // package URL
	TLP      tlp.Label    `json:"tlp"`                // of what stands here
}

// Status is what a vendor says of a product, or of all its products.
type Status struct {
	Vuln      cvd.VulnID   `json:"vuln"`                // of which it speaks
	Vendor    cvd.PartyID  `json:"vendor"`              // who speaks
	Product   cvd.StreamID `json:"product,omitempty"`   // of which it speaks; 0: all of the vendor's
	Affected  cvd.Affected `json:"affected"`            // whether the product is
	Fixed     string       `json:"fixed,omitempty"`     // the version that holds the fix
	Statement string       `json:"statement,omitempty"` // in words
	TLP       tlp.Label    `json:"tlp"`                 // of what stands here
}

// Message is one that the viewer may read.
type Message struct {
	ID          cvd.MessageID      `json:"id"`                    // the sender's number of it
	Purpose     cvd.Purpose        `json:"purpose"`               // what it is for
	From        cvd.PartyID        `json:"from"`                  // who wrote it
	To          []cvd.PartyID      `json:"to,omitempty"`          // the recipients that the viewer may know of
	Posted      time.Time          `json:"posted"`                // when it was recorded
	TLP         tlp.Label          `json:"tlp"`                   // of its text
	Subject     string             `json:"subject,omitempty"`     // may be empty
	Text        string             `json:"text,omitempty"`        // the message itself
	Attachments []cvd.AttachmentID `json:"attachments,omitempty"` // numbers of files that went with it
}

// Attachment is a file, which lies in files/ under its number.
type Attachment struct {
	ID     cvd.AttachmentID `json:"id"`               // the sender's number of it
	From   cvd.PartyID      `json:"from"`             // who brought it
	Added  time.Time        `json:"added"`            // when it was recorded
	TLP    tlp.Label        `json:"tlp"`              // of its content
	Size   int64            `json:"size"`             // in bytes
	Name   string           `json:"name,omitempty"`   // as claimed; never a path to write to
	Type   string           `json:"type,omitempty"`   // the media type as claimed
	SHA256 string           `json:"sha256,omitempty"` // of the content, in hexadecimal
	Lost   bool             `json:"lost,omitempty"`   // it was erased, or is missing
}

// Publication is a disclosure by the sender.
type Publication struct {
	At         time.Time `json:"at"`                   // when it was published
	Advisories []string  `json:"advisories,omitempty"` // IDs or addresses of what was published
}

// Event is what happened, and when.
type Event struct {
	Seq  cvd.Seq       `json:"seq"`  // the record's number
	At   time.Time     `json:"at"`   // when the record was made
	Kind cvd.EventKind `json:"kind"` // what sort of record it is
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
func ExportView(ctx context.Context, w io.Writer, svc *service.Service, id cvd.CaseID, viewer cvd.Viewer, o ViewOptions) (Manifest, error) {
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
