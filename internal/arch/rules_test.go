package arch

// rule says what the packages that match a pattern may import besides the
// standard library. Patterns are paths below the module; "a/..." matches a and
// everything below it. A package is held to the first rule that matches; one
// without a rule is an error, so that a new package comes with a decision.
type rule struct {
	pkg     string
	own     []string // patterns of packages of this repository
	modules []string // modules of others
}

// model is what the core and the wire formats may know of advisories.
var model = []string{"advisory", "advisory/tlp", "advisory/cvss", "advisory/ssvc", "advisory/jsontree"}

// leaves are what the packages of cvd share beneath it.
var leaves = []string{"cvd/internal/civil", "cvd/internal/enum", "cvd/internal/ids", "cvd/internal/inner", "cvd/internal/plain", "cvd/internal/svg", "cvd/internal/texts"}

var rules = []rule{
	// Leaves.
	{pkg: "internal/testonly/...", own: []string{"internal/testonly/...", "cvd", "cvd/service", "cvd/storage", "cvd/policy", "cvd/vultron", "cvd/cvdjson", "cvd/memstore", "cvd/storecheck", "cvd/storecopy", "cvd/archive", "advisory/tlp"}},
	{pkg: "internal/...", own: []string{"internal/..."}},
	{pkg: "advisory/tlp"},
	{pkg: "advisory/cvss", modules: []string{"github.com/pandatix/go-cvss"}},
	{pkg: "advisory/ssvc"},
	{pkg: "advisory/jsontree"},
	{pkg: "securitytxt/...", own: []string{"securitytxt/...", "internal/..."}, modules: []string{"golang.org/x/net"}},

	// OpenPGP knows nothing of what it protects.
	{pkg: "pgp/...", own: []string{"pgp/...", "internal/..."}, modules: []string{"github.com/ProtonMail/go-crypto",
		"golang.org/x/net", "golang.org/x/text"}}, // charsets and HTML of mail
	{pkg: "rfc2350/...", own: []string{"rfc2350/...", "pgp", "advisory/tlp", "internal/..."}, modules: []string{"golang.org/x/net"}},

	// The advisory model, and the formats around it, which do not know each other.
	{pkg: "advisory/internal/...", own: append([]string{"advisory/internal/...", "internal/..."}, model...)},
	{pkg: "advisory", own: []string{"advisory/tlp", "advisory/cvss", "advisory/ssvc", "advisory/internal/cwe"}},
	{pkg: "advisory/csaf/...", own: append([]string{"advisory/csaf/...", "advisory/internal/...", "internal/..."}, model...)},
	{pkg: "advisory/cve/...", own: append([]string{"advisory/cve/...", "advisory/internal/...", "internal/..."}, model...)},
	{pkg: "advisory/osv/...", own: append([]string{"advisory/osv/...", "advisory/internal/...", "internal/..."}, model...)},
	{pkg: "advisory/openvex/...", own: append([]string{"advisory/openvex/...", "advisory/internal/...", "internal/..."}, model...)},
	// The one place that knows all formats.
	{pkg: "advisory/formats", own: []string{"advisory/...", "internal/..."}},
	{pkg: "advisory/provider/...", own: append([]string{"advisory/provider/...", "advisory/csaf", "internal/..."}, model...)},

	// The core, and the adapters around it, which do not know each other.
	// Beneath the Service: what a case is, and what may happen to it.
	{pkg: "cvd/internal/caselog", own: append([]string{"cvd", "cvd/storage", "cvd/policy", "cvd/vultron", "cvd/timeline", "cvd/measure"}, append(leaves, model...)...),
		modules: []string{"github.com/google/uuid", "golang.org/x/text"}},
	{pkg: "cvd/internal/engine", own: append([]string{"cvd", "cvd/storage", "cvd/policy", "cvd/vultron", "cvd/internal/caselog"}, append(leaves, model...)...),
		modules: []string{"github.com/google/uuid", "golang.org/x/text"}},
	{pkg: "cvd/internal/...", own: leaves, modules: []string{"github.com/google/uuid"}},
	// What keeps cases knows nothing of them.
	{pkg: "cvd/storage", own: []string{"cvd/internal/ids"}, modules: []string{"github.com/google/uuid"}},
	{pkg: "cvd/memstore", own: []string{"cvd/storage"}},
	{pkg: "cvd/sqlstore/...", own: []string{"cvd/storage", "cvd/sqlstore/..."}},
	{pkg: "cvd/policy", own: leaves},
	{pkg: "cvd/vultron", own: leaves},
	{pkg: "cvd/timeline", own: append([]string{"cvd/policy"}, leaves...)},
	{pkg: "cvd/measure", own: append([]string{"cvd/policy", "cvd/vultron"}, leaves...)},
	// The words: cases, commands, values.
	{pkg: "cvd", own: append([]string{"cvd/storage", "cvd/policy", "cvd/vultron", "cvd/timeline", "cvd/measure"}, append(leaves, model...)...),
		modules: []string{"github.com/google/uuid", "golang.org/x/text"}},
	{pkg: "cvd/service", own: append([]string{"cvd", "cvd/storage", "cvd/policy", "cvd/vultron", "cvd/timeline", "cvd/measure", "cvd/internal/caselog", "cvd/internal/engine"}, append(leaves, model...)...),
		modules: []string{"github.com/google/uuid", "golang.org/x/text"}},
	{pkg: "cvd/cvdtest", own: []string{"cvd", "cvd/service", "cvd/storage", "cvd/policy", "cvd/vultron", "advisory/tlp"}},
	{pkg: "cvd/mail/...", own: []string{"cvd", "cvd/service", "cvd/storage", "cvd/policy", "cvd/timeline", "cvd/vultron", "cvd/mail/...", "pgp/...", "advisory/tlp", "internal/..."}},
	{pkg: "cvd/portal/...", own: []string{"cvd", "cvd/service", "cvd/storage", "cvd/policy", "cvd/timeline", "cvd/vultron", "cvd/portal/...", "advisory/tlp", "internal/..."}},
	{pkg: "cvd/tracker/...", own: []string{"cvd", "cvd/service", "cvd/storage", "cvd/policy", "cvd/vultron", "cvd/tracker/...", "advisory/tlp", "internal/..."}},
	{pkg: "cvd/pgpseal", own: []string{"cvd", "cvd/service", "cvd/storage", "pgp"}},
	{pkg: "cvd/cvdjson", own: append([]string{"cvd", "cvd/policy", "cvd/vultron"}, model...)},
	{pkg: "cvd/storecopy", own: []string{"cvd", "cvd/service", "cvd/storage"}},
	{pkg: "cvd/storecheck", own: []string{"cvd", "cvd/service", "cvd/storage"}},
	{pkg: "cvd/archive", own: []string{"cvd", "cvd/service", "cvd/storage", "cvd/memstore", "cvd/storecopy", "cvd/vultron", "advisory/tlp"}},
	{pkg: "cvd/cra/...", own: []string{"cvd", "cvd/service", "cvd/policy", "cvd/vultron", "cvd/measure", "cvd/internal/plain", "cvd/internal/svg", "cvd/internal/texts", "cvd/internal/civil", "cvd/cra/...", "advisory/tlp"}},
}

