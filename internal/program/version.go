package program

import "runtime/debug"

// Version names a program and its build: the module's version, or what it was built from.
func Version(name string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = " " + s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+"
		}
	}
	return name + " " + info.Main.Version + revision + modified + " " + info.GoVersion
}
