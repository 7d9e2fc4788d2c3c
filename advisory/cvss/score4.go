package cvss

// CVSS 4.0, section 8.2: a vector belongs to one of 270 macro vectors, each with a
// score set by experts; the vector's score lies below it in proportion to its
// distance from the macro vector's highest vector. All of it is done here in
// integers, so that rounding half up means what it says.

// The order of the combined equivalence sets 3 and 6 in the table, and the depth of
// each: "00", "01", "10", "11", "21".
const (
	eq36at00 = iota
	eq36at01
	eq36at10
	eq36at11
	eq36at21
)

// macroScores holds the scores in tenths, by eq1, eq2, then eq36, eq4, eq5.
var macroScores = [3][2][45]int16{
	{
		{100, 98, 95, 100, 93, 91, 93, 89, 81, 99, 95, 92, 96, 87, 81, 90, 80, 68, 98, 95, 90, 93, 89, 81, 88, 78, 69, 95, 92, 84, 92, 81, 65, 80, 70, 48, 92, 82, 72, 79, 69, 50, 69, 55, 27},
		{99, 95, 92, 95, 90, 84, 92, 82, 72, 97, 92, 85, 91, 83, 71, 81, 71, 53, 95, 92, 85, 92, 80, 70, 84, 71, 50, 93, 85, 73, 82, 72, 59, 70, 52, 30, 86, 75, 52, 71, 52, 29, 63, 29, 17},
	},
	{
		{98, 94, 91, 94, 86, 77, 87, 74, 63, 95, 87, 81, 89, 74, 64, 75, 63, 49, 94, 88, 76, 86, 74, 59, 72, 57, 52, 89, 77, 67, 76, 58, 50, 57, 52, 25, 83, 70, 54, 65, 58, 26, 53, 21, 13},
		{95, 88, 76, 90, 75, 61, 77, 68, 52, 90, 76, 70, 77, 62, 53, 66, 59, 30, 89, 76, 62, 74, 57, 47, 61, 57, 24, 78, 67, 58, 59, 57, 23, 52, 29, 16, 71, 59, 30, 58, 26, 15, 23, 13, 6},
	},
	{
		{93, 86, 75, 86, 74, 56, 70, 52, 40, 87, 72, 58, 74, 61, 34, 54, 40, 22, 85, 74, 62, 72, 55, 46, 53, 34, 19, 75, 55, 51, 57, 41, 19, 36, 19, 8, 64, 51, 20, 47, 21, 11, 24, 9, 4},
		{88, 73, 60, 73, 59, 41, 54, 45, 20, 75, 53, 50, 55, 40, 20, 43, 22, 11, 75, 58, 40, 61, 48, 20, 46, 17, 8, 55, 45, 21, 51, 18, 9, 18, 7, 2, 53, 24, 14, 24, 12, 5, 10, 3, 1},
	},
}

// The depth of each equivalence class: steps from its highest to its lowest vector.
var (
	depth1  = [...]int{1, 4, 5}
	depth2  = [...]int{1, 2}
	depth36 = [...]int{eq36at00: 7, eq36at01: 6, eq36at10: 8, eq36at11: 8, eq36at21: 10}
	depth4  = [...]int{6, 5, 4}
)

// The highest vectors of each class, as levels below the most severe value.
var (
	top1 = [...][][]int{ // AV PR UI
		{{0, 0, 0}},
		{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		{{3, 0, 0}, {1, 1, 1}},
	}
	top2  = [...][][]int{{{0, 0}}, {{1, 0}, {0, 1}}} // AC AT
	top36 = [...][][]int{                            // VC VI VA CR IR AR
		eq36at00: {{0, 0, 0, 0, 0, 0}},
		eq36at01: {{0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1}},
		eq36at10: {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}},
		eq36at11: {{1, 0, 1, 0, 1, 0}, {1, 0, 0, 0, 1, 1}, {0, 1, 0, 1, 0, 1}, {0, 1, 1, 1, 0, 0}, {1, 1, 0, 0, 0, 1}},
		eq36at21: {{1, 1, 1, 0, 0, 0}},
	}
	top4 = [...][][]int{{{1, 0, 0}}, {{1, 1, 1}}, {{2, 2, 2}}} // SC SI SA
)

// level returns how far below its most severe value a metric stands, with the
// modified metric in place of its base metric where all is true. Values are listed
// from the most severe in v40, so it is the value's index; only the subsequent
// system's impacts count from Safety, which is listed last.
func (v *Vector) level(m int, all bool) int {
	if m >= mE { // E, CR, IR, AR: not defined means the worst
		if !all || !v.defined(m) {
			return 0
		}
		return int(v.values[m]) - 1
	}
	i := m
	if all && v.defined(mMAV+m) {
		i = mMAV + m
	}
	l := int(v.values[i]) - 1
	if m == mSC || m == mSI || m == mSA {
		return (l + 1) % 4 // H, L, N are 1, 2, 3; S is 0
	}
	return l
}

