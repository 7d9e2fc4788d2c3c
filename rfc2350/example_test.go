package rfc2350_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/rfc2350"
)

const page = `RFC 2350 description of the Sample Team

1. Document Information
1.1 Date of Last Update
Version 1.2, published 2nd of March 2026.
2. Contact Information
2.1 Name of the Team
Sample Team
2.3 Time Zone
Europe/Berlin (GMT+0100, GMT+0200 in summer)
2.4 Telephone Number
+49 (0)30 123456-0
2.7 Electronic Mail Address
Incident reports: cert (at) team (dot) example
4.2 Co-operation, Interaction and Disclosure of Information
Vulnerabilities are published after 30 days, which may be extended to 90 days.
`

func ExampleParse() {
	d, err := rfc2350.Parse([]byte(page), rfc2350.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Team.Name, d.Version, d.Updated)
	fmt.Println(d.Team.Phones[0].E164, d.Team.Emails[0].Address, d.Team.Emails[0].Role)
	fmt.Println(d.Disclosure.Days, d.Disclosure.MaxDays)
	// Output:
	// Sample Team 1.2 2026-03-02
	// +49301234560 cert@team.example incident
	// 30 90
}

func ExampleDocument_Check() {
	d, err := rfc2350.Parse([]byte(page), rfc2350.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, f := range d.Check(rfc2350.RFC, now) {
		fmt.Printf("%s: %s (%s)\n", f.Severity, f.Code, f.Source)
	}
	// Output:
	// error: no-constituency (RFC 2350 section 3.3.2)
	// warning: no-mission (RFC 2350 section 3.3.1)
	// warning: no-authority (RFC 2350 section 3.3.4)
	// warning: no-key (RFC 2350 section 3.4.3)
	// info: no-hours (RFC 2350 section 3.2)
	// info: no-affiliation (RFC 2350 section 3.3.3)
	// info: no-support-level (RFC 2350 section 3.4.1)
	// info: no-communication (RFC 2350 section 3.4.3)
	// warning: no-services (RFC 2350 section 3.5)
	// info: no-forms (RFC 2350 section 3.6)
	// info: no-disclaimer (RFC 2350 section 3.7)
	// info: unsigned (RFC 2350 section 3.1)
}

func ExampleFindDisclosure() {
	d, _ := rfc2350.FindDisclosure("We answer within two business days. Details are published after 45 days at the latest.")
	fmt.Println(d.Days, d.MaxDays)
	// Output: 0 45
}

func ExampleCompose() {
	d, err := rfc2350.Compose([]string{"RFC 2350"}, []rfc2350.Section{
		{Number: "1", Title: "Document Information"},
		{Number: "1.1", Title: "Date of Last Update", Body: "2026-11-22"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range strings.Split(string(d.Text()), "\n") {
		if line != "" {
			fmt.Printf("%q\n", line)
		}
	}
	// Output:
	// "    RFC 2350"
	// "1 Document Information"
	// "1.1 Date of Last Update"
	// "    2026-11-22"
}

func ExampleDocument_HTML() {
	d, err := rfc2350.Parse([]byte(page), rfc2350.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	html := string(d.HTML())
	fmt.Println(strings.Contains(html, "<h3><span class=\"no\">2.4</span> Telephone Number</h3>"))
	fmt.Println(strings.Contains(html, `<a href="tel:+49301234560"`))
	// Output:
	// true
	// true
}

func ExampleVerify() {
	now := func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }
	engine := &pgp.Engine{Now: now}
	key, _, err := engine.Generate(pgp.KeySpec{Name: "Sample Team", Address: "cert@team.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := rfc2350.Parse([]byte(page+"3.2 Constituency\nOur customers.\n"), rfc2350.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	signed, err := rfc2350.Sign(context.Background(), engine, d, key)
	if err != nil {
		fmt.Println(err)
		return
	}
	// The reader brings the key that it trusts.
	v, err := rfc2350.Verify(engine, signed, []pgp.Cert{key.Cert()}, rfc2350.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pgp.Best(v.Signatures), v.Document.Team.Name)
	// Output: valid Sample Team
}
