package cveservices

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cve"
)

// An InvalidError says why a record was not sent: the server would refuse it.
type InvalidError struct {
	ID       string             // the CVE ID
	Problems []advisory.Problem // what the server would refuse, at least one
}

// Error names the first problems, and how many more there are.
func (e *InvalidError) Error() string {
	s := fmt.Sprintf("cveservices: the record of %s was not sent", e.ID)
	for i, p := range e.Problems {
		if i == 3 {
			return s + fmt.Sprintf("; and %d more", len(e.Problems)-i)
		}
		s += fmt.Sprintf("; %s: %s", p.Path, p.Reason)
	}
	return s
}

// maxBody bounds a request, in bytes: the server takes 3.8 MB and not more.
const maxBody = 3_800_000

// Check returns what the server would refuse of a record's CNA container: faults
// against the schema, items that are there twice, a second description in the same
// English, descriptions without a word, names that its database cannot keep, a
// datePublic after now, and more bytes than it takes.
func Check(r *cve.Record, now time.Time) []advisory.Problem {
	problems := r.Check()
	cna, err := container(r)
	if err != nil {
		return append(problems, advisory.Problem{Path: "/containers/cna", Reason: err.Error()})
	}
	size := 0
	for _, name := range slices.Sorted(maps.Keys(cna)) {
		v, path := cna[name], "/containers/cna/"+name
		size += len(name) + len(v)
		if name == "datePublic" {
			var s string
			_ = json.Unmarshal(v, &s)
			if t, ok := parseDate(s); ok && t.After(now) {
				problems = append(problems, advisory.Problem{Path: path, Reason: "the date lies in the future"})
			}
			continue
		}
		problems = append(problems, checkItems(path, v)...)
		problems = append(problems, checkNames(path, name, v)...)
	}
	problems = append(problems, checkTexts("/containers/cna/descriptions", cna["descriptions"])...)
	if size > maxBody {
		problems = append(problems, advisory.Problem{
			Path: "/containers/cna", Reason: fmt.Sprintf("it has %d bytes, and the server takes %d", size, maxBody),
		})
	}
	return problems
}

// checkItems finds items that are there twice (uniqueItems).
func checkItems(path string, v json.RawMessage) []advisory.Problem {
	var items []json.RawMessage
	if json.Unmarshal(v, &items) != nil {
		return nil
	}
	var problems []advisory.Problem
	seen := map[string]int{}
	for i, item := range items {
		key := canonical(item)
		if j, twice := seen[key]; twice {
			problems = append(problems, advisory.Problem{
				Path: fmt.Sprintf("%s/%d", path, i), Reason: fmt.Sprintf("it repeats item %d (uniqueItems)", j),
			})
		} else {
			seen[key] = i
		}
	}
	return problems
}

// checkTexts finds what the server looks for in descriptions and reasons beside the
// schema: words in each, and one for each kind of English.
func checkTexts(path string, v json.RawMessage) []advisory.Problem {
	var texts []struct{ Lang, Value string }
	if json.Unmarshal(v, &texts) != nil {
		return nil // the schema says so
	}
	var problems []advisory.Problem
	seen := map[string]int{}
	for i, x := range texts {
		at := fmt.Sprintf("%s/%d", path, i)
		if strings.TrimSpace(x.Value) == "" {
			problems = append(problems, advisory.Problem{Path: at, Reason: "it has no words"})
		}
		lang := strings.ToLower(x.Lang)
		if j, twice := seen[lang]; twice && strings.HasPrefix(lang, "en") {
			problems = append(problems, advisory.Problem{
				Path: at, Reason: fmt.Sprintf("item %d has the language %q too, and there may be one of each kind of English", j, x.Lang),
			})
		}
		seen[lang] = i
	}
	return problems
}

// checkNames finds names of members that the server's database cannot keep. The
// schema lets members that begin with x_ hold any JSON.
func checkNames(path, name string, v json.RawMessage) []advisory.Problem {
	if !strings.HasPrefix(name, "x_") {
		return nil
	}
	var problems []advisory.Problem
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				if strings.HasPrefix(k, "$") || strings.ContainsRune(k, 0) {
					problems = append(problems, advisory.Problem{Path: path, Reason: fmt.Sprintf("the name %q begins with $ or holds a null", k)})
				}
				walk(v[k])
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	var tree any
	if json.Unmarshal(v, &tree) == nil {
		walk(tree)
	}
	return problems
}

func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// canonical writes JSON with sorted members, so that equal values are equal text.
func canonical(b []byte) string {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return string(b)
	}
	out, _ := json.Marshal(v)
	return string(out)
}

