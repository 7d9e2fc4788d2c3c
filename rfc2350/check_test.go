package rfc2350

import (
	"context"
	"errors"
	"math/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

func readTSV(t *testing.T, name string) (rows [][]string) {
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	for _, l := range strings.Split(strings.TrimSpace(string(b)), "\n")[1:] {
		rows = append(rows, strings.Split(l, "\t"))
	}
	return rows
}

// sample is a document without findings; change overrides texts of sections.
func sample(t testing.TB, change map[SectionID]string) *Document {
	texts := map[SectionID]string{
		SecUpdated: "Version 1.0, published 2026-10-01.", SecDistribution: "None available.", SecLocations: "https://team.example/rfc2350.txt",
		SecName: "Sample Team", SecAddress: "Main Street 1\nDublin\nIreland", SecTimeZone: "Europe/Dublin (GMT+0, GMT+1 in summer)",
		SecPhone: "+353 1 234 5678", SecEmail: "Incidents: cert@team.example", SecKeys: "Fingerprint: 1C7D 18B1 B298 7622 DAF6 8347 CE45 D819 A395 ECAB",
		SecPoints: "Monday to Friday, 09:00-17:00", SecMission: "We help.", SecConstituency: "Our customers.", SecAffiliation: "Sample Ltd.",
		SecAuthority: "The board.", SecSupport: "All incidents.", SecDisclosure: "We use the Traffic Light Protocol. Vulnerabilities are disclosed after 90 days.", SecResponse: "Yes.", SecCommunication: "By encrypted mail.", SecForms: "None.", SecDisclaimers: "None.",
	}
	for id, s := range change {
		texts[id] = s
	}
	var s []Section
	for _, o := range Outline() {
		x := Section{Number: o.Number, Title: o.Title, Body: texts[o.ID]}
		if x.Body == "" && !chapterTitle(o.ID) || x.Number == "" {
			continue
		}
		s = append(s, x)
	}
	d, err := Compose([]string{"RFC 2350 description of the Sample Team"}, s)
	require.NoError(t, err)
	return d
}

func TestCheck(t *testing.T) {
	require.Equal(t, []string{"unsigned"}, codes(sample(t, nil).Check(Practice, testNow)))
	year := testNow.AddDate(1, 0, 0)
	for _, c := range []struct {
		code   string
		sev    Severity
		change map[SectionID]string
		now    time.Time
	}{
		{"no-team-name", Error, map[SectionID]string{SecName: "-"}, testNow},
		{"no-contact", Error, map[SectionID]string{SecEmail: "N/A", SecPhone: "None"}, testNow},
		{"no-constituency", Error, map[SectionID]string{SecConstituency: "N/A"}, testNow},
		{"no-mission", Warning, map[SectionID]string{SecMission: "None."}, testNow},
		{"no-authority", Warning, map[SectionID]string{SecAuthority: "n/a"}, testNow},
		{"no-timezone", Warning, map[SectionID]string{SecTimeZone: "ours"}, testNow},
		{"no-key", Warning, map[SectionID]string{SecKeys: "on request"}, testNow},
		{"no-date", Warning, map[SectionID]string{SecUpdated: "soon"}, testNow},
		{"date-unreadable", Warning, map[SectionID]string{SecUpdated: "soon"}, testNow},
		{"date-placeholder", Warning, map[SectionID]string{SecUpdated: "published …… 2026"}, testNow},
		{"date-ambiguous", Warning, map[SectionID]string{SecUpdated: "03/04/2026"}, testNow},
		{"date-future", Warning, nil, testNow.AddDate(-1, 0, 0)},
		{"date-old", Warning, nil, year},
		{"key-expired", Error, map[SectionID]string{SecKeys: "1C7D 18B1 B298 7622 DAF6 8347 CE45 D819 A395 ECAB, expires 2026-01-01"}, testNow},
		{"key-expires-soon", Warning, map[SectionID]string{SecKeys: "1C7D 18B1 B298 7622 DAF6 8347 CE45 D819 A395 ECAB, expires 2026-12-01"}, testNow},
		{"keyid-mismatch", Warning, map[SectionID]string{SecKeys: "Key ID 0xDEADBEEF, 1C7D 18B1 B298 7622 DAF6 8347 CE45 D819 A395 ECAB"}, testNow},
		{"legacy-fingerprint", Warning, map[SectionID]string{SecKeys: "fingerprint 11 22 33 44 55 66 77 88 88 77 66 55 44 33 22 11"}, testNow},
		{"key-damaged", Error, map[SectionID]string{SecKeys: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEaURZwxYJKwYBBAHaRw8BAQdAg7ZWj5TyaA\n=AAAA\n-----END PGP PUBLIC KEY BLOCK-----"}, testNow},
		{"not-signed", Warning, map[SectionID]string{SecAuthentication: "This document has been signed with our key."}, testNow},
		{"placeholder", Warning, map[SectionID]string{SecMission: "TODO"}, testNow},
		{"inconsistent-domain", Warning, map[SectionID]string{SecPoints: "cert@other.example, Monday to Friday, 09:00-17:00"}, testNow},
		{"timezone-conflict", Warning, map[SectionID]string{SecTimeZone: "Europe/Dublin (GMT+5)"}, testNow},
		{"phone-no-country", Warning, map[SectionID]string{SecPhone: "01 234 5678"}, testNow},
		{"no-tlp", Warning, map[SectionID]string{SecDisclosure: "Disclosed after 90 days."}, testNow},
		{"no-services", Warning, map[SectionID]string{SecResponse: "None."}, testNow},
		{"no-support-level", Info, map[SectionID]string{SecSupport: "N/A"}, testNow},
		{"no-affiliation", Info, map[SectionID]string{SecAffiliation: "None"}, testNow},
		{"no-communication", Info, map[SectionID]string{SecCommunication: "N/A"}, testNow},
		{"no-cooperation", Info, map[SectionID]string{SecDisclosure: "N/A"}, testNow},
		{"email-hidden", Warning, map[SectionID]string{SecEmail: "cert@team.example or [email protected]"}, testNow},
		{"timezone-no-sign", Warning, map[SectionID]string{SecTimeZone: "UTC 2"}, testNow},
		{"key-revoked", Error, map[SectionID]string{SecKeys: "1C7D 18B1 B298 7622 DAF6 8347 CE45 D819 A395 ECAB (revoked)"}, testNow},
		{"no-hours", Info, map[SectionID]string{SecPoints: "By mail."}, testNow},
		{"no-disclosure-window", Info, map[SectionID]string{SecDisclosure: "TLP."}, testNow},
		{"tlp-white", Info, map[SectionID]string{SecUpdated: "TLP:WHITE, 2026-10-01"}, testNow},
	} {
		found := false
		for _, f := range sample(t, c.change).Check(Practice, c.now) {
			if f.Code == c.code {
				found = true
				require.Equal(t, c.sev, f.Severity, c.code)
			}
		}
		require.True(t, found, c.code)
	}
	// Every finding of the RFC profile names its section of the RFC.
	bare, err := Compose([]string{"RFC 2350"}, []Section{{Title: "Document Information"}})
	require.NoError(t, err)
	list := bare.Check(RFC, testNow)
	require.Subset(t, codes(list), []string{"no-forms", "no-disclaimer", "no-services", "no-support-level", "no-affiliation", "no-communication", "no-cooperation", "unsigned"})
	for code, section := range citations {
		found := false
		for _, f := range list {
			found = found || f.Code == code && f.Source == "RFC 2350 section "+section
		}
		require.True(t, found, "%s, %s", code, section)
	}
	for _, f := range list {
		require.True(t, f.Source == "" || strings.HasPrefix(f.Source, "RFC 2350 section 3"), f.Code)
	}
	require.NotContains(t, codes(sample(t, map[SectionID]string{SecEmail: "[email protected]"}).Check(RFC, testNow)), "placeholder")
	// A day of time zones is no future.
	require.NotContains(t, codes(sample(t, map[SectionID]string{SecUpdated: "2026-11-23"}).Check(RFC, testNow)), "date-future")
	// What communities ask is no part of the RFC profile.
	require.NotContains(t, codes(sample(t, map[SectionID]string{SecDisclosure: "x"}).Check(RFC, testNow)), "no-tlp")
}

// citations are the sections of the RFC that ask for something, read there:
// 3.1 Obtaining the Document, 3.2 Contact Information, 3.3 Charter, 3.4 Policies,
// 3.5 Services, 3.6 Incident Reporting Forms, 3.7 Disclaimers.
var citations = map[string]string{
	"no-date": "3.1", "unsigned": "3.1",
	"no-team-name": "3.2", "no-contact": "3.2", "no-timezone": "3.2", "no-hours": "3.2",
	"no-mission": "3.3.1", "no-constituency": "3.3.2", "no-affiliation": "3.3.3", "no-authority": "3.3.4",
	"no-support-level": "3.4.1", "no-cooperation": "3.4.2", "no-communication": "3.4.3",
	"no-key":      "3.4.3", // "as a minimum every CSIRT have (if possible), a PGP key available"
	"no-services": "3.5", "no-forms": "3.6", "no-disclaimer": "3.7",
}

func newKey(t testing.TB, address string, life time.Duration) (*pgp.Engine, pgp.Secret) {
	e := &pgp.Engine{Now: func() time.Time { return testNow }}
	secret, _, err := e.Generate(pgp.KeySpec{Name: "Team", Address: address, Lifetime: life})
	require.NoError(t, err)
	return e, secret
}

// flatten puts an armored block on one line, as web editors do.
func flatten(b []byte) string { return strings.Join(strings.Fields(string(b)), " ") }

func TestKeysOfBlocks(t *testing.T) {
	_, secret := newKey(t, "cert@team.example", 24*time.Hour*365)
	cert := secret.Cert()
	fpr := cert.Fingerprint()
	for name, block := range map[string]string{"intact": string(cert.Armor()), "flat": flatten(cert.Armor())} {
		d := sample(t, map[SectionID]string{SecKeys: "Fingerprint: " + fpr + "\n" + block})
		require.Len(t, d.Keys(), 1, name)
		require.False(t, d.Keys()[0].Cert.IsZero(), name)
		require.Equal(t, fpr, d.Keys()[0].Fingerprint)
		require.Equal(t, DateOf(cert.Expires()), d.Keys()[0].Expires)
		require.Equal(t, []string{"Team <cert@team.example>"}, d.Keys()[0].UserIDs)
		require.Equal(t, name == "flat", len(d.Keys()[0].Repairs) > 0)
		require.Equal(t, []string{"unsigned"}, codes(d.Check(Practice, testNow)), name)
		require.Contains(t, codes(d.Check(RFC, testNow.AddDate(1, 0, 1))), "key-expired")
	}
	_, other := newKey(t, "else@where.example", 0)
	d := sample(t, map[SectionID]string{SecKeys: "Fingerprint: " + fpr + "\n" + string(other.Cert().Armor())})
	require.Subset(t, codes(d.Check(RFC, testNow)), []string{"fingerprint-mismatch", "key-without-address"})
	// One changed letter: the checksum no longer fits, and the key is not used.
	block := []byte(cert.Armor())
	i := strings.Index(string(block), "\n\n") + 80
	block[i] = map[bool]byte{true: 'B', false: 'A'}[block[i] == 'A']
	d = sample(t, map[SectionID]string{SecKeys: string(block)})
	require.Contains(t, codes(d.KeyFindings()), "key-damaged")
	require.True(t, d.Keys()[0].Cert.IsZero())
}

func TestSecretKeyInDocument(t *testing.T) {
	_, secret := newKey(t, "cert@team.example", 0)
	armored, err := secret.ExportUnlocked()
	require.NoError(t, err)
	d := sample(t, map[SectionID]string{SecKeys: string(armored)})
	require.Contains(t, codes(d.KeyFindings()), "secret-key")
}

func TestSignAndVerify(t *testing.T) {
	ctx := context.Background()
	e, secret := newKey(t, "cert@team.example", 0)
	d := sample(t, map[SectionID]string{SecKeys: string(secret.Cert().Armor()), SecDistribution: "- "})
	signed, err := Sign(ctx, e, d, secret)
	require.NoError(t, err)

	v, err := Verify(e, signed, []pgp.Cert{secret.Cert()}, Options{})
	require.NoError(t, err)
	require.Equal(t, pgp.Valid, pgp.Best(v.Signatures))
	require.True(t, d.Equal(v.Document))
	parsed, err := Parse(signed, Options{})
	require.NoError(t, err)
	require.True(t, d.Equal(parsed))
	require.Equal(t, SignatureUnverified, parsed.Signature.Status)
	require.True(t, strings.HasSuffix(secret.Fingerprint(), parsed.Signature.Issuer) && parsed.Signature.Issuer != "")

	// The key in the document is never trusted.
	v, err = Verify(e, signed, nil, Options{})
	require.NoError(t, err)
	require.Equal(t, pgp.UnknownKey, pgp.Best(v.Signatures))
	_, other := newKey(t, "cert@team.example", 0)
	v, err = Verify(e, signed, []pgp.Cert{other.Cert()}, Options{})
	require.NoError(t, err)
	require.Equal(t, pgp.UnknownKey, pgp.Best(v.Signatures))

	// One changed letter is bad; lost line ends or dashes are damage, not bad.
	v, err = Verify(e, []byte(strings.Replace(string(signed), "We help.", "We harm.", 1)), []pgp.Cert{secret.Cert()}, Options{})
	require.NoError(t, err)
	require.Equal(t, pgp.Bad, pgp.Best(v.Signatures))
	for _, damaged := range []string{flatten(signed), strings.ReplaceAll(string(signed), "-----BEGIN", "—–BEGIN")} {
		_, err = Verify(e, []byte(damaged), []pgp.Cert{secret.Cert()}, Options{})
		require.ErrorIs(t, err, pgp.ErrDamaged)
		p, err := Parse([]byte(damaged), Options{})
		require.NoError(t, err)
		require.Equal(t, SignatureDamaged, p.Signature.Status)
		require.Contains(t, codes(p.Findings), "signature-damaged")
	}
	_, err = Verify(e, d.Text(), nil, Options{})
	require.ErrorIs(t, err, pgp.ErrNotSigned)
	// Text around the envelope is not signed, so it must not be read.
	_, err = Verify(e, append([]byte("2.4 Telephone Number\n+1 555 0100 999\n"), signed...), []pgp.Cert{secret.Cert()}, Options{})
	require.Error(t, err)
	p, err := Parse(append([]byte("2.4 Telephone Number\n+1 555 0100 999\n"), signed...), Options{})
	require.NoError(t, err)
	require.True(t, d.Equal(p))
	require.Contains(t, codes(p.Findings), "text-outside-signature")

	// A document with errors is not signed, and no signature is made without a clock.
	_, err = Sign(ctx, e, sample(t, map[SectionID]string{SecName: "-"}), secret)
	require.ErrorIs(t, err, ErrFindings)
	_, err = Sign(ctx, &pgp.Engine{}, d, secret)
	require.Error(t, err)
}

func TestNoDocument(t *testing.T) {
	for _, s := range []string{"", "hello", "Services\nAddress\nName", strings.Repeat("x ", 1000), "<html><p>hi</p></html>"} {
		_, err := Parse([]byte(s), Options{})
		require.True(t, errors.Is(err, ErrNoDocument), s)
	}
	d, err := Parse([]byte("Our RFC 2350 description. Write to cert@team.example."), Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"no-headings"}, codes(d.Findings))
	require.Equal(t, "cert@team.example", d.Team.Emails[0].Address)
}

// BenchmarkParse reports the corpus in bytes a second; BenchmarkRead reads and
// decodes the same bytes, for comparison.
func BenchmarkParse(b *testing.B) {
	docs, size := benchDocs(b)
	b.SetBytes(size)
	for b.Loop() {
		for _, d := range docs {
			_, _ = Parse(d, Options{})
		}
	}
}

func BenchmarkRead(b *testing.B) {
	docs, size := benchDocs(b)
	b.SetBytes(size)
	for b.Loop() {
		for _, d := range docs {
			_ = decode(d, &source{})
		}
	}
}

// BenchmarkRatio reads the same documents in turns: it reports the speed of Parse as a
// part of that of decoding, over all rounds and over the best round of each document,
// which other work on the machine disturbs least.
//
// Decoding is the yardstick that the goal of 0.15 was set by, and has not changed since:
// UTF-8, UTF-16 and Latin-1 told apart, line ends and invisible characters made plain, rune
// by rune. Parse itself copies what needs no change (decodeRuns, which gives the same), so
// that decoding is a fiftieth of its time.
func BenchmarkRatio(b *testing.B) {
	docs, size := benchDocs(b)
	_, _ = Parse(docs[0], Options{}) // the vocabulary is built once
	type cost struct{ parsing, decoding time.Duration }
	var all, best cost
	least := make([]cost, len(docs))
	for b.Loop() {
		for i, d := range docs {
			const times = 5 // decoding takes about as long as one Parse, so noise hits both
			t0 := time.Now()
			_, _ = Parse(d, Options{})
			t1 := time.Now()
			for range times {
				_ = decode(d, &source{})
			}
			c := cost{t1.Sub(t0), time.Since(t1) / times}
			all.parsing, all.decoding = all.parsing+c.parsing, all.decoding+c.decoding
			if l := &least[i]; l.parsing == 0 {
				*l = c
			} else {
				l.parsing, l.decoding = min(l.parsing, c.parsing), min(l.decoding, c.decoding)
			}
		}
	}
	for _, c := range least {
		best.parsing, best.decoding = best.parsing+c.parsing, best.decoding+c.decoding
	}
	b.ReportMetric(all.decoding.Seconds()/all.parsing.Seconds(), "ratio")
	b.ReportMetric(best.decoding.Seconds()/best.parsing.Seconds(), "best-ratio")
	b.ReportMetric(float64(size)/1e6/best.parsing.Seconds(), "best-parse-MB/s")
	b.ReportMetric(float64(size)/1e6/best.decoding.Seconds(), "best-decode-MB/s")
}

// BenchmarkParseSize parses documents of growing size: the bytes a second must stay.
func BenchmarkParseSize(b *testing.B) {
	for _, n := range []int{1, 16, 256} {
		text := []byte("RFC 2350\n" + strings.Repeat("1.1 Date of Last Update\n2020-01-01 some text that goes on for a while\n", n*100))
		b.Run(itoa(len(text)>>10)+"KiB", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				_, _ = Parse(text, Options{})
			}
		})
	}
}

func benchDocs(b *testing.B) (docs [][]byte, size int64) {
	for _, d := range allDocuments(b) {
		docs = append(docs, d)
		size += int64(len(d))
	}
	rand.New(rand.NewSource(1)).Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	return docs, size
}
