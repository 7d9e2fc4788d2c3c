package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// A Withdrawal says why an advisory no longer stands.
type Withdrawal struct {
	ID string // tracking.id
	// Reason is a sentence for readers, in the language of the document; it becomes
	// a note. It is required.
	Reason string
	// Date is when. The zero Time stands for Config.Now.
	Date time.Time
}

// Withdraw publishes a revision that takes an advisory back, in each tree that has
// it: products and vulnerabilities are gone, a note has the reason, and the
// revision history goes on (conformance clause 24 and profile "csaf_withdrawn" of
// CSAF 2.1; 2.0 has no such profile and gets "csaf_base"). The file keeps its place,
// because a name that vanishes tells a reader nothing. What was published before is
// kept in the folder archive of Config.State, which is not served.
//
// Withdrawing what is withdrawn changes nothing. The error is ErrNotFound if there is
// no such document.
func (p *Publisher) Withdraw(ctx context.Context, w Withdrawal) error {
	if strings.TrimSpace(w.Reason) == "" {
		return errors.New("provider: a withdrawal needs a reason")
	}
	if w.Date.IsZero() {
		w.Date = p.cfg.Now()
	}
	olds, err := p.published(w.ID)
	if err != nil {
		return err
	}
	if len(olds) == 0 {
		return docError(w.ID, ErrNotFound)
	}
	var docs []*csaf.Document
	for _, old := range olds {
		if err := p.archive(old); err != nil {
			return err
		}
		d, err := withdrawn(old.doc, w)
		if err != nil {
			return err
		}
		if d != nil {
			docs = append(docs, d)
		}
	}
	return p.Publish(ctx, docs...)
}

type publishedDoc struct {
	s    shelf
	path string
	doc  *csaf.Document
	text []byte
}

// published finds the documents with an ID in both trees.
func (p *Publisher) published(id string) ([]publishedDoc, error) {
	var found []publishedDoc
	err := p.change(func(_ *change, l *ledger) error {
		for _, s := range p.cfg.shelves() {
			ls, err := p.readLists(s, l.shelf(s.path))
			if err != nil {
				return err
			}
			path, ok := ls.named(filename(id))
			if !ok {
				continue
			}
			text, err := os.ReadFile(s.file(path))
			if err != nil {
				return err
			}
			d, err := csaf.Parse(text)
			if err != nil {
				return err
			}
			if d.ID() == id {
				found = append(found, publishedDoc{s, path, d, text})
			}
		}
		return nil
	})
	return found, err
}

// filename follows from the ID (CSAF 5.1).
func filename(id string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(id) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '+' || r == '-' {
			b.WriteRune(r)
			gap = false
		} else if !gap {
			b.WriteByte('_')
			gap = true
		}
	}
	return b.String() + ".json"
}

// archive keeps the text that a withdrawal replaces.
func (p *Publisher) archive(d publishedDoc) error {
	dir := p.state("archive/" + d.s.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	name := strings.TrimSuffix(filename(d.doc.ID()), ".json") + "-" + sum(d.text)[:12] + ".json"
	return writeFile(dir+"/"+name, d.text)
}

const withdrawnCategory = "csaf_withdrawn"

// withdrawalTitle is the title that the profile csaf_withdrawn of CSAF 2.1 prescribes
// for the reason in documents in English. It tells a withdrawn document of 2.0 too.
const withdrawalTitle = "Reasoning for Withdrawal"

// withdrawn returns the revision that takes a document back, or nil if it is taken
// back already.
func withdrawn(old *csaf.Document, w Withdrawal) (*csaf.Document, error) {
	root, err := jsontree.Parse(old.JSON(), jsontree.Limits{})
	if err != nil {
		return nil, err
	}
	doc := root.Get("document")
	notes := doc.Get("notes")
	for _, n := range notes.Items() {
		if n.Text("title") == withdrawalTitle {
			return nil, nil
		}
	}
	tracking := doc.Get("tracking")
	version, err := nextVersion(tracking.Text("version"))
	if err != nil {
		return nil, docError(old.ID(), err)
	}
	date := stamp(w.Date.Truncate(time.Second))
	tracking.Set("version", jsontree.NewString(version))
	tracking.Set("current_release_date", jsontree.NewString(date))
	tracking.Set("status", jsontree.NewString("final"))
	tracking.Get("revision_history").Append(jsontree.NewObject(
		jsontree.Member{Name: "date", Value: jsontree.NewString(date)},
		jsontree.Member{Name: "number", Value: jsontree.NewString(version)},
		jsontree.Member{Name: "summary", Value: jsontree.NewString("Withdrawn.")},
	))
	category := withdrawnCategory
	if old.Version() == csaf.V20 {
		category = "csaf_base"
	}
	doc.Set("category", jsontree.NewString(category))
	doc.Set("notes", jsontree.NewArray(jsontree.NewObject(
		jsontree.Member{Name: "category", Value: jsontree.NewString("description")},
		jsontree.Member{Name: "text", Value: jsontree.NewString(w.Reason)},
		jsontree.Member{Name: "title", Value: jsontree.NewString(withdrawalTitle)},
	)))
	root.Delete("product_tree")
	root.Delete("vulnerabilities")
	return csaf.Parse(root.AppendJSON(nil))
}

// nextVersion raises the number of a revision: 1 to 2, or 1.2.0 to 2.0.0.
func nextVersion(v string) (string, error) {
	major, _, semantic := strings.Cut(v, ".")
	n, err := strconv.Atoi(major)
	if err != nil || n < 0 {
		return "", fmt.Errorf("provider: the version %q is neither an integer nor semantic", v)
	}
	if !semantic {
		return strconv.Itoa(n + 1), nil
	}
	return strconv.Itoa(n+1) + ".0.0", nil
}
