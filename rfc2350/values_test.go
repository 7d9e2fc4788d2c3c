package rfc2350

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func lexed1(text string) *lexed { return lex(text, words()) }

func newestOf(text string) newestDate {
	x := lexed1(text)
	x.dates = x.findDates()
	var o dateOrder
	o.learn(x)
	return x.newest(o, false)
}

func hoursOf(text string) (out []string) {
	for _, h := range lexed1(text).findHours() {
		out = append(out, h.value)
	}
	return out
}

func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		"September 11, 2024":                   "2024-09-11",
		"July 2nd, 2010":                       "2010-07-02",
		"1st of January 2026":                  "2026-01-01",
		"Thu 21 March, 2024":                   "2024-03-21",
		"2021/07/21":                           "2021-07-21",
		"27.05.2019":                           "2019-05-27",
		"29-10-2019":                           "2019-10-29",
		"22 de abril de 2025":                  "2025-04-22",
		"18 Feb 2019, 17:00:00 +0100":          "2019-02-18",
		"3. März 2024":                         "2024-03-03",
		"le 1er juin 2023":                     "2023-06-01",
		"12 października 2022":                 "2022-10-12",
		"27 Oktober 2021":                      "2021-10-27",
		"15-Jan-2024":                          "2024-01-15",
		"March, 15 2023":                       "2023-03-15",
		"31/12/2020":                           "2020-12-31",
		"12/31/2020":                           "2020-12-31",
		"03/04/2025":                           "",
		"03/04/2025 (DD/MM/YYYY)":              "2025-04-03",
		"published 03/04/2025; was 2025-03-04": "2025-03-04",
		"31 February 2024":                     "",
		"32.01.2024":                           "",
		"mai 2020":                             "",
		"version 1.2.2024":                     "2024-02-01",
		"…… 2023":                              "",
		"valid until 2030-01-01":               "",
		"https://x.example/2024/10/1234":       "",
	} {
		n := newestOf(text)
		require.Equal(t, want, n.date.String(), text)
	}
	require.Equal(t, "weekday-mismatch", newestOf("Wed, 18 June 2019").odd.code)
	require.Empty(t, newestOf("Tue, 18 June 2019").odd.code)
	n := newestOf("Version 3, published 2010-08-11.\nVersion 4, published 2011-01-30.\nVersion 1, published 2008-04-27.")
	require.Equal(t, "2011-01-30", n.date.String())
	require.Equal(t, "4", n.version)
}

func TestZones(t *testing.T) {
	for text, want := range map[string]string{
		"Canada/Eastern (GMT-0500, and GMT-0400 from April to October)": "Canada/Eastern -05:00/-04:00",
		"Europa/Berlin, GMT +1, GMT +2 von April bis Oktober":           "Europe/Berlin +01:00/+02:00",
		"GMT/UTC (GMT/UTC+0100 in Summer Time)":                         "+00:00/+01:00",
		"Time zone is UTC":                                              "+00:00",
		"Jakarta (GMT+07:00)":                                           "+07:00",
		"Brisbane (AEST UTC +1000), Brno (CET, UTC +0100 / CEST, UTC +0200) and Raleigh (UTC -0500 / EDT, UTC -0400)": "+10:00 +01:00/+02:00 -05:00/-04:00",
		"EST/EDT, CST/CDT":      "",
		"Central European Time": "",
		"Europe/Central":        "",
		"Portugal/WEST (GMT+0, GMT+1 during summertime)": "+00:00/+01:00",
		"UTC+02:00; call +49 30 0100":                    "+02:00",
		"India Standard Time (GMT+0530)":                 "+05:30",
	} {
		f := lexed1(text).findZones()
		zones, conflict := f.zones, f.conflict
		var got []string
		for _, z := range zones {
			s := strings.Trim(z.Std+"/"+z.DST, "/")
			got = append(got, strings.TrimSpace(z.IANA+" "+s))
		}
		require.Equal(t, want, strings.TrimSpace(strings.Join(got, " ")), text)
		require.False(t, conflict, text)
	}
	require.True(t, lexed1("Europe/Berlin (GMT+5)").findZones().conflict)
}

func TestPhones(t *testing.T) {
	for text, want := range map[string]string{
		"+31 (0)118 489277":                       "+31118489277",
		"+49 421 20153-0":                         "+49421201530",
		"++99412 345 67 89":                       "+994123456789",
		"+44 1223 767077 (CSIRT) +44 1223 762999": "+441223767077 +441223762999",
		"+1-919-890-8888":                         "+19198908888",
		"+39 011 090.6116":                        "+390110906116",
		"+996 (312) 243615":                       "+996312243615",
		"+49 69 6308 400 / 401":                   "+49696308400",
		"(021) 6541961 ext.2161":                  "",
		"call 112 or GMT+0100":                    "",
		"+12":                                     "",
		"UTC+02:00 2024-01-01":                    "",
	} {
		phones := lexed1(text).findPhones()
		var got []string
		for _, p := range phones {
			if p.E164 != "" {
				got = append(got, p.E164)
			}
		}
		require.Equal(t, want, strings.Join(got, " "), text)
	}
	phones := lexed1("Emergency number: ++44 1480 484694").findPhones()
	require.True(t, phones[0].doubled)
	require.Equal(t, "Emergency number", phones[0].Label)
}

