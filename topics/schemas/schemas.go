// Package schemas holds the JSON Schema (2020-12) of every event's body: TYPE.json for each type, common.json for what they
// share, headers.json for the records' headers. They are written by hand; package contract reads them, and its tests hold
// them against the decoder, the wire types and what the last release had published (released/).
package schemas

import "embed"

// Files are the schemas.
//
//go:embed *.json
var Files embed.FS
