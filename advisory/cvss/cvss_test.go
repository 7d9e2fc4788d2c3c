package cvss_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	gocvss40 "github.com/pandatix/go-cvss/40"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/cvss"
)

func ExampleParse() {
	v, err := cvss.Parse("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Version(), v.Score(), v.BaseScore(), v.Rating())
	_, err = cvss.Parse("CVSS:3.1/AV:N/AC:L/PR:N/UI:X")
	fmt.Println(err)
	// Output:
	// 4.0 8.9 9.3 High
	// cvss: 3.1 vector, byte 27: UI: not a value of this metric
}

func ExampleVector_Canonical() {
	v, _ := cvss.Parse("CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N/E:X/RL:O")
	fmt.Println(v.Canonical())
	fmt.Println(v.TemporalScore())
	// Output:
	// CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/RL:O
	// 9.4 true
}

func TestMalformed(t *testing.T) {
	for text, want := range map[string]cvss.Error{
		"":                               {Offset: 0},
		"CVSS:5.0/AV:N":                  {Offset: 5},
		"CVSS:3.1":                       {Offset: 5},
		"CVSS:3.1/":                      {Version: "3.1", Offset: 9},
		"cvss:3.1/AV:N":                  {Version: "2.0", Offset: 0},
		"AV:N/AC:L/Au:N/C:C/I:C":         {Version: "2.0", Offset: 22, Metric: "A"},
		"AV:N/AC:L/Au:N/C:C/I:C/A:C/E:U": {Version: "2.0", Offset: 30, Metric: "RL"},
		"AC:L/AV:N/Au:N/C:C/I:C/A:C":     {Version: "2.0", Offset: 5, Metric: "AV"},
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H":         {Version: "3.1", Offset: 40, Metric: "A"},
		"CVSS:3.1/AV:N/AV:N":                               {Version: "3.1", Offset: 14, Metric: "AV"},
		"CVSS:3.1/AV:N/AC":                                 {Version: "3.1", Offset: 14, Metric: "AC"},
		"CVSS:3.1/AV:N/QQ:N":                               {Version: "3.1", Offset: 14},
		"CVSS:3.1/AV:N//AC:L":                              {Version: "3.1", Offset: 14},
		"CVSS:4.0/AC:L/AV:N":                               {Version: "4.0", Offset: 14, Metric: "AV"},
		"CVSS:4.0/AV:N/AC:M":                               {Version: "4.0", Offset: 17, Metric: "AC"},
		" CVSS:3.1/AV:N":                                   {Version: "2.0", Offset: 0},
		"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/":    {Version: "3.0", Offset: 45},
		"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\x00": {Version: "3.0", Offset: 43, Metric: "A"},
	} {
		v, err := cvss.Parse(text)
		var e *cvss.Error
		require.ErrorAs(t, err, &e, text)
		require.ErrorIs(t, err, cvss.ErrMalformed)
		require.NotEmpty(t, e.Reason)
		e.Reason = ""
		require.Equal(t, want, *e, text)
		require.True(t, v.IsZero())
	}
	long := "CVSS:3.1/" + strings.Repeat("AV:N/", 1<<20)
	_, err := cvss.Parse(long)
	var e *cvss.Error
	require.True(t, errors.As(err, &e) && e.Offset == 14, "a long text is refused at its first fault")
}

func TestErrorsHoldNoInput(t *testing.T) {
	_, err := cvss.Parse("secret-text")
	require.NotContains(t, err.Error(), "secret")
	_, err = cvss.Parse("CVSS:3.1/AV:secret")
	require.NotContains(t, err.Error(), "secret")
}

func TestZero(t *testing.T) {
	var v cvss.Vector
	_, hasT := v.TemporalScore()
	_, hasE := v.EnvironmentalScore()
	_, hasM := v.Metric("AV")
	require.False(t, hasT || hasE || hasM)
	require.Zero(t, v.Score())
	require.Zero(t, v.BaseScore())
	require.Empty(t, v.Version()+v.String()+v.Canonical()+string(v.Rating()))
	require.Nil(t, v.Metrics())
}

func TestRate(t *testing.T) {
	for score, want := range map[float64]cvss.Rating{
		0: cvss.None, 0.1: cvss.Low, 3.9: cvss.Low, 4: cvss.Medium, 6.9: cvss.Medium, 7: cvss.High,
		8.9: cvss.High, 9: cvss.Critical, 10: cvss.Critical, -0.1: "", 10.1: "", math.Inf(1): "",
	} {
		require.Equal(t, want, cvss.Rate(score), "%v", score)
	}
	require.Empty(t, cvss.Rate(math.NaN()))
	v, err := cvss.Parse("AV:N/AC:L/Au:N/C:C/I:C/A:C")
	require.NoError(t, err)
	require.Equal(t, 10.0, v.Score())
	require.Equal(t, cvss.High, v.Rating(), "2.0 has no Critical")
}

func TestScores(t *testing.T) {
	for _, c := range []struct {
		text          string
		score, base   float64
		temporal, env float64 // -1: none
	}{
		// The guide of 2.0, section 3.3: CVE-2002-0392 and CVE-2003-0818.
		{"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C", 6.4, 7.8, 6.4, -1},
		{"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", 9.2, 7.8, 6.4, 9.2},
		{"AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L", 9.0, 10, 8.3, 9.0},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, 9.8, -1, -1},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/CR:L/IR:L/AR:L", 7.3, 9.8, 9.0, 7.3},
		{"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0, 0, -1, -1},
		// 4.0 has one score; E and the modified metrics enter it.
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10, 10, -1, -1},
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N/MVC:H", 8.7, 0, -1, -1},
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/S:P/U:Red", 9.3, 9.3, -1, -1},
	} {
		v, err := cvss.Parse(c.text)
		require.NoError(t, err, c.text)
		got := []float64{v.Score(), v.BaseScore(), -1, -1}
		if s, ok := v.TemporalScore(); ok {
			got[2] = s
		}
		if s, ok := v.EnvironmentalScore(); ok {
			got[3] = s
		}
		require.Equal(t, []float64{c.score, c.base, c.temporal, c.env}, got, c.text)
	}
}

