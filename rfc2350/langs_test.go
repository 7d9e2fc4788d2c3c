package rfc2350

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMonthOfLanguage: a word may name one month in one language and another one in
// its neighbor's. Where the language is not known, such a date is a finding.
func TestMonthOfLanguage(t *testing.T) {
	croatian := "EX-CERT\n\n1. Informacije o dokumentu\n1.1 Datum posljednje izmjene\n5. listopada 2024.\n\n2. Podaci za kontakt\n2.1 Naziv tima\nEX-CERT\n\n2.3 Vremenska zona\nUTC+1\n\n3. Povelja\n3.1 Misija\nPomoć.\n"
	polish := "EX-CERT\n\n1. Informacje o dokumencie\n1.1 Data ostatniej aktualizacji\n5 listopada 2024\n\n2. Dane kontaktowe\n2.1 Nazwa zespołu\nEX-CERT\n\n2.3 Strefa czasowa\nUTC+1\n\n3. Statut\n3.1 Misja\nPomoc.\n"
	for text, want := range map[string]string{
		croatian: "hr 2024-10-05",
		polish:   "pl 2024-11-05",
		lineDocument("1.1 Date of Last Update", "5. listopada 2024"):  "en ",
		lineDocument("1.1 Date of Last Update", "5. listopada 2024."): "en 2024-10-05", // as Croatian is written, and Polish is not
	} {
		d, err := Parse([]byte(text), Options{})
		require.NoError(t, err)
		require.Equal(t, want, d.Lang+" "+d.Updated.String())
	}
	require.Equal(t, "", newestOf("5. listopada 2024").date.String())
	require.Equal(t, "2024-10-05", newestOf("5. října 2024").date.String())
}

// TestTitlesOfTeams: the outline as teams and their coordination centers write it
// in Croatian, Finnish and Japanese.
func TestTitlesOfTeams(t *testing.T) {
	for id, titles := range map[SectionID]string{
		SecDistribution:   "Mailing lista za obavijesti o promjenama|Tiedottaminen tähän dokumenttiin tehdyistä muutoksista|通知の他の配布リスト",
		SecLocations:      "Mjesta na kojima možete naći ovaj dokument|Tämän dokumentin sijainti|本文書の場所",
		SecAuthentication: "Autentičnost dokumenta|本書の検証",
		SecTelecom:        "Ostala sredstva komunikacije|Muut yhteystiedot|他の音声通信手段",
		SecKeys:           "Javni PGP ključ i ostale informacije vezane uz šifriranje komunikacije|公開鍵と他の暗号化情報",
		SecFax:            "Broj faksa|Faksi|ファクシミリ番号",
		SecHours:          "業務時間",
		SecPoints:         "顧客連絡先",
		SecConstituency:   "サービス対象者",
		SecAffiliation:    "スポンサーシップと提携",
	} {
		for _, s := range strings.Split(titles, "|") {
			require.Equal(t, id, identify(s), s)
		}
	}
	require.True(t, statesAbsence("Ei tuettu."))
}
