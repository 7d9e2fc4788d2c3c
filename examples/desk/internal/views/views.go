// Package views are the lists of cases that the desk has: which cases stand in each, on
// its pages and in the files for spreadsheets alike, and what of a case they tell that
// no index has.
package views

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// View is a list of cases.
type View struct {
	Name  string // in addresses
	Label string
	Apart string // the path of its page, where that is not the page of lists
	// Keep is what no Filter tells: it picks from the cases that Filter finds. nil: all.
	Keep func(Facts) bool

	stage  cvd.Stage
	filter func(f *service.Filter, who string)
}

// All are the views, in the order of the pages; the first is what is shown if nothing
// else is asked for.
var All = []View{
	{Name: "", Label: "Open"},
	{Name: "mine", Label: "Mine", filter: func(f *service.Filter, who string) { f.Assignee = cvd.Private(who) }},
	{Name: "unassigned", Label: "Unassigned", filter: func(f *service.Filter, _ string) { f.Unassigned = true }},
	{Name: "unread", Label: "Unread", filter: func(f *service.Filter, _ string) { f.Unread = true }},
	{Name: "ours", Label: "Our turn", Keep: func(x Facts) bool { return x.Turn.Us }},
	{Name: "silent", Label: "Silent vendors", Keep: func(x Facts) bool { return x.Silent > 0 }},
	{Name: "bouncing", Label: "Bouncing addresses", Keep: func(x Facts) bool { return len(x.Bounced) > 0 }},
	{Name: "closed", Label: "Closed", filter: func(f *service.Filter, _ string) { *f = service.Filter{Closed: true} }},
	{Name: "all", Label: "All", filter: func(f *service.Filter, _ string) { *f = service.Filter{} }},
	{Name: "submissions", Label: "Submissions", Apart: "/submissions", stage: cvd.StageSubmission},
	{Name: "quarantine", Label: "Quarantine", Apart: "/quarantine", stage: cvd.StageQuarantine},
}

// Find returns the view of a name.
func Find(name string) (View, bool) {
	i := slices.IndexFunc(All, func(v View) bool { return v.Name == name })
	if i < 0 {
		return View{}, false
	}
	return All[i], true
}

// Filter finds the cases of the view for somebody of the team.
func (v View) Filter(who string) service.Filter {
	stage := v.stage // what is not a case yet has views of its own
	f := service.Filter{Open: true, Stage: &stage}
	if v.filter != nil {
		v.filter(&f, who)
	}
	return f
}
