//go:build tools

// Pins Gitea as a dependency, because its own module has replace directives and so cannot be installed with
// `go install`. The `replace` lines of our go.mod are Gitea's own.
package tools

import (
	_ "code.gitea.io/gitea"
)
