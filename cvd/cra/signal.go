package cra

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
)

// Signal is a word from outside that a vulnerability is exploited. It raises a
// suspicion, and never awareness.
type Signal struct {
	Source string    // the feed
	CVE    string    // CVE ID; may be empty
	EUVD   string    // ID in the European vulnerability database; may be empty
	Since  time.Time `json:",omitzero"` // zero: the feed does not say
}

// maxFeed bounds a feed, in bytes.
const maxFeed = 64 << 20

var errFeed = errors.New("cra: feed: more than 64 MiB")

func readFeed(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFeed+1))
	if err == nil && len(b) > maxFeed {
		err = errFeed
	}
	return b, err
}

// ReadKEV reads the JSON of CISA's catalogue of known exploited vulnerabilities.
// Entries without a CVE ID are left out.
func ReadKEV(r io.Reader) ([]Signal, error) {
	b, err := readFeed(r)
	if err != nil {
		return nil, err
	}
	var f struct {
		Vulnerabilities []struct {
			CVE   string `json:"cveID"`
			Added string `json:"dateAdded"`
		} `json:"vulnerabilities"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("cra: KEV: %w", err)
	}
	var all []Signal
	for _, v := range f.Vulnerabilities {
		if v.CVE == "" {
			continue
		}
		at, _ := time.Parse(time.DateOnly, v.Added) // a date that is none is not known
		all = append(all, Signal{Source: "CISA KEV", CVE: v.CVE, Since: at})
	}
	return all, nil
}

// ReadEUVD reads the list of exploited vulnerabilities of the European Vulnerability
// Database, an array, or an object with items. The CVE ID is among the aliases.
func ReadEUVD(r io.Reader) ([]Signal, error) {
	b, err := readFeed(r)
	if err != nil {
		return nil, err
	}
	type item struct {
		ID      string `json:"id"`
		Aliases string `json:"aliases"`
		Since   string `json:"exploitedSince"`
	}
	var items []item
	if err := json.Unmarshal(b, &items); err != nil {
		var page struct {
			Items []item `json:"items"`
		}
		if json.Unmarshal(b, &page) != nil {
			return nil, fmt.Errorf("cra: EUVD: %w", err)
		}
		items = page.Items
	}
	var all []Signal
	for _, x := range items {
		s := Signal{Source: "EUVD", EUVD: x.ID}
		for _, a := range strings.Fields(strings.ReplaceAll(x.Aliases, ",", " ")) {
			if strings.HasPrefix(a, "CVE-") {
				s.CVE = a
				break
			}
		}
		for _, layout := range []string{"Jan 2, 2006, 3:04:05 PM", time.RFC3339, time.DateOnly} {
			if at, err := time.Parse(layout, x.Since); err == nil {
				s.Since = at
				break
			}
		}
		if s.CVE != "" || s.EUVD != "" {
			all = append(all, s)
		}
	}
	return all, nil
}

// Suspicions returns the commands that record a suspicion for each vulnerability of
// a case that a signal is about, once: what is suspected, dismissed or known already
// stays as it is. A host calls it with its feeds whenever they change.
func Suspicions(c *cvd.Case, signals []Signal) (cmds []cvd.Command) {
	for _, v := range c.Vulnerabilities {
		m := cvd.Matter{Vuln: v.ID}
		if v.CVE == "" || c.Elsewhere(m) || known(c, m) {
			continue
		}
		for _, s := range signals {
			if strings.EqualFold(s.CVE, string(v.CVE)) {
				evidence := plain.Line(s.Source + " lists " + s.CVE + " " + s.EUVD)
				if !s.Since.IsZero() {
					evidence += " since " + s.Since.UTC().Format(time.DateOnly)
				}
				cmds = append(cmds, cvd.RecordAssessment{Matter: m, Step: cvd.StepSuspected, Source: cvd.Private(plain.Line(s.Source)), Evidence: cvd.Private(evidence)})
				break
			}
		}
	}
	return cmds
}

func known(c *cvd.Case, m cvd.Matter) bool {
	for _, x := range c.Assessments {
		if x.Matter.String() == m.String() {
			return true
		}
	}
	return false
}
