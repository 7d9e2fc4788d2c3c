package tracker

import (
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// Part is what one ticket of a case is about: the case as a whole, or one
// vulnerability in one product stream.
type Part struct {
	// Key tells the parts of a case apart, for example "v1-s2": 1 to 32 letters,
	// digits and "-". "": the whole case. It never changes its meaning.
	Key     string
	Project string       // where its ticket belongs; "": the project of the adapter
	Vuln    cvd.VulnID   // which vulnerability; 0: the whole case
	Stream  cvd.StreamID // in which product stream; 0: in all
}

// Whole gives a case one ticket.
func Whole(*cvd.Case, *Mapping) []Part { return []Part{{}} }

// ByStream gives a case a ticket for each vulnerability in each of its product
// streams, in the project that Mapping.Products names for the stream, and one for
// the whole case while it has no streams. It knows the streams that the clearance
// lets it see.
func ByStream(c *cvd.Case, m *Mapping) []Part {
	var out []Part
	for i := range c.Vulnerabilities {
		for j := range c.Streams {
			v, s := &c.Vulnerabilities[i], &c.Streams[j]
			out = append(out, Part{Key: fmt.Sprintf("v%d-s%d", v.ID, s.ID), Project: m.Products[string(s.Name)], Vuln: v.ID, Stream: s.ID})
		}
	}
	if len(out) == 0 {
		return Whole(c, m)
	}
	return out
}

// Ground is what a projection is made of. Case is seen under the clearance of the
// Sync, so nothing above it can be in what is made of it.
type Ground struct {
	Case    *cvd.Case // must not be modified
	Part    Part      // what the ticket is about
	Link    string    // to the case at the host; "": none
	MovedTo string    // number of the case where this one goes on; "": here
	// Names is set if the policy of the host lets the tracker know who reported.
	Names bool
}

// Neutral writes the number of the case, a neutral title and the link.
func Neutral(g Ground) Fields {
	title := "[" + g.Case.Number + "] Coordinated disclosure case"
	if g.Part.Key != "" {
		title += " (part " + g.Part.Key + ")"
	}
	return Fields{Title: title, Body: strings.Join(intro(g), "\n")}
}

func intro(g Ground) []string {
	lines := []string{"This ticket stands for case " + g.Case.Number + ". What it is about is kept there."}
	if g.MovedTo != "" {
		lines = append(lines, "The case goes on in "+g.MovedTo+".")
	}
	if g.Link != "" {
		lines = append(lines, g.Link)
	}
	return lines
}

// Detailed writes what the clearance allows of the title, the vulnerabilities, what
// vendors say of their products, and the embargo; and who reported, if Names is
// set. Where the clearance allows nothing of it, it writes what Neutral does.
func Detailed(g Ground) Fields {
	f := Neutral(g)
	if g.Case.Title != "" {
		f.Title = "[" + g.Case.Number + "] " + string(g.Case.Title)
		if g.Part.Key != "" {
			f.Title += " (part " + g.Part.Key + ")"
		}
	}
	lines := intro(g)
	for i := range g.Case.Vulnerabilities {
		if v := &g.Case.Vulnerabilities[i]; g.Part.Vuln == 0 || g.Part.Vuln == v.ID {
			lines = append(lines, aboutVuln(v)...)
		}
	}
	for i := range g.Case.Statuses {
		s := &g.Case.Statuses[i]
		if (g.Part.Vuln == 0 || g.Part.Vuln == s.Vuln) && (g.Part.Stream == 0 || s.Stream == 0 || g.Part.Stream == s.Stream) {
			lines = append(lines, aboutStatus(g.Case, s))
		}
	}
	lines = append(lines, "Embargo: "+g.Case.Embargo.State.String()+ends(&g.Case.Embargo))
	if r, ok := g.Case.Reporter(); ok && g.Names && r.Name != "" {
		lines = append(lines, "Reported by: "+string(r.Name))
	}
	f.Body = strings.Join(lines, "\n")
	return f
}

func aboutVuln(v *cvd.Vulnerability) (lines []string) {
	s := fmt.Sprintf("Vulnerability %d", v.ID)
	if v.CVE != "" {
		s += " (" + string(v.CVE) + ")"
	}
	if v.Title != "" {
		s += ": " + string(v.Title)
	}
	if v.Rating != cvd.RatingUnknown {
		s += "; rating " + v.Rating.String()
	}
	return []string{s}
}

func aboutStatus(c *cvd.Case, x *cvd.Status) string {
	product := "all products"
	for i := range c.Streams {
		if s := &c.Streams[i]; s.ID == x.Stream && s.Name != "" {
			product = string(s.Name)
		}
	}
	s := fmt.Sprintf("Vulnerability %d in %s: %s", x.Vuln, product, x.Affected)
	if x.Fixed != "" {
		s += ", fixed in " + string(x.Fixed)
	}
	return s
}

func ends(e *cvd.Embargo) string {
	if t, ok := e.Ends(); ok {
		return ", ends " + t.UTC().Format(time.RFC3339)
	}
	return ""
}

// unnamed is the case without who reported it. What a report is labelled is no matter
// here: View leaves out whom the clearance does not allow.
func unnamed(c *cvd.Case) *cvd.Case {
	out := *c
	out.Participants = make([]*cvd.Participant, len(c.Participants))
	for i := range c.Participants {
		p := *c.Participants[i]
		if p.Roles&(cvd.RoleReporter|cvd.RoleFinder) != 0 {
			p.Name, p.Organization, p.Email, p.Phone, p.Address, p.Key, p.Tracking, p.Routes = "", "", "", "", "", "", "", nil
		}
		out.Participants[i] = &p
	}
	return &out
}
