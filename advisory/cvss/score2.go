package cvss

import "math/big"

// Version 2.0, section 3.2 of its guide, in exact fractions: 9.0 × 0.95 is 8.55 and
// rounds to 8.6, where a float64 falls below the half and gives 8.5. "Not defined"
// counts as the value that changes nothing.

// weights2 holds the numeric values in thousandths, by metric, in the order of the
// values in v20.
var weights2 = [][]int64{
	{395, 646, 1000}, {350, 610, 710}, {450, 560, 704}, // AV, AC, Au
	{0, 275, 660}, {0, 275, 660}, {0, 275, 660}, // C, I, A
	{850, 900, 950, 1000, 1000},                                               // E
	{870, 900, 950, 1000, 1000},                                               // RL
	{900, 950, 1000, 1000},                                                    // RC
	{0, 100, 300, 400, 500, 0},                                                // CDP
	{0, 250, 750, 1000, 1000},                                                 // TD
	{500, 1000, 1510, 1000}, {500, 1000, 1510, 1000}, {500, 1000, 1510, 1000}, // CR, IR, AR
}

// weight2 returns the value of metric i of a 2.0 vector.
func (v *Vector) weight2(i int) *big.Rat {
	row := weights2[i]
	j := int(v.values[i]) - 1
	if j < 0 {
		j = len(row) - 1
	}
	return big.NewRat(row[j], 1000)
}

// base2 returns the base score in tenths, with the requirements taken into the
// impact for the environmental score.
func (v *Vector) base2(required bool) int64 {
	if !required {
		return v.plainBase2()
	}
	one := big.NewRat(1, 1)
	rest := big.NewRat(1, 1)
	for i := 3; i < 6; i++ {
		w := v.weight2(i)
		w.Mul(w, v.weight2(i+8))
		rest.Mul(rest, w.Sub(one, w))
	}
	impact := new(big.Rat).Sub(one, rest)
	impact.Mul(impact, big.NewRat(1041, 100))
	if ten := big.NewRat(10, 1); impact.Cmp(ten) > 0 {
		impact = ten
	}
	if impact.Sign() == 0 {
		return 0
	}
	exploit := big.NewRat(20, 1)
	for i := range 3 {
		exploit.Mul(exploit, v.weight2(i))
	}
	sum := impact.Mul(impact, big.NewRat(6, 10))
	sum.Add(sum, exploit.Mul(exploit, big.NewRat(4, 10)))
	sum.Sub(sum, big.NewRat(15, 10))
	return nearestTenth(sum.Mul(sum, big.NewRat(1176, 1000)))
}

// plainBase2 is base2 without requirements, in integers: the impact in units of 1e-11,
// the sum of 1e-12, the score of 1e-15, which stays below 2^63.
func (v *Vector) plainBase2() int64 {
	weight := func(i int) int64 {
		row := weights2[i]
		if j := int(v.values[i]) - 1; j >= 0 {
			return row[j]
		}
		return row[len(row)-1]
	}
	rest, exploit := int64(1), int64(2000)
	for i := range 3 {
		exploit *= weight(i)
		rest *= 1000 - weight(i+3)
	}
	impact := (1e9 - rest) * 1041
	if impact == 0 {
		return 0
	}
	score := (6*impact + 4*exploit - 15e11) * 1176
	return max((score+5e13)/1e14, 0)
}

// temporal2 lowers a base score in tenths by the temporal metrics.
func (v *Vector) temporal2(base int64) int64 {
	s := big.NewRat(base, 10)
	for i := 6; i < 9; i++ {
		s.Mul(s, v.weight2(i))
	}
	return nearestTenth(s)
}

// environmental2 returns the environmental score in tenths.
func (v *Vector) environmental2() int64 {
	t := big.NewRat(v.temporal2(v.base2(true)), 10)
	damage := new(big.Rat).Sub(big.NewRat(10, 1), t)
	t.Add(t, damage.Mul(damage, v.weight2(9)))
	return nearestTenth(t.Mul(t, v.weight2(10)))
}

// nearestTenth rounds half up and returns the number of tenths, at least 0.
func nearestTenth(x *big.Rat) int64 {
	n := new(big.Int).Mul(x.Num(), big.NewInt(20))
	n.Add(n, x.Denom())
	d := new(big.Int).Mul(x.Denom(), big.NewInt(2))
	return max(n.Div(n, d).Int64(), 0)
}
