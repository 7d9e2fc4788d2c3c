package client

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/provider"
)

// folders checks index.txt and changes.csv of each folder against the feeds (12, 13),
// and that there is a listing (14).
func (k *check) folders(ctx context.Context) {
	_, folders := sources(k.p.Metadata)
	for _, d := range folders {
		base := strings.TrimRight(d.URL, "/") + "/"
		want := k.below(base)
		if text, ok := k.get(ctx, 12, base+"index.txt", MaxFeed); ok {
			k.index(base+"index.txt", text, want)
		}
		if text, ok := k.get(ctx, 13, base+"changes.csv", MaxFeed); ok {
			k.changes(base+"changes.csv", text, want)
		}
		k.listings(ctx, base, want)
	}
	k.strays(folders)
}

// below returns the documents of the feeds in a folder, with their dates.
func (k *check) below(base string) map[string]string {
	m := map[string]string{}
	for _, e := range k.entries {
		if name, ok := strings.CutPrefix(e.URL, base); ok {
			m[name] = e.updated
		}
	}
	return m
}

func (k *check) index(u string, text []byte, want map[string]string) {
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		name := strings.TrimRight(line, "\r\n")
		if _, ok := want[name]; !ok {
			k.add(12, Error, u, "%q is in no feed", name)
		}
		if seen[name] {
			k.add(12, Error, u, "%q is listed twice", name)
		}
		seen[name] = true
	}
	k.missing(12, u, want, seen)
}

func (k *check) missing(req int, u string, want map[string]string, seen map[string]bool) {
	for _, name := range sortedKeys(want) {
		if !seen[name] {
			k.add(req, Error, u, "%q is missing", name)
		}
	}
}

func (k *check) changes(u string, text []byte, want map[string]string) {
	rows, err := parseChanges(text)
	if err != nil {
		k.add(13, Error, u, "%v", err)
	}
	quoted := strings.HasPrefix(string(text), `"`)
	if len(text) > 0 && quoted != (k.p.Metadata.Version == "2.0") {
		k.add(13, Error, u, "CSAF 2.0 quotes its fields, and 2.1 does not")
	}
	seen := map[string]bool{}
	var last time.Time
	for i, row := range rows {
		feed, ok := want[row[0]]
		at, err := time.Parse(time.RFC3339, row[1])
		in, _ := time.Parse(time.RFC3339, feed)
		switch {
		case !ok:
			k.add(13, Error, u, "%q is in no feed", row[0])
		case err != nil:
			k.add(13, Error, u, "%q has no date", row[0])
		case !at.Equal(in):
			k.add(13, Error, u, "%q was changed %s, and the feed says %s", row[0], row[1], feed)
		}
		if i > 0 && at.After(last) {
			k.add(13, Error, u, "%q is newer than the line before it", row[0])
		}
		if seen[row[0]] {
			k.add(13, Error, u, "%q is listed twice", row[0])
		}
		seen[row[0]], last = true, at
	}
	k.missing(13, u, want, seen)
}

// listings checks that the folders of years show their documents.
func (k *check) listings(ctx context.Context, base string, want map[string]string) {
	pages := map[string]string{}
	for _, name := range sortedKeys(want) {
		year := path.Dir(name)
		page, ok := pages[year]
		if !ok {
			text, _ := k.get(ctx, 14, base+year+"/", MaxFeed)
			page = string(text)
			pages[year] = page
		}
		if page != "" && !strings.Contains(page, path.Base(name)) {
			k.add(14, Error, base+year+"/", "the listing does not show %s", path.Base(name))
		}
	}
}

// strays names documents of feeds that lie in no folder of the metadata.
func (k *check) strays(folders []provider.Directory) {
	if len(folders) == 0 {
		return
	}
	for _, e := range k.entries {
		if !slices.ContainsFunc(folders, func(d provider.Directory) bool {
			return strings.HasPrefix(e.URL, strings.TrimRight(d.URL, "/")+"/")
		}) {
			k.add(11, Error, e.URL, "it lies in no folder that the metadata names")
		}
	}
}

func sortedKeys(m map[string]string) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
