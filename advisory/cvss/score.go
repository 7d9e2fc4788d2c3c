package cvss

// Rating is a qualitative severity. Its zero value means that there is none.
type Rating string

// The ratings of CVSS 3.x, section 5, and 4.0, section 6.
const (
	None     Rating = "None"
	Low      Rating = "Low"
	Medium   Rating = "Medium"
	High     Rating = "High"
	Critical Rating = "Critical"
)

// Rate returns the rating of a 3.x or 4.0 score, and "" for a number that is no
// score (below 0, above 10, not a number).
func Rate(score float64) Rating {
	switch {
	case !(score >= 0 && score <= 10):
		return ""
	case score < 0.1:
		return None
	case score < 4:
		return Low
	case score < 7:
		return Medium
	case score < 9:
		return High
	}
	return Critical
}

// Rating rates Score. The 2.0 guide defines no ratings; for 2.0 the scale of the US
// National Vulnerability Database is used: Low below 4.0, Medium below 7.0, else
// High. It is "" for the zero Vector.
func (v Vector) Rating() Rating {
	switch v.scheme {
	case nil:
		return ""
	case &v20:
		switch r := Rate(v.Score()); r {
		case None:
			return Low
		case Critical:
			return High
		default:
			return r
		}
	}
	return Rate(v.Score())
}

// Score returns the vector's own result, 0.0 to 10.0 with one decimal: the
// environmental score where such a metric is defined, else the temporal score where
// one is defined, else the base score. In 4.0 there is one score, made of all
// metrics but the supplemental ones.
func (v Vector) Score() float64 {
	if v.scheme == &v40 {
		return v.score4(true)
	}
	if s, ok := v.EnvironmentalScore(); ok {
		return s
	}
	if s, ok := v.TemporalScore(); ok {
		return s
	}
	return v.BaseScore()
}

// BaseScore returns the score of the base metrics alone, 0.0 to 10.0. It is 0 for
// the zero Vector.
func (v Vector) BaseScore() float64 {
	switch v.scheme {
	case &v20:
		return float64(v.base2(false)) / 10
	case &v30:
		return v.v30.BaseScore()
	case &v31:
		return v.v31.BaseScore()
	case &v40:
		return v.score4(false)
	}
	return 0
}

// TemporalScore returns the temporal score of a 2.0 or 3.x vector that defines a
// temporal metric. ok is false otherwise, and always in 4.0, whose threat metric
// enters Score.
func (v Vector) TemporalScore() (score float64, ok bool) {
	if v.scheme == nil || v.scheme == &v40 || !v.sets(temporal) {
		return 0, false
	}
	switch v.scheme {
	case &v20:
		return float64(v.temporal2(v.base2(false))) / 10, true
	case &v30:
		return v.v30.TemporalScore(), true
	}
	return v.v31.TemporalScore(), true
}

// EnvironmentalScore returns the environmental score of a 2.0 or 3.x vector; it takes
// the temporal metrics into account. ok reports whether the vector defines an
// environmental metric. Without one the score is what the formula gives, which in 3.1
// is not always the base score: section 7.3 has another exponent where the scope
// changes. In 4.0 it is 0 and false, since the environmental metrics enter Score.
func (v Vector) EnvironmentalScore() (score float64, ok bool) {
	if v.scheme == nil || v.scheme == &v40 {
		return 0, false
	}
	ok = v.sets(environmental)
	switch v.scheme {
	case &v20:
		return float64(v.environmental2()) / 10, ok
	case &v30:
		return v.v30.EnvironmentalScore(), ok
	}
	return v.v31.EnvironmentalScore(), ok
}
