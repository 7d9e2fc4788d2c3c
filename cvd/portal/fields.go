package portal

import (
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// field is one of a form, in the order of the page. Its label is the text
// "form.NAME", its hint "form.NAME.hint", and those of its options "form.NAME.OPTION".
type field struct {
	name     string
	kind     string // text, line, file, choice, check, date, time, email
	rows     int
	required bool
	options  []string
	auto     string // what the browser may fill in
	group    string // heading under which it begins: "form.group.GROUP"
}

// reportFields are those of the report: two that are needed, the others in the
// order in which people know the answers.
var reportFields = []field{
	{name: "product", kind: "text", rows: 2, required: true, group: "needed"},
	{name: "description", kind: "text", rows: 10, required: true},
	{name: "impact", kind: "text", rows: 4, group: "more"},
	{name: "files", kind: "file"},
	{name: "known", kind: "choice", options: []string{"", "no", "yes"}, group: "state"},
	{name: "exploited", kind: "choice", options: []string{"", "no", "yes"}},
	{name: "told", kind: "text", rows: 2},
	{name: "date", kind: "date"},
	{name: "time", kind: "time"},
	{name: "zone", kind: "line"},
	{name: "name", kind: "line", auto: "name", group: "you"},
	{name: "email", kind: "email", auto: "email"},
	{name: "key", kind: "text", rows: 3},
	{name: "language", kind: "line"},
	{name: "pass", kind: "check"},
	{name: "credit", kind: "choice", options: []string{"", "named", "anonymous"}},
	{name: "creditname", kind: "line"},
}

// fieldView is a field as the template shows it.
type fieldView struct {
	ID, Name, Kind, Label, Hint, Value, Error, Auto, Group string
	Rows                                                   int
	Required                                               bool
	Options                                                []option
	Described                                              string // the IDs of hint and error
}

// describe says by what the field is described.
func (v *fieldView) describe() {
	var ids []string
	if v.Hint != "" || v.Kind == "file" {
		ids = append(ids, "h-"+v.ID)
	}
	if v.Error != "" {
		ids = append(ids, "e-"+v.ID)
	}
	v.Described = strings.Join(ids, " ")
}

type option struct {
	Value, Label string
	Selected     bool
}

// view makes what the template shows of fields.
func (l *language) view(fields []field, values map[string]string, problems []problem) []fieldView {
	var out []fieldView
	for _, f := range fields {
		v := fieldView{
			ID: f.name, Name: f.name, Kind: f.kind, Rows: f.rows, Required: f.required, Auto: f.auto, Group: f.group,
			Label: l.text("form." + f.name), Hint: l.texts["form."+f.name+".hint"], Value: values[f.name],
		}
		for _, o := range f.options {
			key := "form." + f.name + "." + o
			if o == "" {
				key = "form.unstated"
			}
			v.Options = append(v.Options, option{o, l.text(key), o == v.Value})
		}
		for _, p := range problems {
			if p.Field == f.name && v.Error == "" {
				v.Error = p.Text
			}
		}
		v.describe()
		out = append(out, v)
	}
	return out
}

// check notes what is missing or too long. Lines are made one line.
func (q *request) check(f *form, fields []field) {
	limit := q.cfg.Limits.Text
	for _, x := range fields {
		v := f.values[x.name]
		switch x.kind {
		case "text":
			if len(v) > limit {
				f.add(x.name, q.lang.text("error.long", q.lang.size(int64(len(v))), q.lang.size(int64(limit))))
			}
		case "line", "email", "date", "time":
			if v = line(v); len(v) > maxLine {
				f.add(x.name, q.lang.text("error.long", q.lang.size(int64(len(v))), q.lang.size(maxLine)))
			}
			f.values[x.name] = v
		case "choice":
			ok := false
			for _, o := range x.options {
				ok = ok || o == v
			}
			if !ok {
				f.values[x.name] = ""
			}
		}
		if x.required && strings.TrimSpace(v) == "" {
			f.add(x.name, q.lang.text("error."+x.name))
		}
		if x.kind == "email" && v != "" && !isAddress(v) {
			f.add(x.name, q.lang.text("error.email"))
		}
	}
}

const maxLine = 1000 // bytes; the Service takes 1 KiB where its host does not set less

func (f *form) add(field, text string) { f.errors = append(f.errors, problem{field, text}) }

// fileProblems says what of the files was not taken.
func (q *request) fileProblems(f *form) {
	switch {
	case f.large:
		f.add("files", q.lang.text("error.large", q.lang.size(q.uploadLimit())))
	case f.wait > 0:
		q.w.Header().Set("Retry-After", strconv.Itoa(int(f.wait/time.Second)+1))
		f.add("files", q.lang.text("error.bytes", int(f.wait/time.Minute)+1))
	case f.many:
		f.add("files", q.lang.text("error.many", q.cfg.Limits.Files))
	case f.unkept && len(f.errors) > 0:
		f.add("files", q.lang.text("error.again"))
	}
}

func (q *request) uploadLimit() int64 { return q.cfg.Limits.Upload }

// isAddress reports whether a text is a mail address, and nothing but one.
func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254
}

// instant reads a date with hour and zone. ok is false if it cannot be read; then
// field and text say why.
func (q *request) instant(date, hour, zone string) (t time.Time, field, text string) {
	if date == "" {
		if hour != "" {
			return t, "date", q.lang.text("error.date")
		}
		return t, "", ""
	}
	d, err := time.Parse(time.DateOnly, date)
	if err != nil || d.Year() < 2000 || d.Year() > 9999 {
		return t, "date", q.lang.text("error.date")
	}
	if hour == "" {
		hour = "00:00"
	}
	h, err := time.Parse("15:04", hour)
	if err != nil {
		if h, err = time.Parse("15:04:05", hour); err != nil {
			return t, "time", q.lang.text("error.time")
		}
	}
	loc := location(zone)
	if loc == nil {
		return t, "zone", q.lang.text("error.zone")
	}
	t, err = localTime(loc, d, h)
	if err != nil {
		return t, "time", q.lang.text("error.gap")
	}
	if !t.After(q.cfg.Now()) {
		return t, "date", q.lang.text("error.past")
	}
	return t, "", ""
}
