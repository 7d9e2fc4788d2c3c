package rfc2350

import (
	"strings"
	"sync"
)

// countryNames: ISO 3166-1 alpha-2 codes with the English name, short forms, and the
// name in the country's own languages.
const countryNames = `AD Andorra|AE United Arab Emirates|AE UAE|AF Afghanistan|AL Albania|AM Armenia|AO Angola|AR Argentina|AT Austria|AT Österreich|AU Australia|AZ Azerbaijan|BA Bosnia and Herzegovina|BB Barbados|BD Bangladesh|BE Belgium|BE België|BE Belgique|BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi|BJ Benin|BJ Bénin|BN Brunei|BN Brunei Darussalam|BO Bolivia|BR Brazil|BR Brasil|BS Bahamas|BT Bhutan|BW Botswana|BY Belarus|BZ Belize|CA Canada|CD Democratic Republic of the Congo|CF Central African Republic|CG Republic of the Congo|CH Switzerland|CH Schweiz|CH Suisse|CH Svizzera|CI Côte d'Ivoire|CI Ivory Coast|CL Chile|CM Cameroon|CM Cameroun|CN China|CO Colombia|CR Costa Rica|CU Cuba|CV Cape Verde|CV Cabo Verde|CY Cyprus|CZ Czech Republic|CZ Czechia|CZ Česká republika|CZ Česko|DE Germany|DE Deutschland|DE Allemagne|DJ Djibouti|DK Denmark|DK Danmark|DO Dominican Republic|DO República Dominicana|DZ Algeria|DZ Algérie|EC Ecuador|EE Estonia|EE Eesti|EG Egypt|ES Spain|ES España|ET Ethiopia|FI Finland|FI Suomi|FJ Fiji|FO Faroe Islands|FR France|FR Frankreich|GA Gabon|GB United Kingdom|GB UK|GB U.K.|GB Great Britain|GB England|GB Scotland|GB Wales|GB Northern Ireland|GE Georgia|GH Ghana|GI Gibraltar|GL Greenland|GM Gambia|GN Guinea|GR Greece|GR Hellas|GT Guatemala|GY Guyana|HK Hong Kong|HN Honduras|HR Croatia|HR Hrvatska|HT Haiti|HU Hungary|HU Magyarország|ID Indonesia|IE Ireland|IE Éire|IL Israel|IM Isle of Man|IN India|IQ Iraq|IR Iran|IS Iceland|IS Ísland|IT Italy|IT Italia|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KG Kyrgyz Republic|KH Cambodia|KR Korea|KR South Korea|KR Republic of Korea|KW Kuwait|KY Cayman Islands|KZ Kazakhstan|LA Laos|LB Lebanon|LI Liechtenstein|LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania|LT Lietuva|LU Luxembourg|LU Luxemburg|LV Latvia|LV Latvija|LY Libya|MA Morocco|MA Maroc|MC Monaco|MD Moldova|ME Montenegro|MG Madagascar|MK North Macedonia|MK Macedonia|ML Mali|MM Myanmar|MN Mongolia|MO Macao|MR Mauritania|MT Malta|MU Mauritius|MV Maldives|MW Malawi|MX Mexico|MX México|MY Malaysia|MZ Mozambique|MZ Moçambique|NA Namibia|NE Niger|NG Nigeria|NI Nicaragua|NL Netherlands|NL The Netherlands|NL Nederland|NL Holland|NO Norway|NO Norge|NP Nepal|NZ New Zealand|OM Oman|PA Panama|PA Panamá|PE Peru|PE Perú|PG Papua New Guinea|PH Philippines|PK Pakistan|PL Poland|PL Polska|PR Puerto Rico|PS Palestine|PT Portugal|PY Paraguay|QA Qatar|RO Romania|RO România|RS Serbia|RS Srbija|RU Russia|RU Russian Federation|RW Rwanda|SA Saudi Arabia|SD Sudan|SE Sweden|SE Sverige|SG Singapore|SI Slovenia|SI Slovenija|SK Slovakia|SK Slovak Republic|SK Slovensko|SK Slovenská republika|SM San Marino|SN Senegal|SN Sénégal|SO Somalia|SR Suriname|SV El Salvador|SY Syria|TD Chad|TG Togo|TH Thailand|TJ Tajikistan|TM Turkmenistan|TN Tunisia|TN Tunisie|TO Tonga|TR Turkey|TR Türkiye|TT Trinidad and Tobago|TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda|US United States|US United States of America|US USA|US U.S.A.|UY Uruguay|UZ Uzbekistan|VA Vatican|VE Venezuela|VN Vietnam|VN Viet Nam|XK Kosovo|YE Yemen|ZA South Africa|ZM Zambia|ZW Zimbabwe`

var countries = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, e := range strings.Split(countryNames, "|") {
		m[foldWords(e[3:])] = e[:2]
	}
	return m
})

// countryOf finds the last country that an address names. A name must begin with a
// capital letter; the longest name at a place counts ("South Africa").
func countryOf(lines []string) string {
	const longest = 5 // words of a name
	for i := len(lines) - 1; i >= 0; i-- {
		var words []word
		for at := 0; len(words) < 1000; {
			w, _, ok := nextWord(lines[i], at)
			if !ok {
				break
			}
			words = append(words, w)
			at = w.end
		}
		for k := len(words) - 1; k >= 0; k-- {
			for from := max(0, k-longest+1); from <= k; from++ {
				c := lines[i][words[from].start]
				if c >= 'a' && c <= 'z' {
					continue
				}
				name := words[from].text
				for _, w := range words[from+1 : k+1] {
					name += " " + w.text
				}
				if code := countries()[name]; code != "" {
					return code
				}
			}
		}
	}
	return ""
}
