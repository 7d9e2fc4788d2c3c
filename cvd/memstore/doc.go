// Package memstore keeps cases, blobs and the state of adapters in memory. It is
// the reference for whoever implements storage.Store: where the contract leaves a
// question, look here for the shortest answer. It also serves tests, and tools
// that read an archive and forget it.
//
// Nothing survives the process. Values must come from New, NewBlobs and NewState.
package memstore
