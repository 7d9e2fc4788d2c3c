package feeds

import (
	"context"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cra"
	"github.com/cvdkit/cvdkit/cvd/measure"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// maxMeasured is how many cases of a year are measured: the newest.
const maxMeasured = 5000

// measured is what a page of measures is made of.
type measured struct {
	Year     int
	Years    []int
	Cut      bool // there are more cases than were measured
	Problems int
	Team     measure.Team
	CRA      cra.Year
	Cases    []measure.Case
}

// yearOf reads the year from the address: that of now, unless it says otherwise.
func (f *Feeds) yearOf(r *http.Request) (int, error) {
	s := r.URL.Query().Get("year")
	now := f.cfg.Now().In(f.cfg.Zone).Year()
	if s == "" {
		return now, nil
	}
	y, err := strconv.Atoi(s)
	if err != nil || y < 1990 || y > now {
		return 0, cvd.ErrNotFound
	}
	return y, nil
}

// measure reads the cases that were opened in a year and that somebody may see.
func (f *Feeds) measure(ctx context.Context, who Staff, year int) (m measured, err error) {
	now := f.cfg.Now()
	m.Year = year
	from, to := time.Date(year, 1, 1, 0, 0, 0, 0, f.cfg.Zone), time.Date(year+1, 1, 1, 0, 0, 0, 0, f.cfg.Zone)
	var years []cra.YearCase
	for page := ""; ; {
		// The newest come first, so that what is older than the year ends the search.
		p, err := f.svc.Find(ctx, who.viewer(), service.Filter{}, page, 500)
		if err != nil {
			return m, err
		}
		m.Problems += len(p.Problems)
		past := false
		for _, x := range p.Cases {
			// An import makes an old case anew: its ID is of now, and it was opened then.
			if x.Opened.Before(from) || !x.Opened.Before(to) || x.Stage != cvd.StageCase {
				past = past || x.Opened.Before(from.AddDate(-1, 0, 0))
				continue
			}
			c, err := f.svc.View(ctx, x.ID, who.viewer())
			if ctx.Err() != nil {
				return m, ctx.Err()
			}
			if err != nil {
				m.Problems++
				continue
			}
			ds, _ := f.svc.Deadlines(c, now) // those of policies that are not known are missing
			one := f.svc.Measured(c)
			m.Cases = append(m.Cases, one)
			years = append(years, cra.YearCase{Measured: one, Opened: c.Opened, Procedures: cra.Procedures(c, ds), Deadlines: ds})
			if len(m.Cases) == maxMeasured {
				m.Cut = true
				break
			}
		}
		if page = p.Next; page == "" || past || m.Cut {
			break
		}
	}
	m.Team, m.CRA = measure.Of(m.Cases, now), cra.YearOf(years, year, f.cfg.Zone)
	return m, nil
}

func (f *Feeds) measures(v visit) error {
	year, err := f.yearOf(v.r)
	if err != nil {
		return err
	}
	m, err := f.measure(v.r.Context(), v.who, year)
	if err != nil {
		return err
	}
	for y := f.cfg.Now().In(f.cfg.Zone).Year(); len(m.Years) < 5; y-- {
		m.Years = append(m.Years, y)
	}
	return f.show(v, "Measures", measuresPage, m)
}

func (f *Feeds) measuresCSV(v visit) error {
	year, err := f.yearOf(v.r)
	if err != nil {
		return err
	}
	m, err := f.measure(v.r.Context(), v.who, year)
	if err != nil {
		return err
	}
	text, name := m.Team.CSV(), "measures"
	switch v.r.URL.Query().Get("of") {
	case "cases":
		text, name = measure.CasesCSV(m.Cases, m.Team.Now), "measures-cases"
	case "year":
		text, name = m.CRA.CSV(), "measures-authorities"
	}
	download(v.w, name+"-"+strconv.Itoa(year)+".csv", "text/csv; charset=utf-8")
	_, _ = v.w.Write([]byte(text))
	return nil
}

func (f *Feeds) measuresSVG(v visit) error {
	year, err := f.yearOf(v.r)
	if err != nil {
		return err
	}
	m, err := f.measure(v.r.Context(), v.who, year)
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "no-store, no-transform")
	// The picture holds its own style, and nothing else that acts.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox")
	_, _ = v.w.Write([]byte(m.Team.SVG(f.cfg.Team + ", cases of " + strconv.Itoa(year))))
	return nil
}