// score4 computes the score, of the base metrics alone or of all.
func (v *Vector) score4(all bool) float64 {
	var l [mMAV]int
	for m := range l {
		l[m] = v.level(m, all)
	}
	if l[mVC] == 2 && l[mVI] == 2 && l[mVA] == 2 && l[mSC] == 3 && l[mSI] == 3 && l[mSA] == 3 {
		return 0
	}
	c := classify(&l)
	value := c.score()
	lower := c.lower()
	shares := [...]struct{ lower, distance, depth int }{
		{lower[0], distance(top1[c.eq1], l[mAV], l[mPR], l[mUI]), depth1[c.eq1]},
		{lower[1], distance(top2[c.eq2], l[mAC], l[mAT]), depth2[c.eq2]},
		{lower[2], distance(top36[c.eq36], l[mVC], l[mVI], l[mVA], l[mCR], l[mIR], l[mAR]), depth36[c.eq36]},
		{lower[3], distance(top4[c.eq4], l[mSC], l[mSI], l[mSA]), depth4[c.eq4]},
		{lower[4], 0, 1}, // a class of E holds one value
	}
	// 840 is a multiple of every depth, so sum is exact, in 1/840 of a tenth.
	const unit = 840
	n, sum := 0, 0
	for _, s := range shares {
		if s.lower < 0 {
			continue
		}
		n++
		sum += (value - s.lower) * s.distance * (unit / s.depth)
	}
	if n == 0 {
		return float64(value) / 10
	}
	// value - sum/(unit*n), rounded half up to a whole tenth.
	d := unit * n
	tenths := (2*(value*d-sum) + d) / (2 * d)
	return float64(min(max(tenths, 0), 100)) / 10
}

// macro is a macro vector: its equivalence classes, with 3 and 6 joined.
type macro struct{ eq1, eq2, eq36, eq4, eq5 int }

// classify finds the macro vector of the levels: section 8.2, tables 24 to 30.
func classify(l *[mMAV]int) macro {
	var c macro
	switch {
	case l[mAV] == 0 && l[mPR] == 0 && l[mUI] == 0:
		c.eq1 = 0
	case l[mAV] != 3 && (l[mAV] == 0 || l[mPR] == 0 || l[mUI] == 0):
		c.eq1 = 1
	default:
		c.eq1 = 2
	}
	if l[mAC] != 0 || l[mAT] != 0 {
		c.eq2 = 1
	}
	required := l[mCR] == 0 && l[mVC] == 0 || l[mIR] == 0 && l[mVI] == 0 || l[mAR] == 0 && l[mVA] == 0
	switch {
	case l[mVC] == 0 && l[mVI] == 0:
		c.eq36 = eq36at00
	case l[mVC] == 0 || l[mVI] == 0 || l[mVA] == 0:
		c.eq36 = eq36at10
	default:
		c.eq36 = eq36at21
	}
	if !required && c.eq36 != eq36at21 {
		c.eq36++
	}
	switch {
	case l[mSI] == 0 || l[mSA] == 0:
		c.eq4 = 0
	case l[mSC] == 1 || l[mSI] == 1 || l[mSA] == 1:
		c.eq4 = 1
	default:
		c.eq4 = 2
	}
	c.eq5 = l[mE]
	return c
}

// score returns the macro vector's score in tenths, and -1 where there is none.
func (c macro) score() int {
	if c.eq1 > 2 || c.eq2 > 1 || c.eq36 < 0 || c.eq4 > 2 || c.eq5 > 2 {
		return -1
	}
	return int(macroScores[c.eq1][c.eq2][9*c.eq36+3*c.eq4+c.eq5])
}

// lower returns the scores of the next lower macro vectors, one for each class, and
// -1 where there is none.
func (c macro) lower() [5]int {
	step := func(move func(*macro)) int {
		m := c
		move(&m)
		return m.score()
	}
	below36 := func(to int) int { return step(func(m *macro) { m.eq36 = to }) }
	var next int
	switch c.eq36 {
	case eq36at00: // two classes lie below: the higher score counts
		next = max(below36(eq36at01), below36(eq36at10))
	case eq36at01, eq36at10:
		next = below36(eq36at11)
	case eq36at11:
		next = below36(eq36at21)
	default:
		next = -1
	}
	return [5]int{
		step(func(m *macro) { m.eq1++ }),
		step(func(m *macro) { m.eq2++ }),
		next,
		step(func(m *macro) { m.eq4++ }),
		step(func(m *macro) { m.eq5++ }),
	}
}

// distance sums the steps from the first of the highest vectors that is nowhere
// below the levels. Each class has such a vector for each of its members.
func distance(tops [][]int, levels ...int) int {
	for _, top := range tops {
		sum, below := 0, false
		for i, l := range levels {
			sum += l - top[i]
			below = below || l < top[i]
		}
		if !below {
			return sum
		}
	}
	return 0
}
