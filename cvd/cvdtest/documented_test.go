package cvdtest

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var updateRules = flag.Bool("update-rules", false, "write the rules of each suite into its doc comment")

// documented is a suite whose doc comment lists its rules.
type documented struct {
	file, function string
	rules          []string // lines of the list
}

func listed[T any](file, function string, rules []rule[T]) documented {
	x := documented{file: file, function: function}
	for _, r := range rules {
		x.rules = append(x.rules, "//   - "+r.name+": "+r.says)
	}
	return x
}

// in returns the source with the list behind the first paragraph of the comment.
func (x documented) in(source string) (string, error) {
	before, after, found := strings.Cut(source, "\nfunc "+x.function+"(")
	begin := strings.LastIndex(before, "\n\n")
	if !found || begin < 0 {
		return "", fmt.Errorf("%s has no %s with a comment", x.file, x.function)
	}
	head := before[:begin+2]
	says, _, _ := strings.Cut(before[begin+2:], "\n//\n// Its rules:\n")
	return head + says + "\n//\n// Its rules:\n" + strings.Join(x.rules, "\n") + "\nfunc " + x.function + "(" + after, nil
}

// The documentation of each suite says each of its rules.
func TestRulesAreDocumented(t *testing.T) {
	for _, x := range []documented{
		listed("store.go", "TestStore", storeRules()), listed("state.go", "TestState", stateRules), listed("blob.go", "TestBlobStore", blobRules),
		listed("inspector.go", "TestInspector", inspectorRules), listed("sealer.go", "TestSealer", sealerRules), listed("transport.go", "TestTransport", transportRules),
	} {
		source, err := os.ReadFile(x.file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := x.in(string(source))
		if err != nil {
			t.Fatal(err)
		}
		if *updateRules {
			if err := os.WriteFile(x.file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if want != string(source) {
			t.Errorf("the comment of %s does not list its rules as they are: run this test with -update-rules", x.function)
		}
	}
}
