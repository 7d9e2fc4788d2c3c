// Package jsontree reads and writes JSON without losing any of it.
//
// Members keep their order, members nobody knows are kept, and a number keeps
// its text. That is what a library needs which edits documents of others:
// encoding/json into a struct drops what the struct does not name, and into a
// map it drops the order and the digits of numbers.
//
// The reader is strict. It follows RFC 8259 and refuses what readers disagree
// about, because a document that two programs read differently must not pass a
// validator: duplicate member names, invalid UTF-8, lone surrogates, a byte
// order mark, trailing data. It stops at its [Limits]. Every refusal is a
// [*SyntaxError] with the offset of the fault. Time is linear in the input, and
// memory is bounded by Limits.MaxNodes.
//
// A [Node] that is only read may be shared between goroutines.
package jsontree