func container(r *cve.Record) (map[string]json.RawMessage, error) {
	var doc struct {
		Containers struct{ CNA map[string]json.RawMessage }
	}
	if err := json.Unmarshal(r.JSON(), &doc); err != nil || doc.Containers.CNA == nil {
		return nil, errors.New("the record has no CNA container")
	}
	return doc.Containers.CNA, nil
}

// Record returns the record of an ID. The error has CodeRecordAbsent if there is none.
func (c *Client) Record(ctx context.Context, id string) (*cve.Record, error) {
	var out json.RawMessage
	if err := c.do(ctx, http.MethodGet, recordPath(id, ""), nil, nil, &out); err != nil {
		return nil, err
	}
	return cve.Parse(out)
}

func recordPath(id, part string) string { return "/cve/" + url.PathEscape(id) + part }

// An Outcome says what Publish or Reject did.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
)

// Publish makes the server's record say what r says: it creates it, updates it,
// publishes anew what was rejected, or does nothing if it says that already. It may
// be repeated at any time, also after ErrUnknown. The server sets the organisation.
// The error is an *InvalidError if r was not sent.
func (c *Client) Publish(ctx context.Context, r *cve.Record) (Outcome, error) {
	if problems := Check(r, c.cfg.Now()); len(problems) > 0 {
		return "", &InvalidError{r.ID(), problems}
	}
	cna, err := container(r)
	if err != nil {
		return "", err
	}
	body := map[string]any{"cnaContainer": cna}
	old, err := c.Record(ctx, r.ID())
	switch {
	case IsCode(err, CodeRecordAbsent):
		err = c.do(ctx, http.MethodPost, recordPath(r.ID(), "/cna"), nil, body, nil)
		if err == nil {
			return Created, nil
		}
		if !IsCode(err, CodeRecordExists) {
			return "", err
		}
		// Another process was faster.
	case err != nil:
		return "", err
	case old.State() == Published && same(old, cna):
		return Unchanged, nil
	}
	return Updated, c.do(ctx, http.MethodPut, recordPath(r.ID(), "/cna"), nil, body, nil)
}

// same compares containers but for what the server sets.
func same(old *cve.Record, cna map[string]json.RawMessage) bool {
	was, err := container(old)
	if err != nil {
		return false
	}
	a, b := map[string]string{}, map[string]string{}
	for k, v := range was {
		a[k] = canonical(v)
	}
	for k, v := range cna {
		b[k] = canonical(v)
	}
	for _, own := range []string{"providerMetadata"} {
		delete(a, own)
		delete(b, own)
	}
	return reflect.DeepEqual(a, b)
}

// A Rejection says why an ID is not used.
type Rejection struct {
	// Reason is a sentence in English. It is required.
	Reason string
	// ReplacedBy are the IDs to use instead.
	ReplacedBy []string
}

// Reject rejects an ID, with or without a record. What is rejected for that reason
// already stays as it is.
func (c *Client) Reject(ctx context.Context, id string, j Rejection) (Outcome, error) {
	if strings.TrimSpace(j.Reason) == "" {
		return "", &InvalidError{id, []advisory.Problem{{Path: "/rejectedReasons", Reason: "a reason is required"}}}
	}
	cna := map[string]any{"rejectedReasons": []map[string]string{{"lang": "en", "value": j.Reason}}}
	if len(j.ReplacedBy) > 0 {
		cna["replacedBy"] = j.ReplacedBy
	}
	body := map[string]any{"cnaContainer": cna}
	old, err := c.Record(ctx, id)
	switch {
	case IsCode(err, CodeRecordAbsent):
		err = c.do(ctx, http.MethodPost, recordPath(id, "/reject"), nil, body, nil)
		if !IsCode(err, CodeRecordExists) {
			return Created, err
		}
	case err != nil:
		return "", err
	case old.State() == Rejected:
		raw := map[string]json.RawMessage{}
		for k, v := range cna {
			raw[k], _ = json.Marshal(v)
		}
		if same(old, raw) {
			return Unchanged, nil
		}
	}
	return Updated, c.do(ctx, http.MethodPut, recordPath(id, "/reject"), nil, body, nil)
}

// PutADP sets the container of an authorised data publisher on a record. The container is
// the JSON object; it is sent as it is.
func (c *Client) PutADP(ctx context.Context, id string, container json.RawMessage) error {
	return c.do(ctx, http.MethodPut, recordPath(id, "/adp"), nil, map[string]any{"adpContainer": container}, nil)
}
