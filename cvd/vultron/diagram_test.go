package vultron_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

var stateUpdate = flag.Bool("update-states", false, "write the diagrams into docs/states.md")

const stateDoc = "../../docs/states.md"

// The diagrams in the documentation are those of the tables. After a change:
// go test ./cvd/vultron -run TestStateDoc -update-states
func TestStateDoc(t *testing.T) {
	raw, err := os.ReadFile(stateDoc)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(raw)
	for _, d := range []struct {
		name, text string
		edges      int
	}{
		{"rm", vultron.RMDiagram(), 11},
		{"em", vultron.EMDiagram(), 10},
		{"cs", vultron.CSDiagram(), 58},
		{"consent", vultron.ConsentDiagram(), 16},
	} {
		if n := strings.Count(d.text, " : "); n != d.edges {
			t.Errorf("%s: the diagram has %d labelled edges, want %d", d.name, n, d.edges)
		}
		next, err := stateEmbed(doc, d.name, d.text)
		if err != nil {
			t.Fatal(err)
		}
		if next != doc && !*stateUpdate {
			t.Errorf("%s: %s is not what the table gives; run this test with -update-states", d.name, stateDoc)
		}
		doc = next
	}
	if *stateUpdate {
		if err := os.WriteFile(stateDoc, []byte(doc), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// stateEmbed puts a diagram between the marks of its name.
func stateEmbed(doc, name, text string) (string, error) {
	start, end := "<!-- diagram: "+name+" -->\n", "<!-- end: "+name+" -->\n"
	head, rest, ok := strings.Cut(doc, start)
	if !ok {
		return "", fmt.Errorf("no mark %q", start)
	}
	_, tail, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("no mark %q", end)
	}
	return head + start + "```mermaid\n" + text + "```\n" + end + tail, nil
}

func ExampleEMDiagram() {
	fmt.Print(vultron.EMDiagram())
	// Output:
	// stateDiagram-v2
	//     [*] --> None
	//     None --> Proposed : propose
	//     Proposed --> Proposed : propose
	//     Proposed --> Active : accept
	//     Proposed --> None : reject
	//     Active --> Revise : propose
	//     Active --> Exited : terminate
	//     Revise --> Revise : propose
	//     Revise --> Active : accept
	//     Revise --> Active : reject
	//     Revise --> Exited : terminate
	//     None --> [*]
	//     Exited --> [*]
}

func ExampleRM_StepTo() {
	fmt.Println(vultron.RMReceived.StepTo(vultron.RMAccepted))
	fmt.Println(vultron.RMAccepted.StepTo(vultron.RMReceived))
	// Output:
	// forward
	// refused
}

func ExampleCSHistory_Quality() {
	h := vultron.CSHistory{vultron.VendorAware, vultron.FixReady, vultron.PublicAware}
	s, ok := h.State()
	met, missed := h.Quality()
	fmt.Println(s, ok, met, missed)
	// Output: VFdPxa true 8 1
}
