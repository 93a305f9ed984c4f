//go:build tools

// Pins the language host of YAML programs. A module of its own: it asks for
// older Pulumi packages than the CLI does.
package tools

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
