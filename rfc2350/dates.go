package rfc2350

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Date is a day of the Gregorian calendar. The zero Date means unknown.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// IsZero reports whether the date is unknown.
func (d Date) IsZero() bool { return d == Date{} }

// String gives YYYY-MM-DD, and "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// MarshalText gives String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Time is the beginning of the day in UTC.
func (d Date) Time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// DateOf is the day of t in UTC.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	y, m, d := t.UTC().Date()
	return Date{y, m, d}
}

func makeDate(y, m, d int) (Date, bool) {
	if y < 1985 || y > 2199 || m < 1 || m > 12 || d < 1 || d > 31 {
		return Date{}, false
	}
	out := Date{y, time.Month(m), d}
	return out, out.Time().Day() == d
}

// foundDate is a date in a text, or what looks like one.
type foundDate struct {
	start, end int
	date       Date // zero if ambiguous
	other      Date // the second reading of an ambiguous one, with first the first
	first      Date
	slashed    int  // 1 day first for certain, 2 month first for certain
	weekday    bool // a weekday stands before it and does not fit
	until      bool // the text says that it lies ahead: "valid until", "next review"
}

const monthWord = `\p{L}{3,12}`

var dateForms = regexp.MustCompile(`(?i)` +
	`(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b` + // 1 2 3
	`|\b(\d{1,2})([./-])\s?(\d{1,2})[./-]\s?(\d{4})\b` + // 4 5 6 7
	`|\b(\d{1,2})\s?(?:st|nd|rd|th|er|º|ª|\.)?[\s-]*(?:of\s|de\s|do\s|del\s|d['’])?\s*(` + monthWord + `)\.?,?[\s-]*(?:of\s|de\s|del\s)?\s*(\d{4})\b` + // 8 9 10
	`|\b(` + monthWord + `)\.?,?\s+(\d{1,2})\s?(?:st|nd|rd|th)?,?\s+(\d{4})\b`) // 11 12 13

// months maps folded names, in full or by their first letters, to numbers.
var months = monthTable(
	"january jan januar janvier enero janeiro gennaio januari stycznia styczen ledna leden januara ene gen janv",
	"february feb februar fevrier febrero fevereiro febbraio februari lutego luty unora unor februara fev fevr pebruari",
	"march mar marz maerz mars marzo marco maart marca marzec brezna brezen maret mrt mär",
	"april apr avril abril aprile kwietnia kwiecien dubna duben aprila abr avr",
	"may mai mayo maio maggio mei maja maj kvetna kveten",
	"june jun juni juin junio junho giugno czerwca czerwiec cervna cerven juna giu",
	"july jul juli juillet julio julho luglio lipca lipiec cervence cervenec jula lug juil",
	"august aug aout agosto augustus sierpnia sierpien srpna srpen agustus ago augusta",
	"september sep sept septembre septiembre setembro settembre wrzesnia wrzesien zari septembra set",
	"october oct oktober octobre octubre outubro ottobre pazdziernika pazdziernik rijna rijen okt oktobra out ott",
	"november nov novembre noviembre novembro listopada listopad listopadu nopember novembra",
	"december dec dezember decembre diciembre dezembro dicembre grudnia grudzien prosince prosinec desember dez dic des decembra",
)

func monthTable(names ...string) map[string]int {
	m := map[string]int{}
	for i, s := range names {
		for _, n := range strings.Fields(s) {
			m[fold(n)] = i + 1
		}
	}
	return m
}

// weekdayNames by time.Weekday; the first three letters of English and two of
// German are abbreviations too.
var weekdayNames = monthTable(
	"sunday sun sonntag dimanche domingo domenica zondag niedziela nedele minggu",
	"monday mon montag lundi lunes segunda lunedi maandag poniedzialek pondeli senin",
	"tuesday tue tues dienstag mardi martes terca martedi dinsdag wtorek utery selasa",
	"wednesday wed mittwoch mercredi miercoles quarta mercoledi woensdag sroda streda rabu",
	"thursday thu thur thurs donnerstag jeudi jueves quinta giovedi donderdag czwartek ctvrtek kamis",
	"friday fri freitag vendredi viernes sexta venerdi vrijdag piatek patek jumat",
	"saturday sat samstag sonnabend samedi sabado sabato zaterdag sobota sabtu",
)

