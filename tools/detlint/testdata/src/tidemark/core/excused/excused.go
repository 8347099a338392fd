package excused

//detlint:allow panic because // want `core has no exceptions: remove the comment`
func f() { panic(1) } // want `panic in core`