func TestEmails(t *testing.T) {
	for text, want := range map[string]string{
		"security(at)github(dot)com":                 "security@github.com",
		"cert [@t] cert . ee. If it's":               "cert@cert.ee",
		"csirt [AT] uis . cam . ac . uk Public keys": "csirt@uis.cam.ac.uk",
		"info [at] csirt [.] gov [.] it [.] This is": "info@csirt.gov.it",
		"<info (a) circl lu>":                        "info@circl.lu",
		"bp[dot]sabang[at]gmail[dot]com":             "bp.sabang@gmail.com",
		"mail cert at example dot org now":           "cert@example.org",
		"reached at example.org by mail":             "",
		"https://csirt[at]ap1.co.id":                 "",
		"https://user@host.example/x":                "",
		"CERT@VDE":                                   "",
		"a@b.cd; c@d.ef, <g@h.ij>":                   "a@b.cd c@d.ef g@h.ij",
		"Write to team@x.example. Next":              "team@x.example",
		"cert@@x.example":                            "",
		"müller@x.example":                           "",
		"x@" + strings.Repeat("a", 70) + ".de":       "",
	} {
		var got []string
		list, _ := lexed1(text).emailsOf()
		for _, e := range list {
			got = append(got, e.Address)
		}
		require.Equal(t, want, strings.Join(got, " "), text)
	}
	for text, want := range map[string]string{
		"Please send incident reports to a@x.example. Non-incident related mail should be addressed to b@x.example.": "incident other",
		"Incidents: a@x.example\nOther: b@x.example":                                                                 "incident other",
		"a@x.example (incident reports), b@x.example for general inquiries":                                          "incident other",
		"Incident reports (including non-incident) related mail to a@x.example":                                      "incident",
		"a@x.example": "",
	} {
		var got []string
		list, _ := lexed1(text).emailsOf()
		for _, e := range list {
			got = append(got, e.Role)
		}
		require.Equal(t, want, strings.TrimSpace(strings.Join(got, " ")), text)
	}
}

func TestFindDisclosure(t *testing.T) {
	for text, want := range map[string][2]int{
		"supports responsible disclosure with a usual timeframe of 30 days for patches which might be extended to 90 days if needed.": {30, 90},
		"We keep a grace period which is generally of 90 days before publishing advisories.":                                          {90, 0},
		"A publication should occur after 45 days at the most.":                                                                       {0, 45},
		"We intend the publication of details 45 days after our first contact attempt.":                                               {45, 0},
		"We aim to respond within two business days.":                                                                                 {0, 0},
		"Up to ten (10) days are allowed to acknowledge the finding.":                                                                 {0, 0},
		"Vulnerabilities are disclosed after twelve weeks or 12 weeks.":                                                               {84, 0},
		"Veröffentlichung spätestens nach 90 Tagen.":                                                                                  {0, 90},
		"Logs are kept for 30 days. Nothing else is disclosed.":                                                                       {0, 0},
		"Disclosure happens after 60 days, extended by another 30 days.":                                                              {60, 0},
		"We disclose after ninety (90) days.":                                                                                         {90, 0},
	} {
		d, _ := FindDisclosure(text)
		require.Equal(t, want, [2]int{d.Days, d.MaxDays}, text)
	}
	_, ambiguous := FindDisclosure("We disclose after 30 days. We publish after 60 days.")
	require.True(t, ambiguous)
}

func TestHours(t *testing.T) {
	for text, want := range map[string]string{
		"(09:00am – 05:00pm, Monday to Friday except holidays)":                               "Mo-Fr 09:00-17:00",
		"Monday to Friday 11:00 to 18:00 except holiday":                                      "Mo-Fr 11:00-18:00",
		"Montag bis Donnerstag: 09:00 Uhr bis 16:00 Uhr,\n\nFreitag: 09:00 Uhr bis 15:00 Uhr": "Mo-Th 09:00-16:00|Fr 09:00-15:00",
		"(08:00 - 17:00 CET Monday to\nFriday)":                                               "Mo-Fr 08:00-17:00",
		"8.30am to 5.30pm":                                                                    "08:30-17:30",
		"on duty 24/7":                                                                        "24/7",
		"du lundi au vendredi, 08:00 à 18:00":                                                 "Mo-Fr 08:00-18:00",
		"Mo-Fr 9-17 h":                                                                        "Mo-Fr 09:00-17:00",
		"version 1.2-1.3, sections 2.4 to 2.7 of 2020-10-20":                                  "",
		"DST starts at 01:00 UTC on the last Sunday in March":                                 "",
	} {
		require.Equal(t, want, strings.Join(hoursOf(text), "|"), text)
	}
}

