package cra

import (
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/plain"
)

// draftJSON is the stable form of a draft.
type draftJSON struct {
	Format       int          `json:"format"`
	Case         string       `json:"case"`
	Kind         Kind         `json:"kind"`
	Voluntary    Subject      `json:"voluntary,omitempty"`
	Matter       string       `json:"matter"`
	Manufacturer string       `json:"manufacturer,omitempty"`
	Stage        string       `json:"stage"`
	State        State        `json:"state,omitempty"`
	Table        string       `json:"table"`
	Made         time.Time    `json:"made,omitzero"`
	To           string       `json:"to,omitempty"`
	Why          string       `json:"why,omitempty"`
	Complete     bool         `json:"complete"`
	Clocks       []clockJSON  `json:"clocks,omitempty"`
	Questions    []string     `json:"questions,omitempty"`
	Fields       []fieldJSON  `json:"fields"`
	Findings     []findingOut `json:"findings,omitempty"`
}

type clockJSON struct {
	ID    string    `json:"id"`
	Title string    `json:"title"`
	State string    `json:"state"`
	Due   time.Time `json:"due,omitzero"`
	Last  time.Time `json:"last,omitzero"`
}

type fieldJSON struct {
	Number  string     `json:"number"`
	Key     string     `json:"key"`
	Label   string     `json:"label"`
	Code    Code       `json:"code"`
	State   FieldState `json:"state"`
	Value   string     `json:"value,omitempty"`
	From    string     `json:"from,omitempty"`
	Carried bool       `json:"carried,omitempty"`
	Changed bool       `json:"changed,omitempty"`
	Before  string     `json:"before,omitempty"`
	Marks   []markJSON `json:"marks,omitempty"`
}

type markJSON struct {
	Party     uint32 `json:"party"`
	What      string `json:"what"`
	TLP       string `json:"tlp"`
	Forbidden bool   `json:"forbidden,omitempty"`
}

type findingOut struct {
	Kind   FindingKind `json:"kind"`
	Number string      `json:"number"`
	Key    string      `json:"key"`
	Say    string      `json:"say"`
}

// MarshalJSON writes the draft with what Check says. It holds what the team may see:
// it is for the team.
func (d Draft) MarshalJSON() ([]byte, error) {
	out := draftJSON{Format: 1, Case: d.Case, Kind: d.Kind, Voluntary: d.Voluntary, Matter: d.Matter, Manufacturer: d.Manufacturer, Stage: d.Stage.String(),
		State: d.Procedure.State, Table: d.Table, Made: d.Made, To: d.Authority(), Why: d.Route.Why, Complete: d.Complete(), Questions: d.Questions}
	for _, x := range d.Procedure.Deadlines {
		out.Clocks = append(out.Clocks, clockJSON{x.ID, x.Title, string(x.State), x.Due, x.LegalLast})
	}
	for _, x := range d.Fields {
		f := fieldJSON{Number: x.Number, Key: x.Key, Label: x.Label, Code: x.Code, State: x.State, Value: x.Value, From: x.From,
			Carried: x.Carried, Changed: x.Changed, Before: x.Before}
		for _, m := range x.Marks {
			f.Marks = append(f.Marks, markJSON{uint32(m.Party), m.What, m.TLP.String(), m.Forbidden})
		}
		out.Fields = append(out.Fields, f)
	}
	for _, x := range d.Check() {
		out.Findings = append(out.Findings, findingOut{x.Kind, x.Number, x.Key, x.Say})
	}
	return json.Marshal(out)
}

// heading names the draft.
func (d Draft) heading() string {
	kind := "actively exploited vulnerability"
	switch {
	case d.Voluntary != "":
		kind = string(d.Voluntary)
	case d.Kind == Incident:
		kind = "severe incident"
	}
	return plain.Line(fmt.Sprintf("%s: draft of the %s, %s", d.Case, d.Stage, kind))
}

// clocks are the lines on what is due.
func (d Draft) clocks() (lines [][2]string) {
	for _, x := range d.Procedure.Deadlines {
		when := "no date: waits for " + x.Waiting
		switch {
		case !x.Open():
			when = string(x.State)
			if x.Missed {
				when += ", late"
			}
		case !x.Due.IsZero():
			when = x.Format(x.Due) + ", " + string(x.State)
			if x.Projected {
				when = x.Format(x.Due) + ", projected"
			}
			if !x.LegalLast.IsZero() {
				when += "; last moment " + x.Format(x.LegalLast)
			}
		}
		lines = append(lines, [2]string{x.Title, when})
	}
	return lines
}