// With threat and environmental metrics there are too many vectors to list; on a
// fixed sample go-cvss may only be 0.1 low.
func TestVersion4FullSample(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 0))
	const optional = "E:A,P,U,X CR:H,M,L,X IR:H,M,L,X AR:H,M,L,X MAV:N,A,L,P,X MAC:L,H,X MAT:N,P,X " +
		"MPR:N,L,H,X MUI:N,P,A,X MVC:H,L,N,X MVI:H,L,N,X MVA:H,L,N,X MSC:H,L,N,X MSI:S,H,L,N,X MSA:S,H,L,N,X"
	low := 0
	for range 50_000 {
		var b strings.Builder
		b.WriteString("CVSS:4.0")
		for _, row := range strings.Fields(base4 + " " + optional) {
			name, values, _ := strings.Cut(row, ":")
			vs := strings.Split(values, ",")
			b.WriteString("/" + name + ":" + vs[r.IntN(len(vs))])
		}
		v, err := cvss.Parse(b.String())
		require.NoError(t, err)
		p, err := gocvss40.ParseVector(b.String())
		require.NoError(t, err)
		switch d := tenths(v.Score()) - tenths(p.Score()); d {
		case 0:
		case 1:
			low++
		default:
			t.Errorf("%s: %.1f, go-cvss %.1f", v, v.Score(), p.Score())
		}
	}
	require.Less(t, low, 1000)
	t.Logf("go-cvss was 0.1 low on %d of 50,000", low)
}

func TestText(t *testing.T) {
	const text = "CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N"
	v, err := cvss.Parse(text)
	require.NoError(t, err)
	b, err := json.Marshal([]cvss.Vector{v, {}})
	require.NoError(t, err)
	require.Equal(t, `["`+text+`",""]`, string(b))
	var back []cvss.Vector
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, []cvss.Vector{v, {}}, back)
	require.True(t, v == back[0], "vectors are comparable")
	require.ErrorIs(t, back[0].UnmarshalText([]byte("x")), cvss.ErrMalformed)
	require.Equal(t, v, back[0])

	value, ok := v.Metric("RL")
	require.True(t, ok)
	require.Equal(t, "X", value)
	_, ok = v.Metric("VC")
	require.False(t, ok)
	require.Equal(t, cvss.Metric{Name: "AV", Value: "N"}, v.Metrics()[0])

	v2, err := cvss.Parse("AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:ND/RC:ND/CDP:ND/TD:ND/CR:ND/IR:ND/AR:ND")
	require.NoError(t, err)
	require.Equal(t, "AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:ND/RC:ND", v2.Canonical())
}

func BenchmarkScore(b *testing.B) {
	const text = "CVSS:4.0/AV:N/AC:L/AT:P/PR:L/UI:P/VC:L/VI:H/VA:L/SC:L/SI:L/SA:N"
	b.Run("cvdkit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v, _ := cvss.Parse(text)
			v.Score()
		}
	})
	b.Run("go-cvss", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v, _ := gocvss40.ParseVector(text)
			v.Score()
		}
	})
}
