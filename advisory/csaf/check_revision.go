package csaf

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/cvdkit/cvdkit/advisory/internal/instant"
)

// revision is an item of the history that has a date and a number.
type revision struct {
	i       int
	date    instant.Instant
	version docVersion
}

const historyPath = "/document/tracking/revision_history"

// history returns the items sorted by date and then by number, which CSAF 2.1
// prescribes. A date without an offset is taken as UTC. Items without a date or number
// that can be read are left out, but the date of the only item orders nothing; the
// structure reports them.
func (r *run) history() []revision {
	if r.revisionsOf {
		return r.revisions
	}
	var out []revision
	items := r.document("tracking", "revision_history").Items()
	for i, n := range items {
		d, _, ok1 := instant.ParseLoose(n.Text("date"))
		v, ok2 := parseVersion(n.Text("number"))
		if ok2 && (ok1 || len(items) == 1) {
			out = append(out, revision{i, d, v})
		}
	}
	slices.SortStableFunc(out, func(a, b revision) int {
		return cmp.Or(a.date.Compare(b.date), a.version.compare(b.version))
	})
	r.revisions, r.revisionsOf = out, true
	return out
}

// newest returns the date of the newest item.
func (r *run) newest() (instant.Instant, bool) {
	h := r.history()
	if len(h) == 0 {
		return instant.Instant{}, false
	}
	return h[len(h)-1].date, true
}

func (r *run) version() (docVersion, bool) {
	return parseVersion(r.document("tracking").Text("version"))
}

func (r *run) status(any ...string) bool {
	return slices.Contains(any, r.document("tracking").Text("status"))
}

func checkSortedHistory(r *run) {
	h := r.history()
	for i := 1; i < len(h); i++ {
		if h[i-1].version.compare(h[i].version) > 0 {
			r.add(historyPath, "the number "+quote(h[i].version.text)+" follows "+quote(h[i-1].version.text)+" when the items are sorted by date")
			return
		}
	}
}

func checkLatestVersion(r *run) {
	v, ok := r.version()
	h := r.history()
	if !ok || len(h) == 0 {
		return
	}
	last := h[len(h)-1].version
	if r.status("draft") {
		v.pre, last.pre = "", ""
	}
	if v.compare(last) != 0 || !r.spec.AtLeast(V21) && v.integer != last.integer {
		r.add("/document/tracking/version", "the newest item of the revision history has another number")
	}
}

// early reports whether a version is 0 or 0.y.z.
func early(v docVersion) bool { return v.core[0] == "0" }

func checkDraftStatus(r *run) {
	if v, ok := r.version(); ok && (early(v) || v.pre != "") && !r.status("draft") {
		r.add("/document/tracking/status", "a version before 1 or with a pre-release part needs the status draft")
	}
}

func (r *run) eachNumber(f func(path string, v docVersion)) {
	for i, n := range r.document("tracking", "revision_history").Items() {
		if v, ok := parseVersion(n.Text("number")); ok {
			f(at("document", "tracking", "revision_history", i, "number"), v)
		}
	}
}

func checkReleasedHistory(r *run) {
	if !r.status("final", "interim") {
		return
	}
	r.eachNumber(func(path string, v docVersion) {
		if early(v) {
			r.add(path, "a released document has a version before 1 in its history")
		}
	})
}

func checkHistoryPreRelease(r *run) {
	r.eachNumber(func(path string, v docVersion) {
		if v.pre != "" {
			r.add(path, "the number has a pre-release part")
		}
	})
}

func checkNonDraftVersion(r *run) {
	if v, ok := r.version(); ok && v.pre != "" && r.status("final", "interim") {
		r.add("/document/tracking/version", "a released document has a version with a pre-release part")
	}
}

// maxGaps bounds the findings about missing items.
const maxGaps = 100

func checkMissingHistory(r *run) {
	h := r.history()
	if len(h) == 0 {
		return
	}
	exists := map[int64]bool{}
	major := make([]int64, len(h))
	for i, it := range h {
		n, err := strconv.ParseInt(it.version.core[0], 10, 64)
		if err != nil {
			r.add(historyPath, "a version number is beyond all counting")
			return
		}
		major[i] = n
		exists[n] = true
	}
	gaps := 0
	missing := func(n int64, where string) bool {
		if gaps++; gaps > maxGaps {
			r.add(historyPath, "more items are missing")
			return false
		}
		if !exists[n] {
			where = "at all"
		}
		r.add(historyPath, "the item with the number "+strconv.FormatInt(n, 10)+" is missing "+where)
		return true
	}
	if major[0] > 1 {
		r.add(historyPath, "the first item by date has neither the number 0 nor 1")
		for n := int64(1); n < major[0]; n++ {
			if !missing(n, "before the first item by date") {
				return
			}
		}
	}
	high := major[0]
	for _, m := range major[1:] {
		for n := high + 1; n < m; n++ {
			if !missing(n, "between the items with the numbers "+strconv.FormatInt(high, 10)+" and "+strconv.FormatInt(m, 10)) {
				return
			}
		}
		high = max(high, m)
	}
}

func checkMultipleHistory(r *run) {
	seen := map[string]bool{}
	for i, n := range r.document("tracking", "revision_history").Items() {
		if t := n.Text("number"); n.Has("number") {
			if seen[t] {
				r.add(at("document", "tracking", "revision_history", i), "the number "+quote(t)+" was used before")
			}
			seen[t] = true
		}
	}
}

func checkMixedVersions(r *run) {
	var integer, semantic bool
	r.eachNumber(func(_ string, v docVersion) {
		integer = integer || v.integer
		semantic = semantic || !v.integer
	})
	const message = "integer and semantic versions are mixed"
	if integer && semantic {
		r.add(historyPath, message)
	}
	v, ok := r.version()
	if highest, any := r.highest(); ok && any && v.integer != highest.integer {
		r.add("/document/tracking/version", message)
	}
}

// highest returns the highest number of the history.
func (r *run) highest() (docVersion, bool) {
	var best docVersion
	r.eachNumber(func(_ string, v docVersion) {
		if best.text == "" || v.compare(best) > 0 {
			best = v
		}
	})
	return best, best.text != ""
}

func checkBuildMetadata(r *run) {
	r.eachNumber(func(path string, v docVersion) {
		if v.build != "" {
			r.add(path, "the number has build metadata")
		}
	})
}

func checkInitialDate(r *run) {
	h := r.history()
	d, ok := instant.Parse(r.document("tracking").Text("initial_release_date"))
	if ok && len(h) > 0 && h[0].date.After(d) {
		r.add("/document/tracking/initial_release_date", "is older than the oldest item of the revision history")
	}
}

func checkCurrentDate(r *run) {
	newest, ok1 := r.newest()
	d, ok2 := instant.Parse(r.document("tracking").Text("current_release_date"))
	if ok1 && ok2 && newest.After(d) {
		r.add("/document/tracking/current_release_date", "is older than the newest item of the revision history")
	}
}

func checkSameTimestamps(r *run) {
	h := r.history()
	for i := 1; i < len(h); i++ {
		if h[i].date.Compare(h[i-1].date) == 0 {
			r.add(at("document", "tracking", "revision_history", h[i].i, "date"), "another item has the same date")
		}
	}
}
