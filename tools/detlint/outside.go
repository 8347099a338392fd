package main

import (
	"go/ast"
	"strconv"
)

// checkWallClock: time comes in with every input, and simulated time is the
// kernel's.
func checkWallClock(c *checker, file *ast.File) {
	inspect(file, func(n ast.Node) {
		id, ok := n.(*ast.Ident)
		if !ok {
			return
		}
		switch name := functionOf(c, id, "time"); name {
		case "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker":
			c.reportf(id.Pos(), "time.%s reads the machine's clock: use the now that came in (core/clock), or the kernel's time", name)
		}
	})
}

// checkRandomness: every draw is a function of the seed and its cause.
func checkRandomness(c *checker, file *ast.File) {
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		switch path {
		case "math/rand", "math/rand/v2", "crypto/rand", "hash/maphash":
			c.reportf(spec.Pos(), "import of %s: draw by key (sim/kernel), or derive from the entropy that came in (C-2)", path)
		}
	}
}
