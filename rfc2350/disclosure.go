package rfc2350

import (
	"regexp"
	"strings"
)

// Disclosure is how long the team usually keeps a vulnerability confidential. Days
// is the usual time and MaxDays the longest that the document states; 0 means not
// stated. Raw is the sentence. A host makes an embargo policy of the two numbers.
type Disclosure struct {
	Days    int    `json:"days,omitempty"`
	MaxDays int    `json:"max_days,omitempty"`
	Raw     string `json:"raw,omitempty"`
}

// IsZero reports whether no window was found.
func (d Disclosure) IsZero() bool { return d == Disclosure{} }

const dayUnits = `(?:calendar |consecutive |kalender)?(days?|tagen?|tage|jours?|días|dias|giorni|dagen|dni|dnů|dní|hari|weeks?|wochen?|semaines|semanas|settimane|weken|tygodni|týdnů|minggu)`

var (
	spanForm     = regexp.MustCompile(`(?i)\b(\d{1,3}|seven|ten|fourteen|thirty|forty[- ]five|sixty|ninety|dreißig|neunzig|trente|quatre-vingt-dix|noventa|novanta|negentig)(?:\s?\(\d{1,3}\))?[\s-]+` + dayUnits + `\b`)
	disclosing   = regexp.MustCompile(`(?i)disclos|publi[sck]|embargo|grace period|veröffentlich|offenleg|divulg|pengungkapan|publikasi|openba|ujawni|zveřejn|advisor|confidential|coordinated release`)
	responding   = regexp.MustCompile(`(?i)\brespond|\b(?:initial|first|time|our) response|\bresponse (?:time|within)|acknowledg|\breply|\breplies|\banswer|confirm(?:ation)? of receipt|business days|working days|arbeitstag|werktag|jours ouvr|días hábiles|dias úteis|giorni lavorativi|werkdagen|dni robocz|pracovn|triage|antwort|rückmeldung|répon|respuest|rispo|retention|retained|backup|\blogs?\b|expire`)
	extending    = regexp.MustCompile(`(?i)extend|prolong|verläng|ampli|estes|prórro|prorrog|prorog|verleng|przedłuż|prodlouž|perpanjang|longer`)
	most         = regexp.MustCompile(`(?i)at (?:the )?(?:most|latest)|maxim|\bmax\b|up to|no (?:later|longer|more) than|not (?:exceed|later|longer)|höchstens|spätestens|längstens|au plus|au maximum|a más tardar|como máximo|no máximo|al massimo|entro e non oltre|uiterlijk|maximaal|najpóźniej|maksym|nejvýše|nejpozději|paling lama|maksimal`)
	furtherDays  = regexp.MustCompile(`(?i)(?:by|another|further|additional|weitere|um|supplémentaires?|adicional\pL*|ulteriori|extra)\s+(?:an?\s+)?(?:additional\s+|further\s+)?$`)
	numberWords  = map[string]int{"seven": 7, "ten": 10, "fourteen": 14, "thirty": 30, "forty-five": 45, "forty five": 45, "sixty": 60, "ninety": 90, "dreissig": 30, "neunzig": 90, "trente": 30, "quatre-vingt-dix": 90, "noventa": 90, "novanta": 90, "negentig": 90}
	weekUnit     = regexp.MustCompile(`(?i)^(?:week|woche|semaine|semana|settiman|weken|tygodni|týdn|minggu)`)
	maxSentences = 5000
)

// FindDisclosure reads the disclosure window of a policy text. A time to answer
// ("within two business days") is none. ambiguous reports that the text states
// times that contradict each other, or an extension that is no number of its own.
func FindDisclosure(text string) (d Disclosure, ambiguous bool) {
	for _, s := range sentences(text) {
		m := spanForm.FindAllStringSubmatchIndex(s, 20)
		if m == nil || !disclosing.MatchString(s) || responding.MatchString(s) {
			continue
		}
		for _, g := range m {
			days := daysOf(s[g[2]:g[3]], s[g[4]:g[5]])
			if days <= 0 {
				continue
			}
			before := s[max(0, g[0]-60):g[0]]
			after := s[g[1]:min(len(s), g[1]+25)]
			switch {
			case furtherDays.MatchString(before):
				ambiguous = true
				continue
			case extending.MatchString(before), most.MatchString(before), most.MatchString(after):
				if d.MaxDays != 0 && d.MaxDays != days {
					ambiguous = true
					continue
				}
				d.MaxDays = days
			case d.Days == 0:
				d.Days = days
			case d.Days != days:
				ambiguous = true
				continue
			}
			if d.Raw == "" {
				d.Raw = squeeze(clip(s, 500))
			}
		}
	}
	if d.MaxDays != 0 && d.MaxDays < d.Days { // contradictory: state neither as the longest
		d.MaxDays, ambiguous = 0, true
	}
	return d, ambiguous
}

func daysOf(number, unit string) int {
	n := atoi(number)
	if n < 0 {
		n = numberWords[fold(number)]
	}
	if weekUnit.MatchString(unit) {
		n *= 7
	}
	if n > 1000 {
		return 0
	}
	return n
}

// sentences splits a text at full stops, blank lines and list marks; line ends
// within a paragraph do not count.
func sentences(text string) []string {
	var out []string
	for _, p := range strings.Split(text, "\n\n") {
		start := 0
		for i := 0; i < len(p); i++ {
			end := (p[i] == '.' || p[i] == '!' || p[i] == '?' || p[i] == ';') && (i+1 == len(p) || p[i+1] == ' ' || p[i+1] == '\n')
			item := p[i] == '\n' && i+2 < len(p) && (p[i+1] == '-' || p[i+1] == '*' || p[i+1] == '+' || strings.HasPrefix(p[i+1:], "•"))
			if end || item {
				out = append(out, p[start:i+1])
				start = i + 1
			}
			if len(out) >= maxSentences {
				return out
			}
		}
		if start < len(p) {
			out = append(out, p[start:])
		}
	}
	return out
}
