package advisory

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Revise records a change of the document at time t: it appends a revision, raises
// Tracking.Version and sets Tracking.Updated. An integer version grows by one, a
// semantic one in its second place; a document without a history begins as draft
// 0.1.0. A draft stays a draft: see Release.
//
// The summary is published. An *Error with ErrIncomplete is returned, and nothing
// changed, if t is zero or before the last revision, the summary is empty, or the
// present version is neither integer nor semantic.
func (a *Advisory) Revise(t time.Time, summary string) error {
	if err := a.mayRevise(t, summary); err != nil {
		return err
	}
	tr := &a.Tracking
	next := "0.1.0"
	if tr.Version == "" && tr.Status != "" && tr.Status != Draft {
		next = "1.0.0"
	}
	if tr.Version != "" {
		v, err := parseVersion(tr.Version)
		if err != nil {
			return &Error{Rule: ErrIncomplete, Path: "/tracking/version", Reason: "neither an integer nor a semantic version"}
		}
		next = v.next()
	}
	if tr.Status == "" {
		tr.Status = Draft
	}
	if tr.Released.IsZero() {
		tr.Released = t
	}
	tr.append(next, t, summary)
	return nil
}

// Release makes the document public at time t with status Interim or Final. A draft
// starts a new history, as CSAF wants: version 1.0.0, or 1 where it counted in
// integers, released at t. For a document that was released before, Release is
// Revise with a status. Errors are those of Revise.
func (a *Advisory) Release(t time.Time, status Status, summary string) error {
	if status != Interim && status != Final {
		return &Error{Rule: ErrIncomplete, Path: "/tracking/status", Reason: "a release is interim or final"}
	}
	if a.Tracking.Status == Interim || a.Tracking.Status == Final {
		if err := a.Revise(t, summary); err != nil {
			return err
		}
		a.Tracking.Status = status
		return nil
	}
	if err := a.mayRevise(t, summary); err != nil {
		return err
	}
	tr := &a.Tracking
	first := "1.0.0"
	if tr.Version != "" && !strings.Contains(tr.Version, ".") {
		first = "1"
	}
	tr.Status, tr.Released, tr.Revisions = status, t, nil
	tr.append(first, t, summary)
	return nil
}

func (a *Advisory) mayRevise(t time.Time, summary string) error {
	switch {
	case t.IsZero() || t.Year() < 1 || t.Year() > 9999:
		return &Error{Rule: ErrIncomplete, Path: "/tracking/revisions", Reason: "the time cannot be written"}
	case strings.TrimSpace(summary) == "":
		return &Error{Rule: ErrIncomplete, Path: "/tracking/revisions", Reason: "the summary is empty"}
	}
	for _, r := range a.Tracking.Revisions {
		if t.Before(r.Date) {
			return &Error{Rule: ErrIncomplete, Path: "/tracking/revisions", Reason: "the time is before an earlier revision"}
		}
	}
	return nil
}

func (tr *Tracking) append(version string, t time.Time, summary string) {
	tr.Version, tr.Updated = version, t
	tr.Revisions = append(tr.Revisions, Revision{Version: version, Date: t, Summary: summary})
}

// version is an integer version (semantic false, in major) or a semantic one without
// its pre-release and build parts.
type version struct {
	semantic            bool
	major, minor, patch uint64
}

func parseVersion(s string) (version, error) {
	core, _, _ := strings.Cut(s, "+")
	core, _, _ = strings.Cut(core, "-")
	parts := strings.Split(core, ".")
	var n [3]uint64
	if len(parts) != 1 && len(parts) != 3 || len(parts) == 1 && core != s {
		return version{}, ErrFormat
	}
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 63)
		if err != nil || len(p) > 1 && p[0] == '0' {
			return version{}, ErrFormat
		}
		n[i] = v
	}
	return version{len(parts) == 3, n[0], n[1], n[2]}, nil
}

func (v version) next() string {
	if v.semantic {
		return fmt.Sprintf("%d.%d.0", v.major, v.minor+1)
	}
	return strconv.FormatUint(v.major+1, 10)
}

// Split returns one advisory for each vulnerability, for formats that hold one. Each
// has the vulnerability's title, the products that it names with their parts, and
// shares no slice of products or vulnerabilities with a. If there are several, the
// vulnerability's name is the ID, and the ID of a moves to the aliases; a
// vulnerability without a name gets the ID of a with its place, such as "ID-2". An
// advisory with at most one vulnerability is returned as a copy.
func Split(a *Advisory) []*Advisory {
	if len(a.Vulnerabilities) < 2 {
		one := *a
		one.Products = append([]Product(nil), a.Products...)
		one.Vulnerabilities = append([]Vulnerability(nil), a.Vulnerabilities...)
		return []*Advisory{&one}
	}
	out := make([]*Advisory, 0, len(a.Vulnerabilities))
	for i := range a.Vulnerabilities {
		v := a.Vulnerabilities[i]
		one := *a
		one.ID = v.Name()
		if one.ID == "" {
			one.ID = a.ID + "-" + strconv.Itoa(i+1)
		}
		one.Aliases = append([]string{a.ID}, a.Aliases...)
		if v.Title != "" {
			one.Title = v.Title
		}
		one.Vulnerabilities = []Vulnerability{v}
		one.Products = a.named(&v)
		out = append(out, &one)
	}
	return out
}

// named returns the products that a vulnerability names, and the parts of these, in
// the advisory's order.
func (a *Advisory) named(v *Vulnerability) []Product {
	want := map[string]bool{}
	v.eachProducts("", func(_ string, ids []string) {
		for _, id := range ids {
			want[id] = true
		}
	})
	for _, n := range a.Notes {
		for _, id := range n.Products {
			want[id] = true
		}
	}
	// Parts may be combinations themselves; each round reaches one level deeper.
	for changed := true; changed; {
		changed = false
		for _, p := range a.Products {
			if !want[p.ID] || p.Of == "" {
				continue
			}
			for _, part := range append([]string{p.Of}, stepProducts(p.Steps)...) {
				if !want[part] {
					want[part], changed = true, true
				}
			}
		}
	}
	var out []Product
	for _, p := range a.Products {
		if want[p.ID] {
			out = append(out, p)
		}
	}
	return out
}

func stepProducts(steps []Step) []string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Product)
	}
	return out
}

// eachProducts calls f with the path and value of every list of product IDs.
func (v *Vulnerability) eachProducts(path string, f func(path string, ids []string)) {
	for i, x := range v.Notes {
		f(path+At("notes", i, "products"), x.Products)
	}
	for i, x := range v.Exploited {
		f(path+At("exploited", i, "products"), x.Products)
	}
	for i, x := range v.Status {
		f(path+At("status", i, "products"), x.Products)
	}
	for i, x := range v.Flags {
		f(path+At("flags", i, "products"), x.Products)
	}
	for i, x := range v.Threats {
		f(path+At("threats", i, "products"), x.Products)
	}
	for i, x := range v.Scores {
		f(path+At("scores", i, "products"), x.Products)
	}
	for i, x := range v.Remediations {
		f(path+At("remediations", i, "products"), x.Products)
	}
	for i, x := range v.Involvements {
		f(path+At("involvements", i, "products"), x.Products)
	}
}
