package main

import (
	"html/template"
	"net/http"

	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
)

var pageHTML = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tickets</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 1rem auto; padding: 0 1rem }
article { border: 1px solid #888; border-radius: .4rem; padding: .5rem 1rem; margin: 1rem 0 }
pre { white-space: pre-wrap; font: inherit } form { display: inline-block; margin: .2rem .6rem .2rem 0 }
</style>
<h1>Tickets</h1>
{{range .Tickets}}<article><h2>{{.Ref}}: {{.Title.Display}}</h2>
<p>{{.Status}}{{if .Owner}}, {{.Owner.Display}}{{end}}{{if .Marker}}, marker {{.Marker}}{{end}}</p>
<pre>{{.Body.Display}}</pre>
{{range .Comments}}<p><b>{{.Actor}}</b>: {{.Text}}</p>{{end}}
{{$ref := .Ref}}
<form method="post" action="/change"><input type="hidden" name="ref" value="{{.Ref}}"><label>Comment <input name="comment"></label> <button>add</button></form>
<form method="post" action="/change"><input type="hidden" name="ref" value="{{.Ref}}"><label>State <select name="status">{{range $.Statuses}}<option>{{.}}</option>{{end}}</select></label> <button>set</button></form>
<form method="post" action="/change"><input type="hidden" name="ref" value="{{.Ref}}"><label>Owner <input name="owner" size="8"></label> <button>give</button></form>
</article>{{else}}<p>There are none.</p>{{end}}
<h2>New ticket</h2>
<form method="post" action="/open"><label>Title <input name="title"></label> <label>Text <input name="text"></label> <button>open</button></form>
</html>`))

type shown struct {
	tracker.Ticket
	Comments []memtracker.Comment
}

// page lets a person called joe work in the tracker. It is for this machine only.
func page(m *memtracker.Tracker) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		var list []shown
		for _, t := range m.Tickets() {
			list = append(list, shown{t, m.Comments(t.Ref)})
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		pageHTML.Execute(w, map[string]any{"Tickets": list, "Statuses": m.Statuses()})
	})
	mux.HandleFunc("POST /open", func(w http.ResponseWriter, r *http.Request) {
		m.Open("jane", r.FormValue("title"), r.FormValue("text"))
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /change", func(w http.ResponseWriter, r *http.Request) {
		ref := r.FormValue("ref")
		var err error
		if s := r.FormValue("comment"); s != "" {
			err = m.Comment(ref, "joe", s, false)
		}
		if s := r.FormValue("status"); s != "" && err == nil {
			err = m.SetStatus(ref, "joe", s)
		}
		if s := r.FormValue("owner"); s != "" && err == nil {
			err = m.SetOwner(ref, "joe", s)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	return http.NewCrossOriginProtection().Handler(mux)
}
