package plan

// stripComments replaces // and /* */ comments outside strings by blanks, byte
// for byte and keeping line ends, so that positions stay what they were.
func stripComments(b []byte) ([]byte, error) {
	out := append([]byte(nil), b...)
	for i := 0; i < len(out); i++ {
		switch {
		case out[i] == '"':
			i = endOfString(out, i)
		case out[i] == '/' && i+1 < len(out) && out[i+1] == '/':
			for ; i < len(out) && out[i] != '\n'; i++ {
				out[i] = ' '
			}
		case out[i] == '/' && i+1 < len(out) && out[i+1] == '*':
			end := endOfComment(out, i+2)
			if end < 0 {
				return nil, &Error{Where: line(b, int64(i)), Reason: "a comment is not closed"}
			}
			blank(out[i:end])
			i = end - 1
		}
	}
	return out, nil
}

// endOfString is the position of the quote that closes the string opened at i,
// or the last position.
func endOfString(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i
}

// endOfComment is the position behind the next "*/", or −1.
func endOfComment(b []byte, i int) int {
	for ; i+1 < len(b); i++ {
		if b[i] == '*' && b[i+1] == '/' {
			return i + 2
		}
	}
	return -1
}

func blank(b []byte) {
	for i := range b {
		if b[i] != '\n' && b[i] != '\r' {
			b[i] = ' '
		}
	}
}