var (
	aheadWords  = regexp.MustCompile(`(?i)(until|till|expir\pL*|valid\pL*|next|review\pL*|bis|gültig\pL*|hasta|jusqu\pL*|até|kedaluwarsa|kadaluwarsa|berlaku|platn\pL*|ważn\pL*)\W{0,3}(\w+\W{1,2}){0,2}$`)
	lastWord    = regexp.MustCompile(`(\pL+)[.,]?\s*(?:the\s|den\s|dem\s|le\s|el\s)?$`)
	dayFirstOrd = regexp.MustCompile(`(?i)\bdd[/.-]mm[/.-]yy`)
	monFirstOrd = regexp.MustCompile(`(?i)\bmm[/.-]dd[/.-]yy`)
)

// findDates lists the dates of a text in order.
func findDates(text string) []foundDate {
	var out []foundDate
	for _, m := range dateForms.FindAllStringSubmatchIndex(text, 500) {
		g := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return text[m[2*i]:m[2*i+1]]
		}
		f := foundDate{start: m[0], end: m[1]}
		ok := false
		switch {
		case g(1) != "":
			if m[0] > 0 && (isDigit(text[m[0]-1]) || text[m[0]-1] == '/') {
				continue // inside a longer number or a path
			}
			f.date, ok = makeDate(atoi(g(1)), atoi(g(2)), atoi(g(3)))
		case g(4) != "":
			f, ok = numericDate(f, g(5), atoi(g(4)), atoi(g(6)), atoi(g(7)))
		case g(9) != "":
			if mon := months[fold(g(9))]; mon > 0 {
				f.date, ok = makeDate(atoi(g(10)), mon, atoi(g(8)))
			}
		default:
			if mon := months[fold(g(11))]; mon > 0 {
				f.date, ok = makeDate(atoi(g(13)), mon, atoi(g(12)))
			}
		}
		if !ok {
			continue
		}
		before := text[max(0, m[0]-40):m[0]]
		f.until = aheadWords.MatchString(before)
		if w := lastWord.FindStringSubmatch(before); w != nil && !f.date.IsZero() {
			if d := weekdayNames[fold(w[1])]; d > 0 && int(f.date.Time().Weekday()) != d-1 {
				f.weekday = true
			}
		}
		out = append(out, f)
	}
	return out
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numericDate reads a/b/year. With points and hyphens the day comes first, as
// everywhere where they are used; with slashes it depends.
func numericDate(f foundDate, sep string, a, b, year int) (foundDate, bool) {
	dayFirst, ok1 := makeDate(year, b, a)
	monthFirst, ok2 := makeDate(year, a, b)
	switch {
	case sep != "/" && ok1:
		f.date = dayFirst
	case ok1 && ok2 && a != b:
		f.first, f.other = dayFirst, monthFirst
	case ok1:
		f.date = dayFirst
		if a != b {
			f.slashed = 1
		}
	case ok2:
		f.date = monthFirst
		if sep == "/" {
			f.slashed = 2
		}
	default:
		return f, false
	}
	return f, true
}

// dateOrder is what the rest of the document tells about slash dates.
type dateOrder struct {
	sure  map[Date]bool // dates that can be read in one way only
	order int           // 1 day first, 2 month first, 0 not known
}

func learnOrder(all string) dateOrder {
	o := dateOrder{sure: map[Date]bool{}}
	day, month := dayFirstOrd.MatchString(all), monFirstOrd.MatchString(all)
	for _, f := range findDates(all) {
		if !f.date.IsZero() {
			o.sure[f.date] = true
		}
		day, month = day || f.slashed == 1, month || f.slashed == 2
	}
	switch {
	case day && !month:
		o.order = 1
	case month && !day:
		o.order = 2
	}
	return o
}

// settle reads an ambiguous date as another date of the document says, or not.
func (o dateOrder) settle(f foundDate) Date {
	switch {
	case !f.date.IsZero():
		return f.date
	case o.sure[f.first] && !o.sure[f.other]:
		return f.first
	case o.sure[f.other] && !o.sure[f.first]:
		return f.other
	case o.order == 1:
		return f.first
	case o.order == 2:
		return f.other
	}
	return Date{}
}
