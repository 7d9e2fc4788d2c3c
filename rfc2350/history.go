package rfc2350

// history reads the versions in a table of changes: under a line of labels such as
// "Version: Date, Author" the number that begins a row, or the one after its date.
// before is the token at which the table begins.
func (x *lexed) history() (rows []foundVersion, before int) {
	head, versionFirst := -1, false
	for i := 0; i < len(x.toks); {
		to := x.lineEnd(i)
		first, second, ok := x.historyHead(i, to)
		switch {
		case ok && head < 0:
			head, versionFirst = i, first < second
		case head >= 0 && x.toks[i].gap == gapParagraph && len(rows) > 0:
			return rows, head
		case head >= 0:
			if v, ok := x.historyRow(i, to, versionFirst); ok && len(rows) < 500 {
				rows = append(rows, v)
			}
		}
		i = to
	}
	return rows, head
}

// lineEnd is the token after the line that begins at token i.
func (x *lexed) lineEnd(i int) int {
	for i++; i < len(x.toks) && x.toks[i].gap < gapLine; i++ {
	}
	return i
}

// historyHead: a line of labels, among them those for the version and the date.
func (x *lexed) historyHead(i, to int) (version, date int, ok bool) {
	version, date = -1, -1
	for k := i; k < to; k++ {
		switch t := &x.toks[k]; {
		case t.kind == kNumber || to-i > 20:
			return 0, 0, false
		case t.kind != kWord:
		case t.means.has(mVersion) && version < 0:
			version = k
		case t.means.has(mDated) && date < 0:
			date = k
		}
	}
	apart := to-i <= 6 // labels of columns are no sentence
	for k := i; k < to; k++ {
		apart = apart && x.toks[k].kind == kWord && x.toks[k].upper > 0
	}
	for k := i + 1; k < to; k++ {
		apart = apart || x.is(k, ':') || x.is(k, ',') || x.is(k, '|') || x.toks[k].start-x.toks[k-1].end > 1
	}
	return version, date, version >= 0 && date >= 0 && (apart || to-i == 2) && !x.is(to-1, '.')
}

func (x *lexed) historyRow(i, to int, versionFirst bool) (v foundVersion, ok bool) {
	for _, f := range x.dates {
		if f.from < i || f.to > to {
			continue
		}
		k := i
		if !versionFirst {
			k = f.to
		}
		for k < to && (x.toks[k].kind == kSign || x.toks[k].means.has(mVersion) && x.toks[k].kind == kWord) {
			k++
		}
		if n := x.digits(k); k >= to || n == 0 || n > 3 || versionFirst && k >= f.from {
			return v, false
		}
		end := k + 1
		for n := 0; n < 3 && end+1 < to && x.is(end, '.') && x.glued(end) && x.glued(end+1) && x.digits(end+1) > 0; n++ {
			end += 2
		}
		if versionFirst && end > f.from || end < to && x.glued(end) && x.toks[end].kind != kSign {
			return v, false
		}
		return foundVersion{x.plain(k, end), k, end}, true
	}
	return v, false
}

// sameRow reports whether two tokens stand on one line.
func (x *lexed) sameRow(a, b int) bool {
	if a > b {
		a, b = b, a
	}
	for k := a + 1; k <= b; k++ {
		if x.toks[k].gap >= gapLine {
			return false
		}
	}
	return true
}