func TestFingerprints(t *testing.T) {
	const v4 = "1C7D18B1B2987622DAF68347CE45D819A395ECAB"
	for text, want := range map[string]string{
		"1C7D 18B1 B298 7622 DAF6  8347 CE45 D819 A395 ECAB":                              v4,
		"1C7D 18B1 B298 7622 DAF6\n8347 CE45 D819 A395 ECAB uid":                          v4,
		"1c7d18b1b2987622daf68347ce45d819a395ecab":                                        v4,
		"1C:7D:18:B1:B2:98:76:22:DA:F6:83:47:CE:45:D8:19:A3:95:EC:AB":                     v4,
		"0x1C7D18B1B2987622DAF68347CE45D819A395ECAB":                                      v4,
		"fingerprint 11 22 33 44 55 66 77 88  88 77 66 55 44 33 22 11.":                   "11223344556677888877665544332211",
		"11 22 33 44 55 66 77 88  88 77 66 55 44 33 22 11":                                "",
		"SHA-1: 1c7d18b1b2987622daf68347ce45d819a395ecab":                                 "",
		"HASH SHA-256 : 960d68bf94315591c74851e097a3d04f1e273c02f34767a7853c12cb4b6859e2": "",
		"0000 0000 0000 0000 0000 0000 0000 0000 0000 0000":                               "",
		"call 0123 4567 8901 2345":                                                        "",
	} {
		var got []string
		for _, p := range lexed1(text).findFingerprints() {
			got = append(got, p.hex)
		}
		require.Equal(t, want, strings.Join(got, " "), text)
	}
}

func TestIdentify(t *testing.T) {
	for title, want := range map[string]SectionID{
		"DATE OF LAST UPDATE":                                    SecUpdated,
		"Eletronic Mail Adress":                                  SecEmail,
		"Sponsorship and/or Affiliation":                         SecAffiliation,
		"Ziele und Aufgaben (Mission Statement)":                 SecMission,
		"Personelle Zusammensetzung des CERT@VDE":                SecMembers,
		"Alamat Surat Elektronik ( E-mail )":                     SecEmail,
		"Öffentliche Schlüssel / Public Keys":                    SecKeys,
		"Kerja sama, Interaksi dan Pengungkapan Informasi/ data": SecDisclosure,
		"PGP-Schlüssel des Teams":                                SecKeys,
		"Abuse desk capacity building":                           "",
		"Named entities":                                         "",
		"Addressing":                                             "",
	} {
		require.Equal(t, want, identify(title), title)
	}
	for _, o := range Outline() {
		require.Equal(t, o.ID, identify(o.Title), o.Title)
	}
}

// TestOutlineData: every synonym of the official outline names its section.
func TestOutlineData(t *testing.T) {
	dir := sharedDir(t, "data/rfc2350")
	rows := readTSV(t, dir+"/outline.tsv")
	require.Greater(t, len(rows), 30)
	for _, r := range rows {
		for _, s := range append(strings.Split(r[4], "|"), r[2]) {
			require.Equal(t, SectionID(r[1]), identify(s), s)
		}
	}
}

// TestDisclosureOfSomethingElse: who publishes for or after some days says nothing
// of vulnerabilities, unless what is published is one.
func TestDisclosureOfSomethingElse(t *testing.T) {
	for _, text := range []string{
		"Our summer school was published for 30 days.",
		"Our podcast is published 7 days after the recording.",
		"The cookbook is published for 14 days on the wall.",
		"Podcasts are published after 10 days.",
		"We publish the podcast after 30 days.",
		"We handle vulnerabilities, and our summer school was published for 30 days.",
		"Unsere Sommerschule wurde für 30 Tage veröffentlicht.",
		"Der Podcast wird nach 30 Tagen veröffentlicht.",
		"Notre école d'été est publiée pendant 30 jours.",
		"Nuestra escuela de verano se publica durante 30 días.",
		"La nostra scuola estiva è pubblicata dopo 30 giorni.",
		"Onze zomerschool wordt na 30 dagen gepubliceerd.",
		"Nasza szkoła letnia jest publikowana przez 30 dni.",
	} {
		d, _ := FindDisclosure(text)
		assert.Zero(t, d, text)
	}
	for text, days := range map[string]int{
		"Our advisories are published after 90 days.":                           90,
		"We usually publish after 60 days.":                                     60,
		"We do not publish anything for 90 days.":                               90,
		"We do not disclose vulnerabilities for 90 days.":                       90,
		"They are published after 45 days.":                                     45,
		"If the vendor does not answer, everything is published after 30 days.": 30,
		"We keep vulnerabilities under embargo for 90 days.":                    90,
		"Publication follows 90 days after the report.":                         90,
		"The flaw is made public after six weeks.":                              42,
		"Normalerweise erfolgt die Veröffentlichung nach 90 Tagen.":             90,
		"Einzelheiten werden nach 90 Tagen veröffentlicht.":                     90,
		"Les détails sont publiés après 60 jours.":                              60,
		"Los detalles se publican después de 60 días.":                          60,
		"I dettagli sono pubblicati dopo 60 giorni.":                            60,
		"De details worden na 60 dagen gepubliceerd.":                           60,
		"Szczegóły publikujemy po 90 dniach.":                                   90,
		"Podrobnosti zveřejňujeme po 90 dnech.":                                 90,
		"Os detalhes são publicados após 60 dias.":                              60,
		"Rincian dipublikasikan setelah 90 hari.":                               90,
	} {
		d, _ := FindDisclosure(text)
		assert.Equal(t, days, d.Days, text)
	}
}

