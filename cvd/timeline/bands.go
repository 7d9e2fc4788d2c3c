package timeline

import "github.com/cvdkit/cvdkit/cvd/internal/svg"

// layoutBands puts the bands in rows above the axis, each with as much of its
// label as fits into it.
func (d *drawing) layoutBands(y float64) {
	var r rows
	for _, b := range d.t.Bands {
		x := drawnBand{Band: b, x0: d.axis.left, x1: d.axis.right, broken: b.brokenOff()}
		if !b.From.IsZero() {
			x.x0 = d.axis.x(b.From)
		}
		if !b.To.IsZero() {
			x.x1 = max(x.x0+2, d.axis.x(b.To))
		}
		x.open = b.To.IsZero() || !d.t.Now.IsZero() && b.To.After(d.t.Now)
		x.labelX = x.x0 + 8
		x.label = d.bandLabel(b, x.x1-x.x0-16)
		x.y = y + float64(r.place(x.x0-4, x.x1+4, 1))*bandRow
		d.bands = append(d.bands, x)
	}
	d.top = y + float64(len(r.taken))*bandRow
}

// bandLabel is the longest form that fits; a band of a few pixels has none, and
// is named by the legend.
func (d *drawing) bandLabel(b Band, room float64) string {
	label := d.t.band(b)
	forms := []string{label}
	if !b.To.IsZero() {
		forms = []string{
			label + ", " + d.t.word("until {date}", "date", d.t.when(b.To)), label + ", " + d.t.word("until {date}", "date", d.shortDate(b.To)), label,
		}
	}
	for _, s := range forms {
		if svg.TextWidth(s, dateSize*svg.Bold) <= room {
			return s
		}
	}
	if room < 48 {
		return ""
	}
	return svg.Shorten(label, dateSize*svg.Bold, room)
}
