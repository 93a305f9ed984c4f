//go:build tools

// Pins the language host of Node.js programs. v3.68.0 is the last release of
// the SDK module that holds it; newer ones live in a module without tags.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
