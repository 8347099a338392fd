package main

import "example.com/tidemark/internal/cli"

// flags is a command's flag set.
type flags = cli.Flags

func (t *tool) flags(c *command) *flags { return c.Flags(t.program()) }

func (t *tool) program() *cli.Program {
	return &cli.Program{Name: "controllerd", Self: t.self, Environ: t.environ, Stdout: t.stdout}
}
