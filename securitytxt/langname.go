package securitytxt

import "strings"

// suggestLanguage returns what was meant by an element of Preferred-Languages
// that is the name of a language, the code of a country, a locale of a program or
// tags with a wrong separator; or "".
func suggestLanguage(s string) string {
	if validLangTag(s) {
		return suggestTag(s)
	}
	// A locale like en_US.UTF-8 or sr_RS@latin.
	locale, _, _ := strings.Cut(s, ".")
	locale, _, _ = strings.Cut(locale, "@")
	if tag := strings.ReplaceAll(locale, "_", "-"); tag != s && validLangTag(tag) {
		if better := suggestTag(tag); better != "" {
			return better
		}
		return tag
	}
	if better := suggestTag(s); better != "" {
		return better
	}
	tags := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t;/|", r) })
	for i, tag := range tags {
		if len(tags) == 1 || len(tags) > 20 || !validLangTag(tag) {
			return ""
		}
		if better := suggestTag(tag); better != "" {
			tags[i] = better
		}
	}
	return strings.Join(tags, ", ")
}

// suggestTag replaces the first subtag, if it is a misused one, and the region UK.
func suggestTag(s string) string {
	first, rest, more := strings.Cut(s, "-")
	meant, found := misused[strings.ToLower(first)]
	if !more {
		return meant
	}
	if !found {
		meant = first
	}
	if strings.EqualFold(rest, "UK") {
		rest, found = "GB", true
	}
	if meant += "-" + rest; !found || !validLangTag(meant) {
		return ""
	}
	return meant
}

// misused says for names and codes which tag was meant.
var misused = func() map[string]string {
	m := map[string]string{}
	for _, l := range languageNames {
		for name := range strings.SplitSeq(l.names, " ") {
			m[name] = l.tag
		}
	}
	return m
}()

// languageNames are, by tag, what stands in its place in files: the name in
// English and in the language itself; the codes of three letters of ISO 639-2,
// which are no tags where there is one of two (RFC 5646 2.2.1); codes of countries
// where they are the code of no language ("se" is one, and so is "kr").
var languageNames = []struct{ tag, names string }{
	{"ar", "arabic ara"},
	{"be", "belarusian bel by"},
	{"bg", "bulgarian bul български"},
	{"ca", "catalan català catala cat"},
	{"cs", "czech čeština cestina česky cesky ces cze cz"},
	{"da", "danish dansk dan dk"},
	{"de", "german deutsch deu ger at"},
	{"el", "greek ελληνικά ell gre gr"},
	{"en", "english englisch anglais inglés eng us gb au nz"},
	{"es", "spanish español espanol castellano spa sp mx"},
	{"et", "estonian eesti est"},
	{"fa", "persian farsi fas per ir"},
	{"fi", "finnish suomi fin"},
	{"fr", "french français francais französisch fra fre"},
	{"he", "hebrew heb il"},
	{"hi", "hindi hin"},
	{"hr", "croatian hrvatski hrv"},
	{"hu", "hungarian magyar hun"},
	{"id", "indonesian ind"},
	{"is", "icelandic íslenska isl ice"},
	{"it", "italian italiano ita"},
	{"ja", "japanese 日本語 jpn jp"},
	{"ka", "georgian kat geo ge"},
	{"kk", "kazakh kaz kz"},
	{"ko", "korean 한국어 kor"},
	{"lt", "lithuanian lietuvių lit"},
	{"lv", "latvian latviešu lav"},
	{"nb", "bokmål bokmal nob"},
	{"nl", "dutch nederlands flemish vlaams nld dut"},
	{"nn", "nynorsk nno"},
	{"no", "norwegian norsk nor"},
	{"pl", "polish polski pol"},
	{"pt", "portuguese português portugues por"},
	{"ro", "romanian română romana ron rum"},
	{"ru", "russian русский rus"},
	{"sk", "slovak slovenčina slovencina slovensky slk slo"},
	{"sl", "slovenian slovene slovenščina slovenscina slv"},
	{"sq", "albanian shqip sqi alb al"},
	{"sr", "serbian srpski српски srp rs"},
	{"sv", "swedish svenska swe"},
	{"th", "thai tha"},
	{"tr", "turkish türkçe turkce tur"},
	{"uk", "ukrainian українська ukr ua"},
	{"vi", "vietnamese vie vn"},
	{"zh", "chinese mandarin 中文 zho chi cn hk"},
}
