package csaf

// name returns a version of the CWE catalogue that has a weakness, and its name there:
// the version that is given if it has it; else, for a name that is given, the version
// as of the day or the newest one in which the weakness has that name; else the version
// as of the day, or the newest that has the weakness.
func (c *catalogue) name(id, version, name, day string) (v, official string, ok bool) {
	if w, _, exists := c.find(id, version); exists {
		return version, w.name, true
	}
	runs := c.runs(id)
	if runs == nil {
		return "", "", false
	}
	latest := c.index(c.latest(day))
	best := -1
	pick := func(run weaknessRun) {
		i := run.last
		if run.first <= latest && latest <= run.last {
			i = latest
		}
		if best < 0 || best != latest && (i == latest || i > best) {
			best, official = i, run.name
		}
	}
	for _, run := range runs {
		if name != "" && run.name == name {
			pick(run)
		}
	}
	if best < 0 {
		for _, run := range runs {
			pick(run)
		}
	}
	return c.versions[best], official, true
}
