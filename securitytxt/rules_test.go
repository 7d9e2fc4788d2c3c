package securitytxt

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const wellKnown = "https://example.com/.well-known/security.txt"

// A ruleCase is a file with a fault and one that is as near as can be without.
// Rule counts as on the design page; line is where the fault must be reported.
type ruleCase struct {
	rule      int
	code      Code
	line      int
	bad, good string
	from      string
}

// with adds lines to the base file; the first of them is line 3.
func with(lines ...string) string { return base + strings.Join(lines, "\n") + "\n" }

var ruleCases = []ruleCase{
	{1, CodeBOMInFile, 1, "\ufeff" + base, base, ""},
	{1, CodeUTF8, 3, with("# caf\xe9"), with("# café"), ""},
	{1, CodeNotNFC, 3, with("# cafe\u0301"), with("# café"), ""},
	{1, CodeNotNFC, 3, with("# \u1100\u1161"), with("# \uac00"), ""},
	{1, CodeNotNFC, 3, with("# \uac00\u11a8"), with("# \uac01\u11a8"), ""},
	{1, CodeNotNFC, 3, with("# x\u0301 e\u0301"), with("# x\u0301 é"), ""}, // Unicode has no ẋ with acute
	{2, CodeNoLineSeparators, 3, base + "# end", base + "# end\n", ""},
	{2, CodeNoLineSeparators, 3, base + "  ", base + "  \r\n", ""},
	{2, CodeBareCR, 3, with("# one\rContact: mailto:evil@example.com"), with("# one\r", "# two"), ""},
	{2, CodeBareCR, 3, with("Policy: https://example.com/p\r\r"), with("Policy: https://example.com/p\r"), ""},
	{2, CodeCtlChar, 3, with("Policy: https://example.com/p\u0085Hiring: https://example.com/h"), with("Policy: https://example.com/p"), ""},
	{2, CodeInvalidURI, 3, with("Policy: https://example.com/p\u2028Hiring: https://example.com/h"), with("Policy: https://example.com/p"), ""},
	{3, CodeCtlChar, 3, with("# \x1b[31mred"), with("# \tnot red"), ""},
	{3, CodeCtlChar, 3, with("# \x7f"), with("# ~"), ""},
	{3, CodeInvalidLine, 3, with(" # indented"), with("# not"), ""},
	{4, CodeInvalidLine, 3, with("no colon"), with("X-Colon: yes"), ""},
	{4, CodeInvalidLine, 3, with("PGP Key: 1"), with("PGP-Key: 1"), ""},
	{4, CodeInvalidLine, 3, with("Clé: 1"), with("Cle: 1"), ""},
	{4, CodeInvalidLine, 3, with("\u00a0"), with(" \t"), ""}, // NBSP is not blank
	{4, CodePrecWS, 3, with("Policy : https://example.com/p"), with("policy: https://example.com/p"), ""},
	{4, CodeNoSpace, 3, with("Policy:https://example.com/p"), with("POLICY: https://example.com/p"), ""},
	{4, CodeNoSpace, 3, with("Policy:\thttps://example.com/p"), with("Policy: https://example.com/p \t"), ""},
	{4, CodeEmptyKey, 3, with(": value"), with("X: value"), ""},
	{4, CodeEmptyValue, 3, with("Policy: "), with("# Policy: "), ""},
	{5, CodeInvalidURI, 3, with("Policy: https://example.com/a, https://example.com/b"), with("Policy: https://example.com/a", "Policy: https://example.com/b"), ""},
	{6, CodeUnknownField, 3, with("Polycy: https://example.com/p"), with("pOLICY: https://example.com/p"), ""},
	{7, CodeNoContact, 0, "Expires: 2027-02-01T00:00:00Z\n", base, ""},
	{7, CodeNoContact, 0, "Contact:\nExpires: 2027-02-01T00:00:00Z\n", base, ""},
	{7, CodeNoURI, 3, with("Contact: security@example.com"), with("Contact: mailto:security@example.com"), ""},
	{7, CodeNoURI, 3, with("Contact: +1 201 555 0123"), with("Contact: tel:+1-201-555-0123"), ""},
	{7, CodeInvalidURI, 3, with("Contact: mailto:security at example.com"), with("Contact: mailto:a@example.com,b@example.com"), ""},
	{7, CodeInvalidURI, 3, with("Contact: mailto:nobody"), with("Contact: mailto:%22some%40body%22@example.com?subject=a%20b"), ""},
	{8, CodeNoHTTPS, 3, with("Policy: http://example.com/p"), with("Policy: HTTPS://example.com/p"), ""},
	{8, CodeInvalidURI, 3, with("Policy: https:///p"), with("Policy: https://h/p"), ""},
	{8, CodeNoHTTPS, 3, with("Policy: https:x"), with("Policy: xmpp:x@example.com"), ""},
	{9, CodeNoExpire, 0, "Contact: https://example.com/\n", base, ""},
	{9, CodeMultiExpire, 3, with("Expires: 2027-02-01T00:00:00Z"), base, ""},
	{9, CodeInvalidExpiry, 2, "Contact: tel:+1\nExpires: 2027-02-01 00:00:00Z\n", "Contact: tel:+1\nExpires: 2027-02-01t00:00:00z\n", ""},
	{9, CodeExpired, 2, "Contact: tel:+1\nExpires: 2026-11-01T11:59:59Z\n", "Contact: tel:+1\nExpires: 2026-11-01T12:00:01Z\n", ""},
	{9, CodeExpired, 2, "Contact: tel:+1\nExpires: 0001-01-01T00:00:00Z\n", base, ""},
	{9, CodeExpired, 2, "Contact: tel:+1\nExpires: 2026-01-01T00:00:00Z\nExpires: 2027-01-01T00:00:00Z\n", base, ""},
	{9, CodeLongExpiry, 2, "Contact: tel:+1\nExpires: 2027-11-01T12:00:01Z\n", "Contact: tel:+1\nExpires: 2027-11-01T12:00:00Z\n", ""},
	{10, CodeMultiLang, 4, with("Preferred-Languages: en", "Preferred-Languages: de"), with("Preferred-Languages: en, de"), ""},
	{10, CodeInvalidLang, 3, with("Preferred-Languages: en_US"), with("Preferred-Languages: en-US"), ""},
	{10, CodeInvalidLang, 3, with("Preferred-Languages: en,,de"), with("Preferred-Languages: en\t,de"), ""},
	{11, CodeKeyInEncryption, 3, with("Encryption: data:application/pgp-keys;base64,mDME"), with("Encryption: https://example.com/key"), ""},
	{11, CodeKeyInEncryption, 3, with("Encryption: -----BEGIN PGP PUBLIC KEY BLOCK-----"), with("Encryption: dns:5d2d._openpgpkey.example.com?type=OPENPGPKEY"), ""},
	{11, CodeInvalidURI, 3, with("Encryption: openpgp4fpr:5f2d"), with("Encryption: openpgp4fpr:5f2de5521c63a801ab59ccb603d49de44b29100f"), ""},
	{11, CodeNoEncryption, 0, with("Contact: mailto:a@example.com"), with("Contact: mailto:a@example.com", "Encryption: https://example.com/key"), ""},
	{12, CodeNoCanonicalMatch, 3, with("Canonical: https://example.org/.well-known/security.txt"), with("Canonical: HTTPS://Example.COM:443/%2Ewell-known/security.txt"), wellKnown},
	{13, CodeNotSigned, 0, base, "", ""},
	{15, CodeLocation, 0, base, "", "https://example.com/security.txt"},
	{16, CodeInvalidURIScheme, 0, base, "", "http://example.com/.well-known/security.txt"},
	{20, CodeTooLarge, 0, with(strings.Repeat("#"+strings.Repeat("x", 99)+"\n", 327)), with(strings.Repeat("#"+strings.Repeat("x", 99)+"\n", 323)), ""},
	{20, CodeTooManyLines, 1001, base + strings.Repeat("\n", 999), base + strings.Repeat("\n", 998), ""},
	{20, CodeFieldTooLong, 3, with("X: " + strings.Repeat("é", 2046)), with("X: " + strings.Repeat("é", 2045)), ""},
	{21, CodeUnregisteredWellKnown, 3, with("Encryption: https://example.com/.well-known/pgp-key.txt"), with("Encryption: https://example.com/.well-known/openpgpkey/hu/abc"), ""},
	{22, CodeNoCSAFFile, 3, with("CSAF: https://example.com/.well-known/csaf/"), with("CSAF: https://example.com/.well-known/csaf/provider-metadata.json"), ""},
	{22, CodeNoHTTPS, 3, with("CSAF: ftp://example.com/provider-metadata.json"), with("CSAF: https://example.com/provider-metadata.json"), ""},
	{22, CodeMultipleCSAFFields, 4, with("CSAF: https://example.com/a/provider-metadata.json", "CSAF: https://example.com/b/provider-metadata.json"), with("CSAF: https://example.com/a/provider-metadata.json"), ""},
	{22, CodeMultiBugBounty, 4, with("Bug-Bounty: True", "Bug-Bounty: True"), with("Bug-Bounty: True"), ""},
	{22, CodeInvalidBugBounty, 3, with("Bug-Bounty: yes"), with("Bug-Bounty: False"), ""},
}

