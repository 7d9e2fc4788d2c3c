package advisory

import "strings"

// UnversionedPURL returns a package URL without its version, qualifiers and subpath.
// It does not check the URL.
func UnversionedPURL(purl string) string {
	purl, _, _ = strings.Cut(purl, "#")
	purl, _, _ = strings.Cut(purl, "?")
	// The version follows the last @; one in a namespace is written %40.
	if at := strings.LastIndexByte(purl, '@'); at > strings.LastIndexByte(purl, '/') {
		purl = purl[:at]
	}
	return purl
}

// VersionedPURL returns a package URL with the version put in, and the URL as it is
// if it has a version.
func VersionedPURL(purl, version string) string {
	bare := UnversionedPURL(purl)
	rest := strings.TrimPrefix(purl, bare)
	if version == "" || strings.HasPrefix(rest, "@") {
		return purl
	}
	return bare + "@" + escapePURL(version) + rest
}

// escapePURL quotes what is not allowed in a version of a package URL.
func escapePURL(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(".-_~:", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// MakePURL returns the package URL of a type and a name, in which slashes separate the
// namespace. It does not check that the type knows such names.
func MakePURL(kind, name string) string {
	parts := strings.Split(strings.Trim(name, "/"), "/")
	for i, p := range parts {
		if kind == "pypi" {
			p = strings.ToLower(strings.ReplaceAll(p, "_", "-"))
		}
		parts[i] = escapePURL(p)
	}
	return "pkg:" + kind + "/" + strings.Join(parts, "/")
}
