package feeds

import (
	"net/http"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/timeline"
)

// ahead is how many days ahead the calendar looks.
const ahead = 400

// calendar shows the due dates of all open cases that somebody may see. A case is named
// by its number: what it is about stays at the desk.
func (f *Feeds) calendar(r *http.Request, who Staff) (string, error) {
	now := f.cfg.Now()
	items, problems, err := f.svc.Agenda(r.Context(), who.viewer(), now.AddDate(0, 0, ahead))
	if err != nil {
		return "", err
	}
	for _, p := range problems {
		if f.cfg.OnError != nil {
			f.cfg.OnError(r.Context(), p.Err)
		}
	}
	t := timeline.Timeline{Number: "desk", Title: strings.TrimSpace(f.cfg.Team + " due dates"), Now: now, Zone: f.cfg.Zone}
	for _, x := range items {
		for _, e := range timeline.Deadlines([]policy.Deadline{x.Deadline}) {
			e.ID, e.Label, e.Lane, e.Actor = x.Number+"/"+e.ID, x.Number+": "+e.Label, "", ""
			e.Public = false
			t.Entries = append(t.Entries, e)
		}
	}
	// PRIVATE: calendars that are shared show that somebody is busy, and not with what.
	return strings.ReplaceAll(t.ICalendar(), "\r\nCLASS:CONFIDENTIAL\r\n", "\r\nCLASS:PRIVATE\r\n"), nil
}
