package mail

import (
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

// labels are the words by which a text names the fields that RFC 2350, section 6,
// asks for, as teams' documents list them. What a text says of a key is not among
// them: a key is never adopted from a mail.
var labels = map[string]string{
	"name": "name", "name of person": "name", "your name": "name", "reporter": "name",
	"organization": "organization", "organisation": "organization", "company": "organization",
	"name of organization": "organization", "name and address of organization": "organization",
	"address": "address", "postal address": "address",
	"phone": "phone", "telephone": "phone", "telephone number": "phone", "tel": "phone",
	"product": "products", "products": "products", "affected product": "products", "affected products": "products",
	"product name": "products", "product names and versions": "products", "product names and versions involved": "products",
	"systems affected": "products", "affected systems": "products", "version": "products", "versions": "products",
	"affected product and version": "products", "affected products and versions": "products",
	"details": "observations", "observations": "observations", "details of observations": "observations",
	"details of observations that led to discovery": "observations", "steps to reproduce": "observations",
	"disclosure": "wish", "planned disclosure": "wish", "disclosure plans": "wish",
	"credit": "credit", "credits": "credit", "credit wish": "credit", "acknowledgement": "credit", "acknowledgment": "credit",
}

// oneLine are the fields that end with their line.
var oneLine = map[string]bool{"name": true, "organization": true, "phone": true, "credit": true}

// fieldOf reads the beginning of a field: "- Product names: x".
func fieldOf(line string) (field, rest string, ok bool) {
	line = strings.TrimLeft(line, " \t-–•*#")
	name, rest, ok := strings.Cut(line, ":")
	if !ok || len(name) > 60 {
		return "", "", false
	}
	name, _, _ = strings.Cut(name, "(")
	field, ok = labels[strings.ToLower(strings.TrimSpace(name))]
	return field, strings.TrimSpace(rest), ok
}

// form fills in what the text names. The summary stays the whole text, so nothing is
// lost by what is read wrongly.
func form(x *cvd.Receive, text string) {
	found := map[string]string{}
	field := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if f, rest, ok := fieldOf(line); ok {
			field, line = f, rest
		}
		if field == "" {
			continue
		}
		if s := strings.TrimSpace(line); s != "" {
			found[field] += "\n" + s
		}
		if oneLine[field] {
			field = ""
		}
	}
	get := func(f string) cvd.Private { return cvd.Private(cut(strings.TrimPrefix(found[f], "\n"), 1<<20)) }
	x.Products, x.Observations, x.Wish = get("products"), get("observations"), get("wish")
	if x.Reporter.Name == "" {
		x.Reporter.Name = plain(string(get("name")), 1000)
	}
	x.Reporter.Organization, x.Reporter.Phone = plain(string(get("organization")), 1000), plain(string(get("phone")), 1000)
	x.Reporter.Address = get("address")
	credit(x, string(get("credit")))
}

// nobody are the words of who wants no credit.
var nobody = map[string]bool{"no": true, "none": true, "anonymous": true, "no credit": true, "not wanted": true}

// credit reads a name, also in a sentence such as: please name me as "Ann, Example".
func credit(x *cvd.Receive, wish string) {
	low := strings.ToLower(strings.Trim(wish, " ."))
	switch {
	case wish == "":
		return
	case nobody[low]:
		x.Credit = cvd.CreditAnonymous
		return
	}
	x.Credit, x.CreditName = cvd.CreditNamed, plain(wish, 1000)
	for _, marks := range []string{`""`, "“”", "„“", "«»"} {
		m := []rune(marks)
		if _, rest, ok := strings.Cut(wish, string(m[0])); ok {
			if name, _, ok := strings.Cut(rest, string(m[1])); ok && name != "" {
				x.CreditName = plain(name, 1000)
				return
			}
		}
	}
}
