package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// peer is another implementation that a benchmark holds ours against.
type peer struct {
	name, where string
	found       func(ctx context.Context, dir string) string // its version, or what is lacking
}

// peers in the order of the table.
var peers = []peer{
	{"go-crypto", "pgp AgainstLibrary", goModule("github.com/ProtonMail/go-crypto")},
	{"gpg", "pgp GPG", command("gpg", "--version")},
	{"sqop", "pgp SQOP", command("sqop", "version")},
	{"openpgp.js", "pgp OpenPGPjs", nodeModule("openpgp")},
	{"secvisogram", "tests/peers/csafschema Peer", nodeModule("@secvisogram/csaf-validator-lib")},
	{"sectxt", "no benchmark", command("python3", "-c", "import importlib.metadata as m; print('sectxt', m.version('sectxt'))")},
	{"go-cvss", "advisory/cvss Score", goModule("github.com/pandatix/go-cvss")},
}

func absent(what string) string { return "**absent**: " + what }

// command is a program; it prints its version.
func command(name string, args ...string) func(context.Context, string) string {
	return func(ctx context.Context, _ string) string {
		out, err := exec.CommandContext(ctx, name, args...).Output()
		line, _, _ := strings.Cut(string(out), "\n")
		if err != nil || line == "" {
			return absent(name + " does not run, or lacks it")
		}
		return strings.TrimSpace(line)
	}
}

func goModule(path string) func(context.Context, string) string {
	return func(ctx context.Context, dir string) string {
		cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Version}}", path)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			return absent("the workspace does not have it")
		}
		return strings.TrimSpace(string(out))
	}
}

// nodeModule is looked for below the folder of CVD_PEER_NODE.
func nodeModule(name string) func(context.Context, string) string {
	return func(context.Context, string) string {
		dir := os.Getenv("CVD_PEER_NODE")
		if dir == "" {
			return absent("set CVD_PEER_NODE to a folder in which npm installed it")
		}
		var v struct{ Version string }
		text, err := os.ReadFile(filepath.Join(dir, "node_modules", name, "package.json"))
		if err == nil {
			err = json.Unmarshal(text, &v)
		}
		if err != nil {
			return absent("the folder of CVD_PEER_NODE does not have it")
		}
		return v.Version
	}
}