// span shows a duration as people say it.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return strconv.Itoa(int((d+12*time.Hour)/(24*time.Hour))) + " days"
	case d >= 2*time.Hour:
		return strconv.Itoa(int((d+30*time.Minute)/time.Hour)) + " hours"
	}
	return strconv.Itoa(int((d+30*time.Second)/time.Minute)) + " minutes"
}

var measuresPage = template.Must(template.New("").Funcs(template.FuncMap{"span": span}).Parse(`
<nav aria-label="Years" class="views"><ul>
{{- range .Years}}
<li><a href="/measures?year={{.}}"{{if eq . $.Year}} aria-current="true"{{end}}>{{.}}</a></li>
{{- end}}
</ul></nav>
<p>The {{len .Cases}} cases that were opened in {{.Year}} and that you may see; {{.Team.Open}} of them are open.
{{- if .Cut}} There are more: only the newest were measured.{{end}}
{{- if .Problems}} {{.Problems}} could not be read.{{end}}</p>
{{- if .Cases}}
<h2>How long it took, from the report on</h2>
<table class="cases"><caption class="quiet">How long it took</caption>
<thead><tr><th scope="col">Until</th><th scope="col">Cases</th><th scope="col">Half took at most</th><th scope="col">Nine of ten took at most</th><th scope="col">The longest</th></tr></thead>
<tbody>
{{- range .Team.Stages}}
<tr><th scope="row">{{.Stage}}</th><td data-label="Cases">{{.Cases}}</td>
{{- if .Cases}}<td data-label="Half took at most">{{span .Median}}</td><td data-label="Nine of ten took at most">{{span .P90}}</td><td data-label="The longest">{{span .Max}}</td>
{{- else}}<td data-label="Half took at most">–</td><td data-label="Nine of ten took at most">–</td><td data-label="The longest">–</td>{{end}}</tr>
{{- end}}
</tbody></table>
<h2>Dates</h2>
<p>{{.Team.Met}} dates were met in time, and {{.Team.Missed}} were missed.</p>
{{- if .CRA.Missed}}
<details><summary>Those that were missed</summary><ul>
{{- range .CRA.Missed}}
<li>{{.Clock}}{{with .Reason}} ({{.}}){{end}}</li>
{{- end}}
</ul></details>
{{- end}}
{{- if or .CRA.Exploited .CRA.Incidents}}
<h2>Reports to authorities</h2>
<p>Duties: {{.CRA.Exploited}} for exploited vulnerabilities, {{.CRA.Incidents}} for severe incidents.</p>
<ul>
{{- range .CRA.Reports}}{{if .Due}}
<li>{{.Stage}}: {{.OnTime}} of {{.Due}} in time</li>
{{- end}}{{end}}
</ul>
{{- end}}
<h2>As a picture</h2>
<div class="picture"><a href="/measures.svg?year={{.Year}}"><img src="/measures.svg?year={{.Year}}" alt="The same figures as a picture; they are in the tables above and in the file below."></a></div>
<h2>As a file</h2>
<ul>
<li><a href="/measures.csv?year={{.Year}}">Figures of the year (CSV)</a></li>
<li><a href="/measures.csv?year={{.Year}}&amp;of=cases">One row for each case (CSV)</a></li>
<li><a href="/measures.csv?year={{.Year}}&amp;of=year">Figures for authorities (CSV)</a></li>
</ul>
{{- end}}
`))