// rootModules are the modules that go.mod may require directly: every host
// inherits them.
var rootModules = []string{
	"github.com/ProtonMail/go-crypto",
	"github.com/google/uuid",
	"github.com/pandatix/go-cvss",
	"golang.org/x/net",
	"golang.org/x/text",
	testify,
}

// testify may be imported by tests only, and not by cvdtest, which hosts import
// in their own tests.
const testify = "github.com/stretchr/testify"

// stdlibTests are packages whose tests, too, use the standard library only.
var stdlibTests = []string{"cvd/cvdtest"}

// names that library code must not use, by import path, and why.
var forbidden = map[string]map[string]string{
	"time": {
		"Now": clockIsConfig, "Since": clockIsConfig, "Until": clockIsConfig,
	},
	"context": {"Background": callerGivesContext, "TODO": callerGivesContext},
	"net/http": {
		"DefaultClient": hostGivesClient, "DefaultTransport": hostGivesClient, "DefaultServeMux": noGlobals,
		"Get": hostGivesClient, "Head": hostGivesClient, "Post": hostGivesClient, "PostForm": hostGivesClient,
		"Handle": noGlobals, "HandleFunc": noGlobals, "ListenAndServe": noSocket, "ListenAndServeTLS": noSocket,
	},
	"log/slog": {
		"Default": logsNothing, "SetDefault": logsNothing,
		"Debug": logsNothing, "Info": logsNothing, "Warn": logsNothing, "Error": logsNothing, "Log": logsNothing,
		"DebugContext": logsNothing, "InfoContext": logsNothing, "WarnContext": logsNothing, "ErrorContext": logsNothing,
	},
	"fmt": {"Print": logsNothing, "Println": logsNothing, "Printf": logsNothing},
	"github.com/google/uuid": {
		"New": idsFromConfig, "NewString": idsFromConfig, "NewRandom": idsFromConfig,
		"NewUUID": idsFromConfig, "NewV6": idsFromConfig, "NewV7": idsFromConfig,
	},
	"os": {"Exit": "a library does not end its host", "Stdout": logsNothing, "Stderr": logsNothing},
}

const (
	clockIsConfig      = "time comes from Config.Now"
	callerGivesContext = "the context comes from the caller"
	hostGivesClient    = "the host gives the http.Client"
	noGlobals          = "a library registers nothing"
	noSocket           = "a library opens no socket"
	logsNothing        = "a library logs and prints nothing"
	idsFromConfig      = "IDs are built from Config.Now and Config.Rand"
)

// forbiddenImports are packages that library code must not import at all.
var forbiddenImports = map[string]string{"log": logsNothing, "unsafe": "memory stays checked", "flag": "programs have flags"}

// allowedUses are the exceptions, by package and what is used: how often it may
// stand in the non-test files.
var allowedUses = map[string]map[string]int{
	// The default of Config.Now.
	// And: a Transport that hangs must not hold up the others, so Relay waits for
	// it in a goroutine that ends with the call, or with the Transport.
	"cvd/service": {"time.Now": 1, "go statement": 1},
	// The same default of its own option.
	"cvd/sqlstore": {"time.Now": 1},
	"cvd/portal":   {"time.Now": 1},
	"cvd/pgpseal":  {"time.Now": 1},
	"pgp":          {"time.Now": 1},
	// A Source that ignores its context must not stop the requests to a Handler:
	// it is asked on a goroutine, one at a time, that ends when it returns.
	"securitytxt": {"go statement": 1},
	// A conformance suite is a test: it contends, and it waits.
	"cvd/cvdtest": {"go statement": 1000, "time.Now": 1000, "time.Since": 1000, "context.Background": 1000},
}
