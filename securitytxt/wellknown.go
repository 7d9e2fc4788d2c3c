package securitytxt

import (
	"slices"
	"strings"
)

// registeredWellKnown reports whether a path is outside /.well-known/, or under a
// name of the IANA registry "Well-Known URIs". The registry grows after a
// release, so the finding is a warning.
func registeredWellKnown(path string) bool {
	rest, ok := strings.CutPrefix(path, "/.well-known/")
	if !ok {
		return true
	}
	name, _, _ := strings.Cut(rest, "/")
	_, found := slices.BinarySearch(wellKnownNames, name)
	return found
}

// wellKnownNames is sorted; a test holds it to that.
var wellKnownNames = []string{
	"acme-challenge", "agent-card.json", "amphtml", "api-catalog", "apple-app-site-association",
	"appspecific", "ashrae", "assetlinks.json", "at-protocol", "atproto-did", "authzen-configuration",
	"broadband-labels", "brski", "caldav", "carddav", "change-password", "cmp", "coap", "coap-eap",
	"core", "csaf", "csaf-aggregator", "csipaus", "csvm", "did-configuration.json", "did.json", "discord",
	"dnt", "dnt-policy.txt", "dots", "easy-proxy", "ecips", "edhoc", "enterprise-network-security",
	"enterprise-transport-security", "est", "first-party-set.json", "genid", "gnap-as-rs", "gpc.json",
	"gs1resolver", "hoba", "host-meta", "host-meta.json", "hosting-provider",
	"http-message-signatures-directory", "http-opportunistic", "ic-domains", "idp-proxy", "jmap",
	"jwt-vc-issuer", "keybase.txt", "knx", "looking-glass", "masque", "matrix", "mercure", "mta-sts.txt",
	"mud", "nfv-oauth-server-configuration", "ni", "nodeinfo", "nostr.json", "oauth-authorization-server",
	"oauth-protected-resource", "ohttp-gateway", "ojobpub.json", "online-ordering",
	"open-resource-discovery", "openbindings", "openid-configuration", "openid-credential-issuer",
	"openid-federation", "openorg", "openpgpkey", "oslc", "passkey-endpoints", "pki-validation", "posh",
	"privacy-sandbox-attestations.json", "private-token-issuer-directory", "probing.txt",
	"pubvendors.json", "pvd", "rd", "related-website-set.json", "reload-config", "repute-template",
	"resourcesync", "sbom", "security.txt", "server-proxy", "smart-configuration", "ssf-configuration",
	"sshfp", "statements.txt", "stun-key", "tdmrep.json", "tea", "terraform.json", "thread", "time",
	"timezone", "tor-relay", "tpcd", "traffic-advice", "trust.txt", "uma2-configuration", "vc-did.json",
	"void", "webauthn", "webfinger", "webhook-authorized-senders.json", "webweaver.json", "wot",
}
