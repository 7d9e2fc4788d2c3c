package storecheck

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// FuzzStatement: what is read is written the same.
func FuzzStatement(f *testing.F) {
	f.Add(Statement{At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Cases: 3, Heads: storage.Hash{1}}.text())
	f.Add([]byte(firstLine))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseStatement(text)
		if err != nil {
			return
		}
		if again, err := parseStatement(s.text()); err != nil || again != s {
			t.Fatalf("%v %v", again, err)
		}
	})
}

// FuzzHeads: a list that is read is written the same, line by line.
func FuzzHeads(f *testing.F) {
	line := fmt.Sprintf("%s %d %s\n", cvd.CaseID{2}, 17, storage.Hash{3})
	f.Add([]byte(line))
	f.Add([]byte(line + fmt.Sprintf("%s 1 %s\n", cvd.CaseID{1}, storage.Hash{4})))
	f.Add([]byte(line + line))
	f.Add([]byte(line[:len(line)-1]))
	f.Add(bytes.Repeat([]byte("x"), 1000))
	f.Fuzz(func(t *testing.T, list []byte) {
		var out bytes.Buffer
		n, err := eachHead(bytes.NewReader(list), sha256.New(), func(id cvd.CaseID, seq cvd.Seq, tip storage.Hash) error {
			fmt.Fprintf(&out, "%s %d %s\n", id, seq, tip)
			return nil
		})
		if n != bytes.Count(out.Bytes(), []byte("\n")) || !bytes.HasPrefix(bytes.ToLower(list), out.Bytes()) || err == nil && len(list) != out.Len() {
			t.Fatalf("%d %v %q", n, err, out.Bytes())
		}
	})
}
