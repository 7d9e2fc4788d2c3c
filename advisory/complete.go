package advisory

import (
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Given is what the reader of a document says, because the document does not. CSAF
// needs all of it; a CVE record, an OSV entry and an OpenVEX document lack some.
type Given struct {
	ID, Title string    // ID and Title are those of the document
	TLP       tlp.Label // the label of the document
	Publisher Publisher // who speaks
	// Date is when the document was released, for one without a timestamp.
	Date time.Time
	// Summary is that of the revision at which the document was last changed. "" is
	// "Converted from another format.".
	Summary string
}

// Complete fills in what an advisory lacks that was read from a format with fewer
// members: first from what is given, then a title and an ID made from its parts, and
// the history that its dates tell. What the advisory says itself is kept. The losses
// list what was made.
//
// The error is an *Error: ErrConfidential where the given label is not the one that the
// advisory states, ErrIncomplete where there is no time at all.
func (a *Advisory) Complete(g Given) ([]Loss, error) {
	if g.TLP != tlp.Unset && a.TLP != tlp.Unset && a.TLP != g.TLP {
		return nil, &Error{Rule: ErrConfidential, Path: "/tlp", Reason: "the document is " + a.TLP.String() + ", and a label that is given does not change that"}
	}
	if a.TLP == tlp.Unset {
		a.TLP = g.TLP
	}
	fill := func(to *string, s string) {
		if *to == "" {
			*to = s
		}
	}
	fill(&a.Publisher.Name, g.Publisher.Name)
	fill(&a.Publisher.Category, g.Publisher.Category)
	fill(&a.Publisher.Namespace, g.Publisher.Namespace)
	fill(&a.Publisher.Contact, g.Publisher.Contact)
	fill(&a.Publisher.Authority, g.Publisher.Authority)
	fill(&a.ID, g.ID)
	fill(&a.Title, g.Title)
	losses, err := a.history(g)
	if err != nil {
		return nil, err
	}
	if a.ID == "" {
		a.ID = a.madeID()
		losses = append(losses, Loss{Path: "/id", Kind: Filled, Reason: "the document has no ID; it was made from the vulnerability and the date"})
	}
	if a.Title == "" {
		a.Title = a.madeTitle()
		losses = append(losses, Loss{Path: "/title", Kind: Filled, Reason: "the document has no title; it was made from its vulnerabilities and products"})
	}
	return losses, nil
}

// history gives a document without revisions those that its dates tell.
func (a *Advisory) history(g Given) ([]Loss, error) {
	tr := &a.Tracking
	if len(tr.Revisions) > 0 {
		return nil, nil
	}
	last := tr.Updated
	if tr.Withdrawn.After(last) {
		last = tr.Withdrawn
	}
	first := tr.Released
	if first.IsZero() {
		first = last
	}
	if first.IsZero() {
		first = g.Date
	}
	if first.IsZero() {
		return nil, &Error{Rule: ErrIncomplete, Path: "/tracking/released", Reason: "the document has no timestamp, and none was given as date"}
	}
	if last.Before(first) {
		last = first
	}
	summary := g.Summary
	if summary == "" {
		summary = "Converted from another format."
	}
	if !tr.Withdrawn.IsZero() {
		summary = "Withdrawn."
	}
	integer := tr.Version != ""
	if _, err := strconv.ParseUint(tr.Version, 10, 63); err != nil {
		integer = false
	}
	tr.Status, tr.Version, tr.Released = Final, "", first
	if last.After(first) || !tr.Withdrawn.IsZero() {
		tr.append("1.0.0", first, "First release.")
		tr.append("1.1.0", last, summary)
	} else {
		tr.append("1.0.0", first, summary)
	}
	if integer {
		for i := range tr.Revisions {
			tr.Revisions[i].Version = strconv.Itoa(i + 1)
		}
		tr.Version = tr.Revisions[len(tr.Revisions)-1].Version
	}
	return []Loss{{Path: "/tracking/revisions", Kind: Filled, Reason: "the document has no history; it was made from its dates"}}, nil
}

func (a *Advisory) madeID() string {
	s := "ADVISORY"
	if len(a.Vulnerabilities) > 0 && a.Vulnerabilities[0].Name() != "" {
		s = a.Vulnerabilities[0].Name()
	}
	return s + "-" + a.Tracking.Updated.UTC().Format("20060102T150405Z")
}

// madeTitle names the vulnerabilities and the product, where there is one.
func (a *Advisory) madeTitle() string {
	name := func(i int) string {
		if s := a.Vulnerabilities[i].Name(); s != "" {
			return s
		}
		return "a vulnerability"
	}
	s := "Security advisory"
	switch n := len(a.Vulnerabilities); {
	case n == 1 && a.Vulnerabilities[0].Title != "":
		return a.Vulnerabilities[0].Title
	case n == 1:
		s = name(0)
	case n > 1:
		s = name(0) + " and " + strconv.Itoa(n-1) + " more"
	}
	if names := a.productNames(); len(names) == 1 {
		s += " in " + names[0]
	} else if len(names) > 1 && len(a.Vulnerabilities) > 0 {
		s += " in " + strconv.Itoa(len(names)) + " products"
	}
	return s
}

// productNames names the products that are not parts of others, without versions.
func (a *Advisory) productNames() []string {
	part := map[string]bool{}
	for i := range a.Products {
		if p := &a.Products[i]; p.Of != "" {
			part[p.Of], part[p.ID] = true, true
		}
	}
	var names []string
	seen := map[string]bool{}
	for i := range a.Products {
		p := a.Products[i]
		if part[p.ID] {
			continue
		}
		if p.Vendor != "" || p.Name != "" {
			p.Title, p.Version, p.Range = "", "", Range{}
		}
		if name := p.Display(); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}
