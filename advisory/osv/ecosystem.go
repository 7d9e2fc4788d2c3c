package osv

import (
	"net/url"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
)

// ecosystemOf maps the type of a package URL to an ecosystem, and joiner says what
// stands between namespace and name there.
var ecosystemOf = map[string]struct{ name, joiner string }{
	"cargo": {"crates.io", ""}, "composer": {"Packagist", "/"}, "conan": {"ConanCenter", "/"}, "cran": {"CRAN", ""},
	"gem": {"RubyGems", ""}, "github": {"GitHub Actions", "/"}, "golang": {"Go", "/"}, "hackage": {"Hackage", ""},
	"hex": {"Hex", "/"}, "julia": {"Julia", ""}, "maven": {"Maven", ":"}, "npm": {"npm", "/"}, "nuget": {"NuGet", ""},
	"opam": {"opam", ""}, "pub": {"Pub", ""}, "pypi": {"PyPI", ""}, "swift": {"SwiftURL", "/"},
}

// purlOf returns the package URL of a package, by the table of ecosystems in the
// specification, and "" where the table has none.
func purlOf(ecosystem, name string) string {
	if name == "" {
		return ""
	}
	base, _, _ := strings.Cut(ecosystem, ":")
	switch base {
	case "Maven":
		return advisory.MakePURL("maven", strings.Replace(name, ":", "/", 1))
	case "Go":
		if name == "stdlib" || name == "toolchain" {
			return "" // no module: the type wants a namespace
		}
		if !strings.Contains(name, "/") {
			return ""
		}
		return advisory.MakePURL("golang", name)
	case "Packagist", "GitHub Actions":
		if !strings.Contains(name, "/") {
			return ""
		}
	case "Hex", "npm", "SwiftURL":
	default:
		if strings.Contains(name, "/") {
			return ""
		}
	}
	if s := distributions[base]; s != "" {
		return "pkg:" + s + strings.TrimPrefix(advisory.MakePURL("x", name), "pkg:x/")
	}
	for kind, e := range ecosystemOf {
		if e.name == base {
			return advisory.MakePURL(kind, name)
		}
	}
	return ""
}

// distributions are the ecosystems whose packages have a namespace of their own.
var distributions = map[string]string{
	"AlmaLinux": "rpm/almalinux/", "Alpine": "apk/alpine/", "Alpaquita": "apk/alpaquita/", "Azure Linux": "rpm/azure-linux/",
	"Chainguard": "apk/chainguard/", "Debian": "deb/debian/", "Echo": "deb/echo/", "Mageia": "rpm/mageia/", "MinimOS": "apk/minimos/",
	"Photon OS": "rpm/photon/", "Red Hat": "rpm/redhat/", "Rocky Linux": "rpm/rocky-linux/", "SUSE": "rpm/suse/",
	"Ubuntu": "deb/ubuntu/", "Wolfi": "apk/wolfi/", "openEuler": "rpm/openeuler/", "openSUSE": "rpm/opensuse/",
}

// packageOf returns ecosystem and name of a product: those that it states, else those
// of its first package URL of a known type.
func packageOf(p *advisory.Product) (ecosystem, name, purl string, ok bool) {
	if p.Ecosystem != "" && p.Package != "" {
		if len(p.PURLs) > 0 {
			purl = advisory.UnversionedPURL(p.PURLs[0])
		}
		return p.Ecosystem, p.Package, purl, isEcosystem(p.Ecosystem)
	}
	for _, u := range p.PURLs {
		bare := advisory.UnversionedPURL(u)
		kind, path, found := strings.Cut(strings.TrimPrefix(bare, "pkg:"), "/")
		eco, known := ecosystemOf[strings.ToLower(kind)]
		if !found || !known || !strings.HasPrefix(bare, "pkg:") {
			continue
		}
		parts := strings.Split(strings.Trim(path, "/"), "/")
		for i := range parts {
			decoded, err := url.PathUnescape(parts[i])
			if err != nil || decoded == "" {
				return "", "", "", false
			}
			parts[i] = decoded
		}
		last := len(parts) - 1
		name := parts[last]
		if last > 0 && eco.joiner != "" {
			name = strings.Join(parts[:last], "/") + eco.joiner + name
		}
		return eco.name, name, bare, true
	}
	return "", "", "", false
}

// semverEcosystems compare versions as Semantic Versioning 2.0 does, and OSV writes
// their ranges so.
var semverEcosystems = map[string]bool{"Go": true, "npm": true, "crates.io": true, "Hex": true, "Pub": true, "SwiftURL": true, "GitHub Actions": true}

// isSemver: three numbers, optionally a pre-release and a build.
func isSemver(s string) bool {
	core, _, _ := strings.Cut(s, "+")
	core, _, _ = strings.Cut(core, "-")
	parts := strings.Split(core, ".")
	if len(parts) != 3 {
		return false
	}
	for _, p := range parts {
		if p == "" || len(p) > 1 && p[0] == '0' || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}
