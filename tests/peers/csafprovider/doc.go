// Package csafprovider lets csaf_checker and csaf_downloader of github.com/gocsaf/csaf
// judge a provider that was published with real keys, over loopback TLS behind a
// CONNECT proxy. The tests skip where the tools are not on PATH.
package csafprovider
