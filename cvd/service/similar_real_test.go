package service_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

var sentenceEnd = regexp.MustCompile(`[.!?]\s+`)

// spoilt is a text as another reporter may have put it: in each word with the given
// chance another, without some sentences, the others in another order.
func spoilt(r *rand.Rand, text string, vocabulary []string, replaced float64, dropped int, reorder bool) string {
	sentences := sentenceEnd.Split(text, -1)
	for range dropped {
		if len(sentences) > 2 {
			i := r.IntN(len(sentences))
			sentences = append(sentences[:i], sentences[i+1:]...)
		}
	}
	if reorder {
		r.Shuffle(len(sentences), func(i, j int) { sentences[i], sentences[j] = sentences[j], sentences[i] })
	}
	words := strings.Fields(strings.Join(sentences, ". "))
	for i := range words {
		if r.Float64() < replaced {
			words[i] = vocabulary[r.IntN(len(vocabulary))]
		}
	}
	return strings.Join(words, " ")
}

// recall tells how often Similar finds the case of a text by a spoilt one, among
// its first ten.
func recall(t *testing.T, texts []string, replaced float64, dropped int, reorder bool) float64 {
	d := newDesk(t, func(c *cvd.Config) { c.Cached = 4000 })
	receive := func(text string) cvd.CaseID {
		return d.do(cvd.CaseID{}, cvd.Receive{Summary: cvd.Private(text)}).ID
	}
	vocabulary := strings.Fields(strings.Join(texts, " "))
	ids := make([]cvd.CaseID, len(texts))
	for i, text := range texts {
		ids[i] = receive(text)
	}
	r := rand.New(rand.NewPCG(3, 4))
	asked, found := 0, 0
	for i := 0; i < len(texts); i += max(1, len(texts)/300) {
		if len(strings.Fields(texts[i])) < 8 {
			continue // too short to compare
		}
		id := receive(spoilt(r, texts[i], vocabulary, replaced, dropped, reorder))
		got, err := d.svc.Similar(ctx, id, team, 10)
		require.NoError(t, err)
		asked++
		for _, m := range got {
			if m.Case == ids[i] {
				found++
				break
			}
		}
		d.do(id, cvd.Triage{Outcome: cvd.OutcomeInvalid, Quiet: true}, cvd.Close{})
	}
	require.Greater(t, asked, 20)
	return float64(found) / float64(asked)
}

// TestSimilarOfRealDescriptions measures on descriptions of published
// vulnerabilities, many of which follow one pattern.
func TestSimilarOfRealDescriptions(t *testing.T) {
	path := os.Getenv("CVD_TEST_SHARED")
	if path == "" {
		path = "../../../shared"
	}
	b, err := os.ReadFile(filepath.Join(path, "data", "vulnerability-descriptions.txt"))
	if err != nil {
		t.Skip("the descriptions are not there: ", err)
	}
	texts := strings.Split(strings.TrimSpace(string(b)), "\n")
	for _, x := range []struct {
		what     string
		replaced float64
		dropped  int
		reorder  bool
		atLeast  float64
	}{
		{"a tenth of the words replaced", 0.1, 0, false, 0.98},
		{"a sentence dropped, the others in another order", 0, 1, true, 0.98},
		{"a tenth replaced, a sentence dropped, another order", 0.1, 1, true, 0.95},
		{"a tenth replaced, two sentences dropped, another order", 0.1, 2, true, 0.95},
		{"a fifth replaced, a sentence dropped, another order", 0.2, 1, true, 0.90},
	} {
		got := recall(t, texts, x.replaced, x.dropped, x.reorder)
		t.Logf("%s: %.3f", x.what, got)
		require.GreaterOrEqual(t, got, x.atLeast, x.what)
	}
}

// Texts of the test's own, for where there are no others.
func TestSimilarOfMadeTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	vocabulary := make([]string, 4000)
	for i := range vocabulary {
		b := make([]byte, 4+r.IntN(7))
		for j := range b {
			b[j] = "abcdefghijklmnoprstuvwz"[r.IntN(23)]
		}
		vocabulary[i] = string(b)
	}
	zipf := rand.NewZipf(r, 1.1, 20, uint64(len(vocabulary)-1))
	texts := make([]string, 200)
	for i := range texts {
		var b strings.Builder
		for n := range 80 {
			b.WriteString(vocabulary[zipf.Uint64()])
			b.WriteString([]string{" ", ". "}[max(0, n%16-14)])
		}
		texts[i] = b.String()
	}
	require.GreaterOrEqual(t, recall(t, texts, 0.1, 1, true), 0.95)
}

// Products and CVE IDs count where the words differ.
func TestSimilarByProductAndCVE(t *testing.T) {
	d := newDesk(t)
	first := d.do(cvd.CaseID{}, cvd.Receive{Title: "stack smashing during handshake negotiation", Products: "Frobnicator Gateway 1.0 to 1.4"}).ID
	other := d.do(cvd.CaseID{}, cvd.Receive{Title: "cookies readable by neighbours", Products: "Frobnicator Desktop"}).ID
	d.do(cvd.CaseID{}, cvd.Receive{Title: "something else entirely wrong elsewhere", Products: "unrelated"})
	d.do(other, cvd.Identify{CVE: "CVE-1900-4711"})
	again := d.do(cvd.CaseID{}, cvd.Receive{Title: "remote peers may overwrite saved registers", Products: "frobnicator gateway"}).ID
	got, err := d.svc.Similar(ctx, again, team, 10)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, first, got[0].Case)
	require.True(t, got[0].SameProduct)
	require.False(t, got[0].SameCVE)

	named := d.do(cvd.CaseID{}, cvd.Receive{Title: "tell me about cve-1900-4711, please hurry"}).ID
	got, err = d.svc.Similar(ctx, named, team, 10)
	require.NoError(t, err)
	require.NotEmpty(t, got)
	require.Equal(t, other, got[0].Case)
	require.True(t, got[0].SameCVE)
	require.Equal(t, 1.0, got[0].Score)
	got, err = d.svc.Similar(ctx, other, team, 10)
	require.NoError(t, err)
	require.Equal(t, named, got[0].Case, "found from both sides")
}

// Similar stops once nothing can be nearer: it names as near ones as if it had opened
// all that it found.
func TestSimilarStopsWithoutMissingOne(t *testing.T) {
	d := newDesk(t)
	r := rand.New(rand.NewPCG(7, 8))
	var ids []cvd.CaseID
	for i := range 150 {
		var b strings.Builder
		for range 40 {
			fmt.Fprintf(&b, "word%c ", 'a'+r.IntN(60)) // few words, so that all are alike
		}
		x := cvd.Receive{Title: "Overflow in the parser", Summary: cvd.Private(b.String())}
		switch i % 5 {
		case 0:
			x.Products = "Frobnicator"
		case 1:
			x.Summary += cvd.Private(fmt.Sprintf(" CVE-1900-%04d", i/20))
		}
		ids = append(ids, d.do(cvd.CaseID{}, x).ID)
	}
	scores := func(id cvd.CaseID, n int) (out []float64) {
		got, err := d.svc.Similar(ctx, id, team, n)
		require.NoError(t, err)
		for _, m := range got {
			out = append(out, m.Score)
		}
		return out
	}
	for i := 0; i < len(ids); i += 7 {
		all := scores(ids[i], 100)
		require.Greater(t, len(all), 40)
		for _, n := range []int{1, 5, 10} {
			require.Equal(t, all[:n], scores(ids[i], n))
		}
	}
}
