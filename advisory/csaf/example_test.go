package csaf_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// A document is checked against a preset of the standard. What needs the
// network or a dictionary is listed as not run.
func ExampleValidator_Validate() {
	text := []byte(`{
  "document": {
    "category": "csaf_base",
    "csaf_version": "2.0",
    "publisher": {"category": "vendor", "name": "Example", "namespace": "https://example.com"},
    "title": "A flaw in Product A",
    "tracking": {
      "current_release_date": "2024-01-22T10:00:00Z",
      "id": "EX-2024-1",
      "initial_release_date": "2024-01-22T10:00:00Z",
      "revision_history": [{"date": "2024-01-22T10:00:00Z", "number": "1", "summary": "First."}],
      "status": "final",
      "version": "2"
    }
  }
}`)
	var v csaf.Validator
	report, err := v.Validate(context.Background(), text, csaf.Full)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("valid:", report.Valid())
	for _, f := range report.Findings {
		fmt.Println(f.Severity, f.Test, f.Path)
	}
	fmt.Println("not run:", report.NotRun)
	// Output:
	// valid: false
	// error 6.1.16 /document/tracking/version
	// warning 6.2.10 /document/distribution/tlp/label
	// warning 6.2.11 /document/references
	// warning 6.2.12 /document/lang
	// not run: [6.3.6 6.3.7 6.3.8]
}

// A host decides how URLs are requested and what a spelling mistake is.
func ExampleValidator() {
	text, err := os.ReadFile("testdata/base21.json")
	if err != nil {
		log.Fatal(err)
	}
	v := csaf.Validator{
		CheckURL: func(_ context.Context, url string) (int, error) { return 404, nil },
		CheckSpelling: func(_ context.Context, lang, text string) ([]string, error) {
			return nil, nil
		},
	}
	report, err := v.Validate(context.Background(), text, csaf.Full)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Valid(), len(report.Findings), report.NotRun)
	// Output: true 4 [6.2.33 6.3.16]
}

// A document keeps what it held, also members that no schema has.
func ExampleParse() {
	d, err := csaf.Parse([]byte(`{"document":{"x_ours":1.50,"csaf_version":"2.1","tracking":{"id":"EX:2024/1"}}}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Version(), d.ID(), d.Filename())
	fmt.Println(d.Find("/document/x_ours").Literal())
	out, _ := d.MarshalJSON()
	fmt.Printf("%s\n", out)
	// Output:
	// 2.1 EX:2024/1 ex_2024_1.json
	// 1.50
	// {"document":{"x_ours":1.50,"csaf_version":"2.1","tracking":{"id":"EX:2024/1"}}}
}

// An upgrade says what a person should look at.
func ExampleUpgrade() {
	text, err := os.ReadFile("testdata/base20.json")
	if err != nil {
		log.Fatal(err)
	}
	old, err := csaf.Parse(text)
	if err != nil {
		log.Fatal(err)
	}
	old.Find("/document").Get("publisher").Get("category").SetText("other")
	d, warnings, err := csaf.Upgrade(old)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Version(), d.TLP())
	for _, w := range warnings {
		fmt.Println(w.Path, w.Message)
	}
	// Output:
	// 2.1 TLP:CLEAR
	// /document/publisher/category some parties of the category other are multipliers in CSAF 2.1
}

func ExampleTests() {
	for _, t := range csaf.Tests(csaf.V20)[:2] {
		fmt.Println(t.ID, t.Title)
	}
	fmt.Println(len(csaf.Tests(csaf.V20)), len(csaf.Tests(csaf.V21)))
	// Output:
	// 6.1.1 Missing Definition of Product ID
	// 6.1.2 Multiple Definition of Product ID
	// 74 177
}