func TestRules(t *testing.T) {
	for i, c := range ruleCases {
		t.Run(fmt.Sprintf("rule %d/%s/%d", c.rule, c.code, i), func(t *testing.T) {
			var from []string
			if c.from != "" {
				from = append(from, c.from)
			}
			f := wantCode(t, check(t, c.bad, from...), c.code)
			require.Equal(t, c.line, f.Line)
			good := check(t, c.good, from...)
			if c.good == "" { // the fault is in the surroundings
				good = check(t, signed(t, base), wellKnown)
			}
			noCode(t, good, c.code)
			if c.good != "" {
				require.True(t, Valid(good), "%v", codes(good))
			}
			require.Equal(t, c.code.Rule().Severity != SeverityError, Valid(check(t, c.bad, from...)), "only errors make a file invalid")
		})
	}
}

// Rules 13 and 14 are about signed files.
func TestRulesOfTheSignedForm(t *testing.T) {
	good := signed(t, base+"Canonical: "+wellKnown+"\n- dashed\n")
	good = strings.Replace(good, "- - dashed\n", "# - dashed\n", 1)
	require.Empty(t, check(t, good), "a signed file with Canonical is without any finding")
	sign := func(f fakePGP) string {
		f.key = "k"
		b, err := f.SignCleartext(t.Context(), []byte(base))
		require.NoError(t, err)
		return string(b)
	}
	swap := func(old, new string) string {
		out := strings.Replace(good, old, new, 1)
		require.NotEqual(t, good, out)
		return out
	}
	for _, c := range []struct {
		name string
		code Code
		line int
		file string
	}{
		{"text before", CodeSignedFormatIssue, 2, "# first\n" + good},
		{"field before", CodeSignedFormatIssue, 2, "Contact: mailto:evil@example.com\n" + good},
		{"blanks after BEGIN", CodeSignedFormatIssue, 1, swap(beginMessage, beginMessage+" ")},
		{"separator of blanks", CodeSignedFormatIssue, 3, swap("SHA512\n\n", "SHA512\n \n")},
		{"no blank line before the armor", CodeSignedFormatIssue, 9, swap(beginSignature+"\n\n", beginSignature+"\n")},
		{"undashed line", CodeSignedFormatIssue, 4, swap("Contact", "-X: y\nContact")},
		{"envelope in envelope", CodeSignedFormatIssue, 4, swap("Contact", beginMessage+"\nContact")},
		{"no END", CodeSignedFormatIssue, 1, swap(endSignature+"\n", "")},
		{"no signature", CodeSignedFormatIssue, 1, good[:strings.Index(good, beginSignature)]},
		{"signature in the headers", CodeSignedFormatIssue, 3, beginMessage + "\nHash: SHA512\n" + beginSignature + "\n\nAAAA\n" + endSignature + "\n"},
		{"field between the headers", CodeArmorHeader, 3, swap("SHA512\n", "SHA512\nContact: mailto:evil@example.com\n")},
		{"header in lower case", CodeArmorHeader, 2, swap("Hash:", "hash:")},
		{"Version in the headers", CodeArmorHeader, 2, swap("Hash:", "Version: 1\nHash:")},
		{"no Hash", CodeHashHeader, 2, swap("Hash: SHA512\n", "")},
		{"wrong Hash", CodeHashHeader, 2, swap("SHA512", "SHA256")},
		{"Hash in lower case", CodeHashHeader, 2, swap("SHA512", "sha512")},
		{"hash of an unknown number", CodeHashHeader, 2, sign(fakePGP{hash: 32 + 8, header: "Hash: SHA256\n"})},
		{"unknown Hash", CodeHashHeader, 2, swap("SHA512", "SHA512,CRC32")},
		{"field after", CodeDataAfterSig, 12, good + "Contact: mailto:evil@example.com\n"},
		{"second message", CodeDataAfterSig, 12, good + good},
		{"blank line after", CodeTooManyLineSeparators, 12, good + "\n"},
		{"not base64", CodePGPError, 10, swap("wiwE", "!!!!")},
		{"no data", CodePGPError, 10, good[:strings.Index(good, "wi")] + endSignature + "\n"},
		{"armor ends at once", CodePGPError, 9, good[:strings.Index(good, "\nwi")] + endSignature + "\n"},
		{"not a signature", CodePGPSignatureError, 10, swap("wiwE", "yiwE")},
		{"packet cut short", CodePGPSignatureError, 10, swap("wiwE", "wv8E")},
		{"MD5", CodeSigWeakHash, 8, sign(fakePGP{hash: 1})},
		{"SHA-1", CodeSigWeakHash, 9, sign(fakePGP{hash: 2, header: "Hash: SHA512\nHash: SHA1\n"})},
		{"SHA-1 under another name", CodeSigWeakHash, 8, sign(fakePGP{hash: 2, header: "Hash: SHA512\n"})},
		{"SHA-1 of version 3", CodeSigWeakHash, 8, sign(fakePGP{hash: 2, version: 3})},
		{"no Canonical", CodeNoCanonical, 0, signed(t, base)},
	} {
		t.Run(c.name, func(t *testing.T) {
			fs := check(t, c.file)
			f := wantCode(t, fs, c.code)
			require.Equal(t, c.line, f.Line)
			d, err := Parse([]byte(c.file))
			require.NoError(t, err)
			require.True(t, d.Signed())
			require.NotContains(t, fmt.Sprint(d.File), "evil", "a field from outside the signature")
			if c.code == CodeNoCanonical || c.code == CodeTooManyLineSeparators {
				return
			}
			require.False(t, Valid(fs))
			v, err := d.Verify(t.Context(), fakePGP{key: "k"})
			require.NoError(t, err)
			require.Equal(t, StatusBad, v.Signature.Status, "a broken envelope must not verify")
			require.Empty(t, v.File.Contact)
		})
	}
	t.Run("what is allowed", func(t *testing.T) {
		for name, file := range map[string]string{
			"CRLF":              strings.ReplaceAll(good, "\n", "\r\n"),
			"armor keys":        swap(beginSignature+"\n", beginSignature+"\nVersion: GnuPG v1\nComment: x\n"),
			"two hashes":        swap("SHA512", "SHA256, SHA512"),
			"checksum":          swap(endSignature, "=AAAA\n"+endSignature),
			"version 6 no Hash": strings.Replace(sign(fakePGP{version: 6, header: "Hash: SHA512\n"}), "Hash: SHA512\n", "", 1),
			"dash-escaped":      signed(t, base+"#\n-X: 1\n"),
		} {
			fs := slices.DeleteFunc(check(t, file), func(f Finding) bool { return f.Severity() != SeverityError })
			require.Empty(t, fs, name)
		}
	})
}

