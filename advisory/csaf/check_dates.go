package csaf

import (
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/internal/instant"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

var datePlaces = where(
	"/document/tracking/current_release_date",
	"/document/tracking/generator/date",
	"/document/tracking/initial_release_date",
	"/document/tracking/revision_history[]/date",
	"/vulnerabilities[]/disclosure_date",
	"/vulnerabilities[]/discovery_date",
	"/vulnerabilities[]/first_known_exploitation_dates[]/date",
	"/vulnerabilities[]/first_known_exploitation_dates[]/exploitation_date",
	"/vulnerabilities[]/flags[]/date",
	"/vulnerabilities[]/involvements[]/date",
	"/vulnerabilities[]/metrics[]/content/epss/timestamp",
	"/vulnerabilities[]/metrics[]/content/ssvc_v2/timestamp",
	"/vulnerabilities[]/remediations[]/date",
	"/vulnerabilities[]/threats[]/date",
)

// checkDateTime is the rule of CSAF 2.1, section 2.3: RFC 3339 with upper case
// T and Z and without leap seconds.
func checkDateTime(r *run) {
	r.each(datePlaces, func(n *jsontree.Node, s *spot) {
		if n.Kind() != jsontree.String {
			return
		}
		switch t := n.Text(); {
		case !isDateTime(t):
			r.add(s.path(), "is no date and time")
		case strings.ContainsAny(t, "tz"):
			r.add(s.path(), "has T or Z in lower case")
		case t[17:19] == "60":
			r.add(s.path(), "has a leap second")
		}
	})
}

// newestReleased returns the date of the newest revision of a final or interim
// document.
func (r *run) newestReleased() (instant.Instant, bool) {
	if !r.status("final", "interim") {
		return instant.Instant{}, false
	}
	return r.newest()
}

func notAfterNewest(locations ...string) func(*run) {
	places := where(locations...)
	return func(r *run) {
		newest, ok := r.newestReleased()
		if !ok {
			return
		}
		r.each(places, func(n *jsontree.Node, s *spot) {
			if d, ok := instant.Parse(n.Text()); ok && d.After(newest) {
				r.add(s.path(), "is newer than the newest item of the revision history")
			}
		})
	}
}

var (
	checkSSVCTimestamp = notAfterNewest("/vulnerabilities[]/metrics[]/content/ssvc_v2/timestamp")
	checkEPSSTimestamp = notAfterNewest("/vulnerabilities[]/metrics[]/content/epss/timestamp")
	checkKnownDates    = notAfterNewest("/vulnerabilities[]/first_known_exploitation_dates[]/date",
		"/vulnerabilities[]/first_known_exploitation_dates[]/exploitation_date")
	disclosureNotAfter = notAfterNewest("/vulnerabilities[]/disclosure_date")
)

func checkDisclosureDate(r *run) {
	if r.label() == tlp.Clear {
		disclosureNotAfter(r)
	}
}

var exploitationPlaces = where("/vulnerabilities[]/first_known_exploitation_dates[]")

func checkExploitationDate(r *run) {
	r.each(exploitationPlaces, func(n *jsontree.Node, s *spot) {
		date, ok1 := instant.Parse(n.Text("date"))
		exploited, ok2 := instant.Parse(n.Text("exploitation_date"))
		if ok1 && ok2 && exploited.After(date) {
			r.add(s.path()+"/exploitation_date", "is newer than the date of the item")
		}
	})
}

func checkPastDisclosure(r *run) {
	newest, ok := r.newest()
	if !ok {
		return
	}
	now := r.v.Now()
	for i, v := range r.vulns {
		if d, ok := instant.Parse(v.Text("disclosure_date")); ok && d.Time().Before(now) && d.After(newest) {
			r.add(at("vulnerabilities", i, "disclosure_date"), "is in the past, but newer than the newest item of the revision history")
		}
	}
}

const epssAge = 15 * 24 * time.Hour

func checkOldEPSS(r *run) {
	newest, ok := r.newestReleased()
	if !ok {
		return
	}
	for vi, v := range r.vulns {
		var youngest instant.Instant
		best := -1
		for i, m := range v.Get("metrics").Items() {
			if d, ok := instant.Parse(m.Text("content", "epss", "timestamp")); ok && (best < 0 || d.After(youngest)) {
				youngest, best = d, i
			}
		}
		if best >= 0 && newest.Time().Sub(youngest.Time()) > epssAge {
			r.add(at("vulnerabilities", vi, "metrics", best, "content", "epss", "timestamp"), "is more than 15 days older than the newest item of the revision history")
		}
	}
}
