package sqltest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

const commandsEach = 50

// childCommands writes notes to the only case, as an actor of its own.
func childCommands(t *testing.T, path string) {
	_, s := openFile(t, path)
	svc := newService(t, s)
	heads, err := s.Heads(t.Context(), storage.Query{Limit: 2})
	if err != nil || len(heads) != 1 {
		t.Fatal(err, heads)
	}
	name := os.Getenv("CVD_CHILD_NAME")
	fmt.Println("ready")
	bufio.NewScanner(os.Stdin).Scan()
	for n := range commandsEach {
		text := cvd.Private(fmt.Sprintf("note %d of %s", n, name))
		if _, err := svc.Do(t.Context(), heads[0].ID, cvd.By{Actor: cvd.Private(name)}, cvd.PostMessage{Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Println("done")
}

// TestServiceProcessesContend gives 400 commands on one case from 8 processes
// at once, whose connections have no busy timeout. All of them succeed, and each
// is in the log once.
func TestServiceProcessesContend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.db")
	db, s := openFile(t, path)
	svc := newService(t, s)
	before := do(t, svc, cvd.CaseID{}, report(1))
	var ins []io.WriteCloser
	var outs []*bufio.Scanner
	for i := range contenders {
		cmd, in, out := serviceChild(t, "service", path, fmt.Sprint("CVD_CHILD_NAME=c", i))
		t.Cleanup(func() {
			in.Close()
			cmd.Wait()
		})
		started(t, out)
		ins, outs = append(ins, in), append(outs, out)
	}
	for _, in := range ins {
		fmt.Fprintln(in, "go")
	}
	for i, out := range outs {
		for out.Scan() && out.Text() != "done" {
			t.Errorf("process %d: %s", i, out.Text())
		}
		if out.Text() != "done" {
			t.Fatalf("process %d ended before it was done", i)
		}
	}
	after := view(t, newService(t, s), before.ID) // verifies the chain and all private parts
	notes := map[cvd.Private]int{}
	for _, m := range after.Messages {
		if m.Purpose == cvd.PurposeNote {
			notes[m.Text]++
		}
	}
	for i := range contenders {
		for n := range commandsEach {
			if text := cvd.Private(fmt.Sprintf("note %d of c%d", n, i)); notes[text] != 1 {
				t.Errorf("process %d, command %d: %d times in the log", i, n, notes[text])
			}
		}
	}
	// Each command is one record, and each actor is introduced once.
	const all = contenders * commandsEach
	want := int(before.Seq) + all + contenders
	if got := number(t, db, "SELECT count(*) FROM cvd_records"); got != want || int(after.Seq) != want || len(notes) != all {
		t.Errorf("%d records, version %d, %d notes; there should be %d records and %d notes", got, after.Seq, len(notes), want, all)
	}
}
