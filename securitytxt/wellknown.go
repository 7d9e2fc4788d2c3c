package securitytxt

import (
	"slices"
	"strings"
)

// registeredWellKnown reports whether a path is outside /.well-known/, or under a
// name of the IANA registry "Well-Known URIs". The registry grows after a
// release, so the finding is a warning although RFC 9116 says MUST NOT.
func registeredWellKnown(path string) bool {
	rest, ok := strings.CutPrefix(path, "/.well-known/")
	if !ok {
		return true
	}
	name, _, _ := strings.Cut(rest, "/")
	_, found := slices.BinarySearch(wellKnownNames, name)
	return found
}

// wellKnownNames is the registry of September 2026, sorted, and openpgpkey, where
// the Web Key Directory has keys.
var wellKnownNames = []string{
	"acme-challenge", "agent-card.json", "amphtml", "api-catalog", "appspecific", "ashrae",
	"assetlinks.json", "bluejetty", "broadband-labels", "brski", "caldav", "carddav", "change-password",
	"cmp", "coap", "coap-eap", "core", "csaf", "csaf-aggregator", "csipaus", "csvm", "cyclic-trigger",
	"did-configuration.json", "did.json", "dnt", "dnt-policy.txt", "dots", "easy-proxy", "ecips", "edhoc",
	"enterprise-network-security", "enterprise-transport-security", "est", "funding-manifest-urls",
	"genid", "gnap-as-rs", "gpc.json", "gs1resolver", "hoba", "host-meta", "host-meta.json",
	"hosting-provider", "http-opportunistic", "ic-domains", "idp-proxy", "jmap", "keybase.txt", "knx",
	"looking-glass", "masque", "matrix", "mercure", "mta-sts.txt", "mud",
	"nfv-oauth-server-configuration", "ni", "nodeinfo", "nostr.json", "oauth-authorization-server",
	"oauth-protected-resource", "ohttp-gateway", "ojobpub.json", "open-resource-discovery",
	"openbindings", "openid-configuration", "openid-federation", "openorg", "openpgpkey", "oslc",
	"pki-validation", "posh", "privacy-sandbox-attestations.json", "private-token-issuer-directory",
	"probing.txt", "pvd", "rd", "related-website-set.json", "reload-config", "repute-template",
	"resourcesync", "sbom", "scitt-keys", "security.txt", "ssf-configuration", "ssh-known-hosts", "sshfp",
	"stun-key", "tdmrep.json", "tea", "terraform.json", "thread", "time", "timezone", "tor-relay", "tpcd",
	"traffic-advice", "trust.txt", "uma2-configuration", "vacation-rental.json", "void", "webauthn",
	"webfinger", "webhook-authorized-senders.json", "webweaver.json", "wot", "xregistry",
}
