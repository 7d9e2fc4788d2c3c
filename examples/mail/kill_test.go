package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process that is killed at any moment, while it takes mail in and while it sends,
// loses nothing and doubles no case; a delivery that is repeated has the same
// Message-ID. CVD_TEST_KILLS says how often, 20 times without it.
func TestKilledAtAnyMoment(t *testing.T) {
	kills := 20
	if s := os.Getenv("CVD_TEST_KILLS"); s != "" {
		var err error
		kills, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	h := newHouse(t)
	bin := filepath.Join(t.TempDir(), "mail")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	box := t.TempDir() // is emptied only of what was taken, as a mail server does
	const reports = 40
	for i := range reports {
		text := fmt.Sprintf("From: r%d@finder.example\r\nMessage-ID: <k%d@finder.example>\r\nSubject: Overflow %d\r\n\r\nFrame %d.\r\n", i, i, i, i)
		require.NoError(t, os.WriteFile(filepath.Join(box, fmt.Sprintf("%02d.eml", i)), []byte(text), 0o600))
	}
	sent := t.TempDir()
	// round runs a command, and kills it after a random part of the time that it takes.
	round := func(kill bool, args ...string) (string, bool) {
		c := exec.Command(bin, append(append([]string{args[0]}, h.args...), args[1:]...)...)
		var b strings.Builder
		c.Stdout = &b
		require.NoError(t, c.Start())
		if kill {
			timer := time.AfterFunc(time.Duration(rand.Int64N(int64(600*time.Millisecond))), func() { c.Process.Kill() })
			defer timer.Stop()
		}
		err := c.Wait() // before what it wrote is read
		return b.String(), err == nil
	}
	killed := 0
	for i := 0; ; i++ {
		kill := i < kills
		left, err := filepath.Glob(filepath.Join(box, "*.eml"))
		require.NoError(t, err)
		if i%2 == 0 && len(left) > 0 {
			batch := left[:min(len(left), 1+rand.IntN(5))]
			_, ok := round(kill, append([]string{"intake", "-json"}, batch...)...)
			if ok {
				for _, f := range batch {
					require.NoError(t, os.Remove(f))
				}
			} else {
				killed++
			}
			continue
		}
		if _, ok := round(kill, "outbox", "-out", sent, "-now", time.Now().Add(time.Duration(i)*10*time.Minute).Format(time.RFC3339)); !ok {
			killed++
		} else if len(left) == 0 && !kill {
			break
		}
	}
	t.Logf("killed %d times", killed)
	subjects := map[string]int{}
	d := json.NewDecoder(strings.NewReader(h.run("cases", "-json")))
	for d.More() {
		var c struct {
			Title    string
			Messages []struct {
				Deliveries []struct{ State string }
			}
		}
		require.NoError(t, d.Decode(&c))
		subjects[c.Title]++
	}
	require.Len(t, subjects, reports, "nothing is lost")
	for s, n := range subjects {
		require.Equal(t, 1, n, "%s: no case is doubled", s)
	}
	mails, err := filepath.Glob(filepath.Join(sent, "*.eml"))
	require.NoError(t, err)
	require.Len(t, mails, reports, "one receipt for each, by Message-ID")
}
