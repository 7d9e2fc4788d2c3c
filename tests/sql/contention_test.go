package sqltest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

const (
	contenders  = 8
	contentions = 50 // rounds; each has contenders Appends
)

// child starts this test binary again as another process.
func child(t *testing.T, role, path string) (*exec.Cmd, io.WriteCloser, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.timeout=120s")
	cmd.Env = append(os.Environ(), "CVD_CHILD="+role, "CVD_CHILD_DB="+path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, in, bufio.NewScanner(out)
}

// TestChild is what the other processes of these tests run.
func TestChild(t *testing.T) {
	path := os.Getenv("CVD_CHILD_DB")
	switch role := os.Getenv("CVD_CHILD"); role {
	case "":
		t.Skip("started by TestProcessesContend and TestKilledProcess")
	case "kill":
		childAppends(t, path)
	default:
		childContends(t, role, path)
	}
}

// childContends appends once for each line on its input and answers with the
// outcome.
func childContends(t *testing.T, name, path string) {
	_, s := openFile(t, path)
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	for seq := cvd.Seq(2); in.Scan(); seq++ {
		heads, err := s.Heads(t.Context(), storage.Query{Limit: 1})
		if err != nil || len(heads) != 1 {
			t.Fatal(err, heads)
		}
		fmt.Println("read")
		if !in.Scan() {
			return
		}
		c := step(heads[0], name)
		switch err := s.Append(t.Context(), []storage.Change{c}); {
		case err == nil:
			fmt.Println("won")
		case errors.Is(err, cvd.ErrConflict):
			fmt.Println("lost")
		default:
			fmt.Println("failed:", err)
		}
	}
}

// step is a Change of one record after a head; who makes its tip.
func step(h storage.Head, who string) storage.Change {
	c := storage.Change{ID: h.ID, After: h.Seq, Tip: h.Tip}
	c.Head = storage.Head{ID: h.ID, Seq: h.Seq + 1}
	copy(c.Head.Tip[:], fmt.Sprintf("%d %s", c.Head.Seq, who))
	c.Records = []storage.Record{{Seq: c.Head.Seq, Body: c.Head.Tip[:]}}
	return c
}

// TestProcessesContend makes 400 contended appends, of 8 processes that open
// the database without a busy timeout. All have read the same head when they
// append; then one wins and the others get only ErrConflict.
func TestProcessesContend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.db")
	_, s := openFile(t, path)
	first := step(storage.Head{ID: cvd.CaseID{1}}, "")
	first.Tip = storage.Hash{}
	if err := s.Append(t.Context(), []storage.Change{first}); err != nil {
		t.Fatal(err)
	}
	var ins []io.WriteCloser
	var outs []*bufio.Scanner
	all := func(say, want string) (answers []string) {
		for _, in := range ins {
			if say != "" {
				fmt.Fprintln(in, say)
			}
		}
		for i, out := range outs {
			if !out.Scan() {
				t.Fatalf("process %d ended", i)
			}
			if answers = append(answers, out.Text()); want != "" && out.Text() != want {
				t.Fatalf("process %d says %q instead of %q", i, out.Text(), want)
			}
		}
		return answers
	}
	for i := range contenders {
		cmd, in, out := child(t, fmt.Sprint("c", i), path)
		ins, outs = append(ins, in), append(outs, out)
		t.Cleanup(func() {
			in.Close()
			cmd.Wait()
		})
	}
	all("", "ready")
	for round := range contentions {
		all("read", "read")
		answers := strings.Join(all("append", ""), " ")
		if strings.Count(answers, "won") != 1 || strings.Count(answers, "lost") != contenders-1 {
			t.Fatalf("round %d: %s", round, answers)
		}
	}
	records, err := s.Load(t.Context(), first.ID, 0, 1000, false)
	if err != nil || len(records) != contentions+1 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	t.Logf("%d appends of %d processes: one winner in each of %d rounds", contenders*contentions, contenders, contentions)
}
