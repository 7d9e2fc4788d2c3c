package jsontree

func (p *parser) array(at, depth int) *Node {
	n := p.node(Array, at)
	if n == nil {
		return nil
	}
	base := len(p.items)
	p.space()
	if p.i < len(p.s) && p.s[p.i] == ']' {
		p.i++
		return n
	}
	for {
		v := p.value(depth)
		if v == nil {
			return nil
		}
		p.items = append(p.items, v)
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ',' && p.s[p.i] != ']' {
			return p.unexpected()
		}
		p.i++
		if p.s[p.i-1] == ']' {
			break
		}
	}
	n.items = append(make([]*Node, 0, len(p.items)-base), p.items[base:]...)
	p.items = p.items[:base]
	return n
}

func (p *parser) object(at, depth int) *Node {
	n := p.node(Object, at)
	if n == nil {
		return nil
	}
	base := len(p.members)
	var seen map[string]struct{}
	p.space()
	if p.i < len(p.s) && p.s[p.i] == '}' {
		p.i++
		return n
	}
	for {
		p.space()
		nameAt := p.i
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return p.unexpected()
		}
		name, ok := p.str()
		if !ok {
			return nil
		}
		if seen = p.unique(name, base, seen); seen == nil && p.problem != "" {
			p.fault = nameAt
			return nil
		}
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ':' {
			return p.unexpected()
		}
		p.i++
		v := p.value(depth)
		if v == nil {
			return nil
		}
		p.members = append(p.members, Member{name, v})
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ',' && p.s[p.i] != '}' {
			return p.unexpected()
		}
		p.i++
		if p.s[p.i-1] == '}' {
			break
		}
	}
	n.members = append(make([]Member, 0, len(p.members)-base), p.members[base:]...)
	p.members = p.members[:base]
	return n
}

// unique fails if the open object has the name already. Small objects are
// searched; a set keeps the cost of large ones linear.
func (p *parser) unique(name string, base int, seen map[string]struct{}) map[string]struct{} {
	open := p.members[base:]
	if seen == nil && len(open) < 16 {
		for i := range open {
			if open[i].Name == name {
				p.fail(p.i, DuplicateName)
				return nil
			}
		}
		return nil
	}
	if seen == nil {
		seen = make(map[string]struct{}, 2*len(open))
		for i := range open {
			seen[open[i].Name] = struct{}{}
		}
	}
	if _, dup := seen[name]; dup {
		p.fail(p.i, DuplicateName)
		return nil
	}
	seen[name] = struct{}{}
	return seen
}