func TestTableIsWhole(t *testing.T) {
	seen := map[Code]bool{}
	for _, r := range Rules() {
		require.False(t, seen[r.Code], "%s is there twice", r.Code)
		seen[r.Code] = true
		require.NotEmpty(t, r.Section, r.Code)
		require.NotEmpty(t, r.Message, r.Code)
		require.NotEmpty(t, r.Hint, r.Code)
		require.Contains(t, []Severity{SeverityError, SeverityWarning, SeverityNotice}, r.Severity)
		require.Equal(t, r, r.Code.Rule())
	}
	require.Equal(t, SeverityError, Code("nonsense").Rule().Severity)
	Rules()[0].Hint = "changed"
	require.NotEqual(t, "changed", Rules()[0].Hint)
	require.True(t, slices.IsSorted(wellKnownNames))
	require.True(t, slices.IsSortedFunc(compositions, func(a, b composition) int { return int(a.mark - b.mark) }))
}

func TestFindingJSON(t *testing.T) {
	b, err := json.Marshal(Finding{Code: CodeNoHTTPS, Line: 3, Field: "Policy"})
	require.NoError(t, err)
	require.JSONEq(t, `{"code":"no_https","severity":"error","line":3,"field":"Policy",
		"section":"RFC 9116 2.5","message":"A web address does not begin with https://.","hint":"Use https."}`, string(b))
}
