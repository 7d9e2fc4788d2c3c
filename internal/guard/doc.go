// Package guard fetches small documents over https from public addresses only.
//
// A program that fetches what a stranger names (a domain's security.txt, the
// key of a reporter's address) can be made to talk to its own network. The
// guard decides on the address that the socket is about to connect to, after
// name resolution, so a name that resolves differently the second time
// (rebinding) gains nothing. Proxies of the environment are not used, because
// a proxy would resolve the name itself.
package guard