// TestDecodeRuns: to copy what needs no change gives what decoding each letter does.
func TestDecodeRuns(t *testing.T) {
	texts := []string{"", "\r", "\r\n", "a\r\nb\rc\r\r\n\n\r", "é\r\n\x80\r", "\xef\xbb\xbfx\u200b\u00a0\x00\x7f\u2028y\f\v", "\xff\xfea\x00", "a\xc3", "\xe2\x80"}
	for c := range 256 { // every byte, at every place of the eight that are looked at together
		for n := range 9 {
			texts = append(texts, strings.Repeat("a", n)+string([]byte{byte(c)})+strings.Repeat("b", 12))
		}
	}
	for _, d := range allDocuments(t) {
		texts = append(texts, string(d))
	}
	for _, text := range texts {
		var a, b source
		require.Equal(t, decode([]byte(text), &a), decodeRuns([]byte(text), &b), text)
		require.Equal(t, a.findings, b.findings)
	}
}

// TestStyleSheetsHide: what a style sheet hides is no text of the document.
func TestStyleSheetsHide(t *testing.T) {
	page := `<html><head><style>body{margin:0} @media print { .menu { display: none } }
 p.trap, .Old { color: red; DISPLAY : none } .seen { display: block }</style></head><body><h1>RFC 2350</h1>
<h2>2. Contact Information</h2><h3>2.4 Telephone Number</h3><p>Office: <a href="tel:+351225550100">22 555 01 00</a></p>
<h3>2.7 Electronic Mail Address</h3><p class="seen menu">cert@example.org <span class="x Old">old@example.org</span></p><p class=trap>trap@example.org</p></body></html>`
	d, err := Parse([]byte(page), Options{})
	require.NoError(t, err)
	require.Equal(t, "cert@example.org", jsonAt(t, d, "team.emails.*.address"))
	require.Equal(t, "+351225550100", jsonAt(t, d, "team.phones.*.e164"), "a link knows more than its text")
	require.Empty(t, hiddenClasses("<style>.a{display:none}"), "a style sheet without an end")
	require.Empty(t, hiddenBy("} .a .b { display: none } .c { } }"))
}

// TestPortugueseNo: "no" is "in the" there, and denies nothing.
func TestPortugueseNo(t *testing.T) {
	d, err := Parse([]byte("Descrição segundo o RFC 2350\n\n1. Informações sobre este documento\n1.1 Data da última atualização\n2025-01-02\n\n2. Informação de contacto\n2.1 Nome da equipa\nEX-CERT\n\n3. Carta\n3.1 Missão\nAjudar.\n3.3 Afiliação\nA equipa está listada no Trusted Introducer.\n"), Options{})
	require.NoError(t, err)
	require.Equal(t, "pt", d.Lang)
	require.Equal(t, "Trusted Introducer", jsonAt(t, d, "memberships.*.body"))
}

// TestEdgesOfTexts: what begins inside a token, or at the ends of a text, is read too.
func TestEdgesOfTexts(t *testing.T) {
	letters := strings.Repeat("abcdefabcd", 4)
	for _, s := range []string{"see 0x" + letters, "0x" + letters, "key id 0x" + letters[:16], "x 0x" + strings.Repeat("ab:", 19) + "ab", "ab " + strings.Repeat("ab:", 19) + "ab", ".a", "a.m", "a. x", ". 1", ".m. x"} {
		x := lex(s, words())
		x.readFingerprints()
		x.readKeyIDs()
		x.findHours()
		x.emailsOf()
		x.history()
		x.findDisclosure()
		x.findOffsets(map[int]bool{})
		require.False(t, x.outOfScope(0) || x.excepted(0))
	}
}
