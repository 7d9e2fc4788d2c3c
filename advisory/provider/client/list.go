package client

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/provider"
)

// An Entry is a document that a provider lists.
type Entry struct {
	URL       string    // of the document
	Updated   time.Time // zero where only index.txt lists it
	Signature string    // URL
	Hashes    []string  // URLs
	TLP       string    // label of the feed or folder, as the provider names it
}

// feed is what is read of a ROLIE feed.
type feed struct {
	Feed struct {
		ID       string
		Link     []link
		Category []struct{ Scheme, Term string }
		Updated  string
		Entry    []feedEntry
	}
}

type link struct{ Rel, Href string }

type feedEntry struct {
	ID, Title          string
	Link               []link
	Published, Updated string
	Content            struct{ Type, Src string }
}

// List returns what the provider lists: by its ROLIE feeds, or where it has none by
// its folders. A document in several feeds is listed once.
func (c *Client) List(ctx context.Context, p *Provider) ([]Entry, []Problem, error) {
	var list []Entry
	var problems []Problem
	seen := map[string]int{}
	add := func(entries []Entry, at string, err error) {
		for _, e := range entries {
			if i, ok := seen[e.URL]; ok {
				if e.Updated.After(list[i].Updated) {
					list[i] = e
				}
				continue
			}
			if len(list) == MaxDocuments {
				err = errors.Join(err, fmt.Errorf("more than %d documents; the rest was not read", MaxDocuments))
				break
			}
			seen[e.URL] = len(list)
			list = append(list, e)
		}
		if err != nil {
			problems = append(problems, Problem{at, err.Error()})
		}
	}
	feeds, folders := sources(p.Metadata)
	for _, f := range feeds {
		entries, err := c.feed(ctx, f)
		add(entries, f.URL, err)
	}
	if len(feeds) == 0 {
		for _, f := range folders {
			entries, err := c.folder(ctx, f)
			add(entries, f.URL, err)
		}
	}
	return list, problems, ctx.Err()
}

func sources(m provider.Metadata) (feeds []provider.Feed, folders []provider.Directory) {
	for _, d := range m.Distributions {
		if d.ROLIE != nil {
			feeds = append(feeds, d.ROLIE.Feeds...)
		}
		if d.Directory != nil {
			folders = append(folders, *d.Directory)
		}
		if d.DirectoryURL != "" {
			folders = append(folders, provider.Directory{URL: d.DirectoryURL})
		}
	}
	return feeds[:min(len(feeds), MaxFeeds)], folders[:min(len(folders), MaxFeeds)]
}

func (c *Client) feed(ctx context.Context, f provider.Feed) ([]Entry, error) {
	text, err := c.fetch(ctx, f.URL, MaxFeed)
	if err != nil {
		return nil, err
	}
	doc, err := parseFeed(text)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(f.URL)
	if err != nil {
		return nil, err
	}
	var list []Entry
	var bad []error
	for i, e := range doc.Feed.Entry {
		entry, err := e.entry(base)
		if err != nil {
			bad = append(bad, fmt.Errorf("entry %d: %w", i, err))
			if len(bad) > 100 {
				break
			}
			continue
		}
		entry.TLP = f.TLP
		list = append(list, entry)
	}
	return list, errors.Join(bad...)
}

// parseFeed reads a ROLIE feed. The error says what it is not.
func parseFeed(text []byte) (*feed, error) {
	var f feed
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, errors.New("the feed is not JSON of a ROLIE feed")
	}
	if f.Feed.ID == "" {
		return nil, errors.New("the feed has no ID")
	}
	return &f, nil
}

func (e feedEntry) entry(base *url.URL) (Entry, error) {
	src := e.Content.Src
	for _, l := range e.Link {
		if src == "" && l.Rel == "self" {
			src = l.Href
		}
	}
	var out Entry
	var err error
	if out.URL, err = resolve(base, src); err != nil {
		return out, err
	}
	out.Updated, _ = time.Parse(time.RFC3339, e.Updated)
	for _, l := range e.Link {
		u, err := resolve(base, l.Href)
		if err != nil {
			continue
		}
		switch l.Rel {
		case "signature":
			out.Signature = u
		case "hash":
			out.Hashes = append(out.Hashes, u)
		}
	}
	return out, nil
}

func resolve(base *url.URL, ref string) (string, error) {
	u, err := base.Parse(ref)
	if err != nil || ref == "" || u.Scheme != "https" {
		return "", errors.New("its document has no https address")
	}
	return u.String(), nil
}

// folder reads changes.csv, or where there is none index.txt.
func (c *Client) folder(ctx context.Context, d provider.Directory) ([]Entry, error) {
	base := strings.TrimRight(d.URL, "/") + "/"
	text, err := c.fetch(ctx, base+"changes.csv", MaxFeed)
	rows := [][]string{}
	var bad error
	if err == nil {
		rows, bad = parseChanges(text)
	} else {
		text, err = c.fetch(ctx, base+"index.txt", MaxFeed)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" {
				rows = append(rows, []string{line})
			}
		}
	}
	var list []Entry
	for _, row := range rows {
		u, err := relative(base, row[0])
		if err != nil {
			bad = errors.Join(bad, err)
			continue
		}
		e := Entry{URL: u, Signature: u + ".asc", Hashes: []string{u + ".sha512", u + ".sha256"}, TLP: d.TLP}
		if len(row) > 1 {
			e.Updated, _ = time.Parse(time.RFC3339, row[1])
		}
		list = append(list, e)
	}
	return list, bad
}

// parseChanges reads changes.csv, quoted as in 2.0 or not as in 2.1. Lines that are
// not two columns are left out and named.
func parseChanges(text []byte) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	var rows [][]string
	var bad []error
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, errors.Join(bad...)
		}
		if err != nil || len(row) < 2 {
			if len(bad) < 100 {
				line, _ := r.FieldPos(0)
				bad = append(bad, fmt.Errorf("changes.csv, line %d: two columns were expected", line))
			}
			if err != nil {
				return rows, errors.Join(bad...)
			}
			continue
		}
		rows = append(rows, row)
	}
}
