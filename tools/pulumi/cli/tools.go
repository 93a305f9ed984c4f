//go:build tools

// Pins the Pulumi CLI as a dependency, because its own module has replace
// directives and so cannot be installed with `go install`.
package tools

import (
	_ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
	// Named, because pkg asks for an older sdk than the one it was released with.
	_ "github.com/pulumi/pulumi/sdk/v3/go/common/version"
)
