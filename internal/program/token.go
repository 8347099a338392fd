package program

import (
	"fmt"
	"strings"
)

// minToken is how long a token must be: 16 characters that nobody can guess.
const minToken = 16

// Token is what the value of the flag called name stands for, as Secret has it, and fit to
// be a token, or empty. No error repeats the value.
func Token(name, value string) (string, error) {
	t, err := Secret(name, value)
	switch {
	case err != nil:
		return "", err
	case t != "" && len(t) < minToken:
		return "", fmt.Errorf("--%s has %d characters; it needs at least %d, such as those of: openssl rand -hex 16", name, len(t), minToken)
	case strings.ContainsAny(t, " \t\r\n"):
		return "", fmt.Errorf("--%s contains a space or a line break", name)
	}
	return t, nil
}
