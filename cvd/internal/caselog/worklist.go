package caselog

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// score is the highest score that the vulnerabilities have by their latest
// assessments.
func score(c *cvd.Case) (score float64) {
	for i := range c.Vulnerabilities {
		v := &c.Vulnerabilities[i]
		last := 0.0
		for _, s := range v.Severity {
			if s.Rating == v.Rating {
				last = s.Score
			}
		}
		score = max(score, last)
	}
	return score
}

// published counts the vulnerabilities that are handled here, and those of them
// that were published.
func published(c *cvd.Case) (all, out int) {
	for i := range c.Vulnerabilities {
		if v := &c.Vulnerabilities[i]; v.MovedTo == (cvd.CaseID{}) {
			all++
			if !v.Published.IsZero() {
				out++
			}
		}
	}
	return all, out
}

// nextDate is the date of the case that comes next, or that is overdue the longest.
func nextDate(ds []policy.Deadline) (next time.Time) {
	for i := range ds {
		if d := &ds[i]; d.Open() && !d.Due.IsZero() && (next.IsZero() || d.Due.Before(next)) {
			next = d.Due
		}
	}
	return next
}

func ProductTerms(c *cvd.Case) (out []storage.Term) {
	for i := range c.Streams {
		for _, t := range c.Streams[i].Kept(inner.Only{}).Tags {
			out = append(out, "product:"+t)
		}
	}
	return out
}
