package timeline

import (
	"html"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/internal/texts"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// HTML renders the timeline as a page: a vertical list, which a phone shows alone
// and a wide screen below the picture of SVG. It follows the reader's light or dark
// scheme, prints on white, and needs no script, font or other file. All text is
// escaped.
func (t Timeline) HTML() string {
	var b strings.Builder
	b.WriteString(`<!doctype html>
<html lang="` + esc(t.tag()) + `">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>` + esc(t.heading()) + `</title>
<style>` + ListStyle + pageStyle + `</style>
</head>
<body>
<main>
<h1>` + esc(t.heading()) + `</h1>
<div class="cvd-picture">` + t.SVG() + `</div>
` + t.HTMLList() + `</main>
</body>
</html>
`)
	return b.String()
}

// HTMLList renders the timeline as a list without a page around it, for a page of
// the host with ListStyle among its styles.
func (t Timeline) HTMLList() string {
	var b strings.Builder
	es, left := t.sorted()
	b.WriteString(`<section class="cvd-timeline">` + "\n")
	sub := t.word("Times in {zone}", "zone", t.loc().String()) + t.asOf()
	b.WriteString(`<p class="t-sub">` + esc(sub) + "</p>\n")
	for _, x := range t.Bands {
		b.WriteString(`<p class="t-band"><b>` + esc(t.band(x)) + `</b> ` + texts.Fill(esc(t.word("{from} to {to}")), "from", t.timeTag(x.From), "to", t.timeTag(x.To)) + ` ` + esc(t.agreed(x)) + "</p>\n")
	}
	b.WriteString("<ol>\n")
	now := t.nowAt(es)
	for i := 0; i < len(es); {
		if i == now {
			t.nowItem(&b)
		}
		n := 1
		for i+n < len(es) && sameMinute(es[i].At, es[i+n].At) && i+n != now {
			n++
		}
		b.WriteString("<li>" + t.timeTag(es[i].At) + "\n<ul>\n")
		for _, e := range es[i : i+n] {
			t.item(&b, e)
		}
		b.WriteString("</ul></li>\n")
		i += n
	}
	if now == len(es) {
		t.nowItem(&b)
	}
	b.WriteString("</ol>\n")
	if left > 0 {
		b.WriteString(`<p class="t-sub">` + esc(strings.TrimSpace(t.leftOut(left))) + "</p>\n")
	}
	b.WriteString("</section>\n")
	return b.String()
}

func (t Timeline) nowItem(b *strings.Builder) {
	b.WriteString(`<li class="t-now">` + t.timeTag(t.Now) + " " + esc(t.word("now")) + "</li>\n")
}

func (t Timeline) timeTag(at time.Time) string {
	if at.IsZero() {
		return esc(t.word("open"))
	}
	return `<time datetime="` + at.UTC().Format(time.RFC3339) + `">` + esc(t.when(at)) + `</time>`
}

// marks tell the state of an entry without colour.
var marks = map[string]string{
	statusDone: "\u25cf", statusMet: "\u2713", statusLate: "\u2713!", statusPlanned: "\u25cb", statusSoon: "\u25d4", statusOverdue: "!",
}

func (t Timeline) item(b *strings.Builder, e Entry) {
	class, mark := "t-"+strings.ReplaceAll(e.status(), " ", "-"), marks[e.status()]
	if e.Void != "" {
		class, mark = "t-void", "\u00d7"
	}
	if e.Force == policy.Must {
		class += " t-must"
	}
	if e.urgent() {
		class += " t-urgent"
	}
	b.WriteString(`<li class="` + class + `"><span class="t-mark" aria-hidden="true">` + mark + `</span><div><span class="t-what">` + esc(e.Label) + `</span>`)
	if e.Force != "" {
		b.WriteString(` <span class="t-force">` + esc(t.word(string(e.Force))) + `</span>`)
	}
	if s := e.status(); s != statusDone {
		b.WriteString(` <span class="t-state">` + esc(t.word(s)) + `</span>`)
	}
	if who := plain.Line(e.Lane); who != "" {
		b.WriteString(` <span class="t-who">` + esc(who) + `</span>`)
	}
	for _, more := range t.about(e) {
		b.WriteString(`<span class="t-more">` + esc(more) + `</span>`)
	}
	b.WriteString("</div></li>\n")
}

func esc(s string) string { return html.EscapeString(plain.Line(s)) }

// ListStyle is the style sheet of HTMLList. It touches nothing outside of it.
const ListStyle = `
.cvd-timeline{--ink:#1f2328;--soft:#59636e;--line:#d0d7de;--bg:#fff;--alarm:#b3141f;--near:#bc4c00;--good:#1a7f37;--event:#0969da;--band:#5b43b8;
color:var(--ink);font:16px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;overflow-wrap:anywhere}
.cvd-timeline ol,.cvd-timeline ul{list-style:none;margin:0;padding:0}
.cvd-timeline ol{border-left:2px solid var(--line);padding-left:14px}
.cvd-timeline ol>li{margin:0 0 14px}
.cvd-timeline time{font-size:14px;color:var(--soft);font-variant-numeric:tabular-nums}
.cvd-timeline ul>li{display:flex;gap:8px;margin:4px 0}
.cvd-timeline .t-mark{flex:0 0 22px;height:22px;line-height:20px;text-align:center;font-size:13px;font-weight:700;box-sizing:border-box;
border:1.5px solid transparent;border-radius:50%;background:var(--bg);color:var(--soft);margin-left:-27px}
.cvd-timeline .t-must .t-mark{border-radius:3px;border-color:currentColor}
.cvd-timeline .t-done .t-mark{color:var(--event)}
.cvd-timeline .t-met .t-mark{color:var(--good);border-color:currentColor}
.cvd-timeline .t-planned .t-mark{color:var(--soft)}
.cvd-timeline .t-due-soon .t-mark{color:var(--near)}
.cvd-timeline .t-urgent .t-mark{color:var(--bg);background:var(--alarm);border-color:var(--alarm)}
.cvd-timeline .t-met-late .t-mark{color:var(--alarm);background:var(--bg)}
.cvd-timeline .t-what{font-weight:500}
.cvd-timeline .t-urgent .t-what,.cvd-timeline .t-urgent .t-state{color:var(--alarm);font-weight:700}
.cvd-timeline .t-void .t-what{font-style:italic;color:var(--soft)}
.cvd-timeline .t-state{font-size:13px;border:1px solid currentColor;border-radius:4px;padding:0 5px;color:var(--soft);white-space:nowrap}
.cvd-timeline .t-force{font-size:13px;color:var(--soft)}
.cvd-timeline .t-must .t-force{font-weight:700;color:var(--ink)}
.cvd-timeline .t-met .t-state{color:var(--good)}
.cvd-timeline .t-who{font-size:14px;color:var(--soft)}
.cvd-timeline .t-who::before{content:"\00b7\00a0"}
.cvd-timeline .t-more{display:block;font-size:14px;color:var(--soft)}
.cvd-timeline .t-sub{font-size:14px;color:var(--soft);margin:0 0 8px}
.cvd-timeline .t-band{margin:0 0 12px;padding-left:10px;border-left:4px solid var(--band)}
.cvd-timeline .t-now{color:var(--near);font-weight:700;border-top:2px dashed var(--near);padding-top:4px;margin-left:-14px;padding-left:14px}
.cvd-timeline .t-now time{color:inherit}
@media screen and (prefers-color-scheme:dark){.cvd-timeline{--ink:#e6edf3;--soft:#9198a1;--line:#30363d;--bg:#0d1117;--alarm:#ff8a80;--near:#f0883e;--good:#3fb950;--event:#4493f8;--band:#a78bfa}}
@media print{.cvd-timeline{font-size:11pt}.cvd-timeline li{break-inside:avoid}.cvd-timeline .t-mark{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`

const pageStyle = `
body{margin:0;background:#fff;color:#1f2328;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif}
main{max-width:1120px;margin:0 auto;padding:16px}
h1{font-size:20px;line-height:1.3;margin:0 0 12px;overflow-wrap:anywhere}
.cvd-picture{display:none}
@media screen and (min-width:1000px){.cvd-picture{display:block;margin-bottom:24px}.cvd-picture svg{max-width:100%;height:auto}main>h1{position:absolute;clip-path:inset(50%);height:1px;overflow:hidden}}
@media screen and (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}}
`
