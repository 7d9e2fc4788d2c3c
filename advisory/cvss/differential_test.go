package cvss_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	gocvss20 "github.com/pandatix/go-cvss/20"
	gocvss30 "github.com/pandatix/go-cvss/30"
	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/cvss"
)

const (
	base2 = "AV:L,A,N AC:H,M,L Au:M,S,N C:N,P,C I:N,P,C A:N,P,C"
	base4 = "AV:N,A,L,P AC:L,H AT:N,P PR:N,L,H UI:N,P,A VC:H,L,N VI:H,L,N VA:H,L,N SC:H,L,N SI:H,L,N SA:H,L,N"
)

// golden compares got with a file of testdata. CVSS_UPDATE=1 writes the file anew.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("CVSS_UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	if !bytes.Equal(want, got) {
		t.Errorf("the differences from go-cvss are not those of %s: if upstream was corrected, "+
			"shorten the list (CVSS_UPDATE=1) and the sentence in doc.go", path)
	}
}

// Every base vector of 4.0: the differences from go-cvss are exactly the known
// ones, and each is 0.1 in the same direction.
func TestVersion4AgainstUpstream(t *testing.T) {
	var diff bytes.Buffer
	n, different := 0, 0
	each(base4, func(text string, _ map[string]string) {
		n++
		text = "CVSS:4.0/" + text
		v, err := cvss.Parse(text)
		require.NoError(t, err)
		p, err := gocvss40.ParseVector(text)
		require.NoError(t, err)
		ours, theirs := tenths(v.BaseScore()), tenths(p.Score())
		if ours != theirs {
			different++
			require.Equal(t, theirs+1, ours, text)
			fmt.Fprintf(&diff, "%s %.1f %.1f\n", text, v.BaseScore(), p.Score())
		}
		require.Equal(t, v.BaseScore(), v.Score())
	})
	require.Equal(t, 104976, n)
	require.Equal(t, 450, different)
	golden(t, "go-cvss-v4.txt", diff.Bytes())
}

// The base scores of 2.0 agree with go-cvss; its temporal scores differ where the
// exact product ends on a half.
func TestVersion2AgainstUpstream(t *testing.T) {
	var diff bytes.Buffer
	seen := map[string]bool{}
	n := 0
	each(base2, func(text string, _ map[string]string) {
		n++
		v, err := cvss.Parse(text)
		require.NoError(t, err)
		p, err := gocvss20.ParseVector(text)
		require.NoError(t, err)
		require.Equal(t, tenths(p.BaseScore()), tenths(v.BaseScore()), text)
		if b := fmt.Sprint(v.BaseScore()); !seen[b] { // the temporal score depends on it alone
			seen[b] = true
			each("E:U,POC,F,H,ND RL:OF,TF,W,U,ND RC:UC,UR,C,ND", func(soft string, _ map[string]string) {
				v, err := cvss.Parse(text + "/" + soft)
				require.NoError(t, err)
				p, err := gocvss20.ParseVector(text + "/" + soft)
				require.NoError(t, err)
				ours, ok := v.TemporalScore()
				require.Equal(t, soft != "E:ND/RL:ND/RC:ND", ok)
				if ok && tenths(ours) != tenths(p.TemporalScore()) {
					require.Equal(t, tenths(p.TemporalScore())+1, tenths(ours), v)
					fmt.Fprintf(&diff, "%s %.1f %.1f\n", v, ours, p.TemporalScore())
				}
			})
		}
	})
	require.Equal(t, 729, n)
	golden(t, "go-cvss-v2-temporal.txt", diff.Bytes())
}

// What Parse accepts is what go-cvss accepts, and nothing panics.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"AV:N/AC:L/Au:N/C:C/I:C/A:C", "AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.0/A:H/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/E:X",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A/MSI:S/U:Amber",
		"CVSS:4.0/", "CVSS:", "", "/", "CVSS:3.1/AV:N/", "AV:N:N",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := cvss.Parse(s)
		var e20, e30, e31, e40 error
		_, e20 = gocvss20.ParseVector(s)
		_, e30 = gocvss30.ParseVector(s)
		_, e31 = gocvss31.ParseVector(s)
		_, e40 = gocvss40.ParseVector(s)
		if accepted := e20 == nil || e30 == nil || e31 == nil || e40 == nil; accepted != (err == nil) {
			t.Fatalf("%q: %v; go-cvss: %v, %v, %v, %v", s, err, e20, e30, e31, e40)
		}
		if err != nil {
			var e *cvss.Error
			require.ErrorAs(t, err, &e)
			require.ErrorIs(t, err, cvss.ErrMalformed)
			require.True(t, e.Offset >= 0 && e.Offset <= len(s))
			return
		}
		for _, score := range []float64{v.Score(), v.BaseScore()} {
			require.True(t, score >= 0 && score <= 10)
		}
		c, err := cvss.Parse(v.Canonical())
		require.NoError(t, err)
		require.Equal(t, c.Canonical(), v.Canonical())
		require.Equal(t, c.Score(), v.Score())
		require.Equal(t, c.Metrics(), v.Metrics())
	})
}
