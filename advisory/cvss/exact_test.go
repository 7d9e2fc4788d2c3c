package cvss_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/cvss"
)

// The formulas of 3.0 and 3.1 in exact rational arithmetic, written from the
// specifications, to judge the floating point results.

func rat(s string) *big.Rat { r, _ := new(big.Rat).SetString(s); return r }

func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
func mul(f ...*big.Rat) *big.Rat {
	p := rat("1")
	for _, x := range f {
		p.Mul(p, x)
	}
	return p
}

func pow(x *big.Rat, n int) *big.Rat {
	p := rat("1")
	for range n {
		p.Mul(p, x)
	}
	return p
}

func least(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// up rounds up to a tenth and returns the number of tenths. 3.1, appendix A, first
// rounds to five digits; 3.0 says "the smallest number, specified to one decimal
// place, that is equal to or higher than its input".
func up(x *big.Rat, version string) int64 {
	if version == "3.1" {
		n := new(big.Rat).Add(mul(x, rat("100000")), rat("0.5"))
		x = new(big.Rat).SetFrac(new(big.Int).Div(n.Num(), n.Denom()), big.NewInt(100000))
	}
	n := mul(x, rat("10"))
	q, r := new(big.Int).DivMod(n.Num(), n.Denom(), new(big.Int))
	if r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return q.Int64()
}

func tenths(f float64) int64 { return int64(f*10 + 0.5) }

func value3(metric, v string, changed bool) *big.Rat {
	if metric == "PR" && changed {
		return rat(map[string]string{"N": "0.85", "L": "0.68", "H": "0.5"}[v])
	}
	return rat(map[string]string{
		"AV:N": "0.85", "AV:A": "0.62", "AV:L": "0.55", "AV:P": "0.2", "AC:L": "0.77", "AC:H": "0.44",
		"PR:N": "0.85", "PR:L": "0.62", "PR:H": "0.27", "UI:N": "0.85", "UI:R": "0.62",
		"C:H": "0.56", "C:L": "0.22", "C:N": "0", "I:H": "0.56", "I:L": "0.22", "I:N": "0",
		"A:H": "0.56", "A:L": "0.22", "A:N": "0", "R:H": "1.5", "R:M": "1", "R:L": "0.5", "R:X": "1",
		"E:X": "1", "E:H": "1", "E:F": "0.97", "E:P": "0.94", "E:U": "0.91",
		"RL:X": "1", "RL:U": "1", "RL:W": "0.97", "RL:T": "0.96", "RL:O": "0.95",
		"RC:X": "1", "RC:C": "1", "RC:R": "0.96", "RC:U": "0.92",
	}[metric+":"+v])
}

// exact3 returns base, temporal and environmental score in tenths. The modified
// metrics are the base metrics, and the requirements are those given.
func exact3(version string, m map[string]string) (b, t, e int64) {
	changed := m["S"] == "C"
	get := func(k string) *big.Rat {
		if v, ok := m[k]; ok {
			return value3(k, v, changed)
		}
		return value3(k, "X", changed)
	}
	req := func(k string) *big.Rat {
		if v, ok := m[k]; ok {
			return value3("R", v, false)
		}
		return rat("1")
	}
	one := rat("1")
	exploit := mul(rat("8.22"), get("AV"), get("AC"), get("PR"), get("UI"))
	impact := func(iss *big.Rat, modified bool) *big.Rat {
		if !changed {
			return mul(rat("6.42"), iss)
		}
		last := mul(rat("3.25"), pow(sub(iss, rat("0.02")), 15))
		if modified && version == "3.1" {
			last = mul(rat("3.25"), pow(sub(mul(iss, rat("0.9731")), rat("0.02")), 13))
		}
		return sub(mul(rat("7.52"), sub(iss, rat("0.029"))), last)
	}
	total := func(imp *big.Rat) int64 {
		if imp.Sign() <= 0 {
			return 0
		}
		s := add(imp, exploit)
		if changed {
			s = mul(rat("1.08"), s)
		}
		return up(least(s, rat("10")), version)
	}
	iss := sub(one, mul(sub(one, get("C")), sub(one, get("I")), sub(one, get("A"))))
	b = total(impact(iss, false))
	soft := mul(get("E"), get("RL"), get("RC"))
	t = up(mul(big.NewRat(b, 10), soft), version)
	miss := sub(one, mul(sub(one, mul(get("C"), req("CR"))), sub(one, mul(get("I"), req("IR"))),
		sub(one, mul(get("A"), req("AR")))))
	e = up(mul(big.NewRat(total(impact(least(miss, rat("0.915")), true)), 10), soft), version)
	return b, t, e
}

// each calls f for every combination of a compact table of metrics.
func each(table string, f func(vector string, m map[string]string)) {
	rows := strings.Fields(table)
	m := map[string]string{}
	var walk func(i int, prefix string)
	walk = func(i int, prefix string) {
		if i == len(rows) {
			f(strings.TrimPrefix(prefix, "/"), m)
			return
		}
		name, values, _ := strings.Cut(rows[i], ":")
		for _, v := range strings.Split(values, ",") {
			m[name] = v
			walk(i+1, prefix+"/"+name+":"+v)
		}
	}
	walk(0, "")
}

const base3 = "AV:N,A,L,P AC:L,H PR:N,L,H UI:N,R S:U,C C:H,L,N I:H,L,N A:H,L,N"

func TestVersion3Exact(t *testing.T) {
	soft := []string{"", "/E:F/RL:T/RC:R", "/E:P/RL:O/RC:U"}
	reqs := []string{"/CR:X", "/CR:H/IR:H/AR:H", "/CR:L/IR:M/AR:H", "/CR:M/IR:L/AR:L"}
	for _, version := range []string{"3.0", "3.1"} {
		n := 0
		each(base3, func(text string, m map[string]string) {
			b, _, _ := exact3(version, m)
			v, err := cvss.Parse("CVSS:" + version + "/" + text)
			require.NoError(t, err)
			n++
			if got := tenths(v.BaseScore()); got != b {
				t.Errorf("%s: base %d, exact %d", v, got, b)
			}
			for _, s := range soft {
				for _, r := range reqs {
					v, err := cvss.Parse("CVSS:" + version + "/" + text + s + r)
					require.NoError(t, err)
					full := map[string]string{}
					for _, x := range v.Metrics() {
						full[x.Name] = x.Value
					}
					_, wt, we := exact3(version, full)
					if got, ok := v.TemporalScore(); ok != (s != "") || ok && tenths(got) != wt {
						t.Errorf("%s: temporal %v %v, exact %d", v, got, ok, wt)
					}
					if got, ok := v.EnvironmentalScore(); ok != (r != "/CR:X") || ok && tenths(got) != we {
						t.Errorf("%s: environmental %v %v, exact %d", v, got, ok, we)
					}
				}
			}
		})
		require.Equal(t, 2592, n)
	}
}