// notes say of a field what the team has to know before it copies it.
func (x Field) notes() (notes []string) {
	if x.From != "" && x.Value != "" {
		notes = append(notes, "from "+x.From)
	}
	switch {
	case x.Changed && x.Before != "":
		notes = append(notes, "changed since the last submission; before: "+x.Before)
	case x.Changed:
		notes = append(notes, "changed since the last submission")
	case x.Carried:
		notes = append(notes, "as in the last submission")
	}
	if x.State != FieldFilled && x.State != FieldOptional {
		notes = append(notes, string(x.State))
	}
	for _, m := range x.Marks {
		say := "confidential: " + m.What
		if m.Forbidden {
			say += "; its label does not let it out, record the reason"
		}
		notes = append(notes, say)
	}
	return notes
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`,
	"[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "#", `\#`, "!", `\!`, "://", "&#58;//", "@", "&#64;")

func markdown(s string) string { return escapes.Replace(plain.Line(s)) }

// lines keeps the line breaks of a value, and makes each line safe to show.
func lines(s string) []string {
	all := strings.Split(s, "\n")
	for i := range all {
		all[i] = plain.Line(all[i])
	}
	return all
}

// Markdown shows the draft: what is missing, the clocks, then the fields in the
// form's order. All text is escaped, so that it is shown as it is.
func (d Draft) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nFor the team only. %s.\n\n", markdown(d.heading()), markdown(d.against()))
	if to := d.Authority(); to != "" {
		fmt.Fprintf(&b, "To: %s (%s)\n\n", markdown(to), markdown(d.Route.Why))
	}
	section := func(title string, items []string) {
		if len(items) > 0 {
			fmt.Fprintf(&b, "## %s\n\n", title)
			for _, x := range items {
				b.WriteString("- " + markdown(x) + "\n")
			}
			b.WriteString("\n")
		}
	}
	section("Still to give", d.found(ToGive))
	section("Changed", d.found(Differs))
	section("Confidential", d.found(Confidential))
	section("Questions", d.Questions)
	var clocks []string
	for _, x := range d.clocks() {
		clocks = append(clocks, x[0]+": "+x[1])
	}
	section("Clocks", clocks)
	b.WriteString("## " + d.title() + "\n\n| # | field | code | value | notes |\n|---|---|---|---|---|\n")
	for _, x := range d.Fields {
		var value []string
		for _, l := range lines(x.Value) {
			value = append(value, markdown(l))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", markdown(x.Number), markdown(x.Label), markdown(string(x.Code)), strings.Join(value, "<br>"), markdown(strings.Join(x.notes(), "; ")))
	}
	return b.String()
}

func (d Draft) found(kind FindingKind) (items []string) {
	for _, x := range d.Check() {
		if x.Kind == kind {
			items = append(items, x.Number+" "+x.Label+" "+x.Say)
		}
	}
	return items
}

// Page shows the draft as a page to print, or to copy from field by field into the
// form, in the form's order. It follows the reader's light or dark scheme, and needs
// no script, font or other file. All text is escaped. It is for the team only.
func (d Draft) Page() string {
	var b strings.Builder
	esc := func(s string) string { return html.EscapeString(plain.Line(s)) }
	b.WriteString(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>` + esc(d.heading()) + `</title>
<style>` + pageStyle + `</style>
</head>
<body>
<main>
<p class="label">For the team only</p>
<h1>` + esc(d.heading()) + `</h1>
<p>` + esc(d.against()) + `.`)
	if to := d.Authority(); to != "" {
		b.WriteString(` To: <b>` + esc(to) + `</b> (` + esc(d.Route.Why) + `).`)
	}
	b.WriteString("</p>\n")
	list := func(title, class string, items []string) {
		if len(items) == 0 {
			return
		}
		b.WriteString(`<section class="` + class + `"><h2>` + title + "</h2>\n<ul>\n")
		for _, x := range items {
			b.WriteString("<li>" + esc(x) + "</li>\n")
		}
		b.WriteString("</ul></section>\n")
	}
	list("Still to give", "todo", d.found(ToGive))
	list("Changed", "changed", d.found(Differs))
	list("Confidential", "todo", d.found(Confidential))
	list("Questions", "ask", d.Questions)
	if cs := d.clocks(); len(cs) > 0 {
		b.WriteString("<section><h2>Clocks</h2>\n<dl class=\"clocks\">\n")
		for _, x := range cs {
			b.WriteString("<dt>" + esc(capital(x[0])) + "</dt><dd>" + esc(x[1]) + "</dd>\n")
		}
		b.WriteString("</dl></section>\n")
	}
	b.WriteString("<section><h2>" + d.title() + "</h2>\n<dl class=\"form\">\n")
	for _, x := range d.Fields {
		class := strings.ReplaceAll(string(x.State), " ", "-")
		b.WriteString(`<div class="field f-` + class + `"><dt><span class="no">` + esc(x.Number) + `</span> ` + esc(x.Label) +
			` <span class="code" title="` + esc(d.words(x.Code)) + `">` + esc(string(x.Code)) + "</span></dt>\n<dd>")
		switch {
		case x.Value != "":
			var value []string
			for _, l := range lines(x.Value) {
				value = append(value, html.EscapeString(l))
			}
			b.WriteString(`<div class="value">` + strings.Join(value, "\n") + "</div>")
		case x.State != FieldNotShown && x.State != FieldAutomatic:
			b.WriteString(`<div class="value blank">` + esc(x.Help) + "</div>")
		}
		if n := x.notes(); len(n) > 0 {
			b.WriteString(`<div class="note">` + esc(strings.Join(n, "; ")) + "</div>")
		}
		b.WriteString("</dd></div>\n")
	}
	b.WriteString("</dl></section>\n<p class=\"legend\">")
	sep := ""
	for _, c := range codes {
		if !slices.ContainsFunc(d.Fields, func(x Field) bool { return x.Code == c }) {
			continue
		}
		b.WriteString(sep)
		sep = " · "
		b.WriteString("<b>" + esc(string(c)) + "</b> " + esc(d.words(c)))
	}
	b.WriteString("</p>\n</main>\n</body>\n</html>\n")
	return b.String()
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Words says what the code asks for.
func (c Code) Words() string {
	return map[Code]string{Obligatory: "must be given", Carried: "carried from the stage before", Optional: "may be given",
		IfKnown: "must be given if known", Automatic: "by the platform", Absent: "not at this stage"}[c]
}
