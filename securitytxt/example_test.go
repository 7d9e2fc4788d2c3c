package securitytxt_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/cvdkit/cvdkit/securitytxt"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// Say what is wrong with a file, where, and how to mend it.
func ExampleParse() {
	doc, err := securitytxt.Parse([]byte("Contact: security@example.com\nExpires: 2027-02-30T00:00:00Z\n"))
	if err != nil {
		fmt.Println(err) // only past the limits
		return
	}
	findings := doc.Check(securitytxt.CheckOptions{Now: now})
	fmt.Println("valid:", securitytxt.Valid(findings))
	for _, f := range findings {
		fmt.Println(f.Line, f.Code, f.Severity(), f.Rule().Hint)
	}
	// Output:
	// valid: false
	// 1 no_uri error Begin it with https:, mailto: or tel:.
	// 2 invalid_expiry error Write it like 2030-12-31T23:00:00Z.
	// 0 not_signed warning Sign it with OpenPGP.
}

// Read a large file that you wrote yourself.
func ExampleLimits_Parse() {
	_, err := securitytxt.Limits{Lines: 1}.Parse([]byte("# one\n# two\n"))
	fmt.Println(err)
	// Output: securitytxt: file is past the limit of 1 (too_many_lines)
}

// Check a file against the address where it was found.
func ExampleDocument_Check() {
	doc, _ := securitytxt.Parse([]byte("Contact: tel:+1-201-555-0123\nExpires: 2027-01-01T00:00:00Z\n" +
		"Canonical: https://example.com/.well-known/security.txt\n"))
	for _, from := range []string{"https://EXAMPLE.com:443/.well-known/security.txt", "https://example.org/.well-known/security.txt"} {
		fmt.Println(securitytxt.Valid(doc.Check(securitytxt.CheckOptions{Now: now, RetrievedFrom: []string{from}})))
	}
	// Output:
	// true
	// false
}

// Write a file. What would not parse back is refused.
func ExampleFile_AppendText() {
	file := securitytxt.File{
		Contact:            []string{"https://example.com/report", "mailto:security@example.com"},
		Expires:            now.AddDate(0, 6, 0),
		PreferredLanguages: []string{"en", "fr"},
	}
	text, err := file.AppendText(nil)
	fmt.Print(string(text))
	fmt.Println(err)
	file.Contact = append(file.Contact, "a@example.com")
	_, err = file.AppendText(nil)
	fmt.Println(err)
	// Output:
	// Contact: https://example.com/report
	// Contact: mailto:security@example.com
	// Expires: 2027-05-01T12:00:00Z
	// Preferred-Languages: en, fr
	// <nil>
	// securitytxt: no_uri (RFC 9116 2.5): The value is not a URI: it has no scheme.
}

// Mend what is mechanical; every other byte stays.
func ExampleDocument_Fix() {
	doc, _ := securitytxt.Parse([]byte("# ours\nContact:a@example.com\nExpires : 2027-01-01 00:00:00Z"))
	text, mended, err := doc.Fix(securitytxt.FixOptions{})
	fmt.Print(string(text))
	fmt.Println(len(mended), err)
	// Output:
	// # ours
	// Contact: mailto:a@example.com
	// Expires: 2027-01-01T00:00:00Z
	// 5 <nil>
}

// Sign a file. The result is parsed again before it is returned, so a Signer that
// does not do its work shows. See examples/securitytxt for one made of package pgp.
func ExampleSign() {
	lazy := securitytxt.SignerFunc(func(_ context.Context, text []byte) ([]byte, error) { return text, nil })
	_, err := securitytxt.Sign(context.Background(), []byte("Contact: https://example.com/report\nExpires: 2027-02-01T00:00:00Z\n"), lazy, securitytxt.SignOptions{Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
	fmt.Println(err)
	_, err = securitytxt.Sign(context.Background(), []byte("Contact: http://example.com/report\n"), lazy, securitytxt.SignOptions{Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
	fmt.Println(err)
	// Output:
	// securitytxt: sign: the signer changed the text
	// securitytxt: no_https in line 1 (RFC 9116 2.5): A web address does not begin with https://.
}

// A Verifier decides; without it a signed file is only parsed. The example's
// Verifier knows no key. See examples/securitytxt for one made of package pgp.
func ExampleDocument_Verify() {
	file, err := os.ReadFile("testdata/signed.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, _ := securitytxt.Parse(file)
	none := securitytxt.VerifierFunc(func(context.Context, []byte) ([]byte, securitytxt.Signature, error) {
		return nil, securitytxt.Signature{Status: securitytxt.StatusUnknownKey}, nil
	})
	v, err := doc.Verify(context.Background(), none)
	fmt.Println(v.Signature.Status, v.Findings[0].Code, len(v.File.Contact), err)
	// Output: unknown_key sig_unknown_key 0 <nil>
}

// Retrieve the file of a host. This one leads to an address that is not public.
func ExampleFetcher_Fetch() {
	f := &securitytxt.Fetcher{Now: time.Now}
	_, err := f.Fetch(context.Background(), "169.254.169.254")
	fmt.Println(err)
	// Output: securitytxt: fetch: Get "https://169.254.169.254/.well-known/security.txt": dial tcp 169.254.169.254:443: guard: address is not public
}

// Serve a file that renews itself.
func ExampleNewHandler() {
	source := securitytxt.Template{
		File: securitytxt.File{Contact: []string{"https://example.com/report"}},
		Now:  func() time.Time { return now },
	}
	h, err := securitytxt.NewHandler(context.Background(), source, securitytxt.HandlerOptions{Now: source.Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle(securitytxt.WellKnownPath, h)
	mux.Handle(securitytxt.TopLevelPath, h)

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", securitytxt.WellKnownPath, nil))
	fmt.Print(w.Body.String())
	fmt.Println(w.Header().Get("Cache-Control"))
	// Output:
	// Contact: https://example.com/report
	// Expires: 2027-01-30T12:00:00Z
	// public, max-age=86400
}
