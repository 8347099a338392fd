package blob

import (
	"os"
	"slices"
	"strings"

	"example.com/tidemark/core/persist/blob"
)

// list walks the directories that may have keys of the call, in order of keys.
func (f *Files) list(call *blob.Call) ([]string, error) {
	var keys []string
	err := f.walk("", call, func(key string) bool {
		keys = append(keys, key)
		return call.Limit == 0 || uint64(len(keys)) < uint64(call.Limit)
	})
	return keys, err
}

// walk visits the call's keys below a directory, "" or one that ends with a slash,
// until visit says that it is enough.
func (f *Files) walk(dir string, call *blob.Call, visit func(string) bool) error {
	_, err := f.walkOn(dir, call, visit)
	return err
}

func (f *Files) walkOn(dir string, call *blob.Call, visit func(string) bool) (goOn bool, err error) {
	names, err := f.names(dir)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		full := dir + name
		goOn := true
		switch {
		case strings.HasSuffix(full, "/"):
			if mayHave(full, call) {
				goOn, err = f.walkOn(full, call, visit)
			}
		case strings.HasPrefix(full, call.Key) && full > call.After && blob.ValidKey(full):
			goOn = visit(full)
		}
		if err != nil || !goOn {
			return false, err
		}
	}
	return true, nil
}

// mayHave reports whether a directory can have keys that the call asks for.
func mayHave(dir string, call *blob.Call) bool {
	return (strings.HasPrefix(dir, call.Key) || strings.HasPrefix(call.Key, dir)) &&
		(dir > call.After || strings.HasPrefix(call.After, dir))
}

// names are what a directory has, those of directories with a slash at their end, in
// the order of the keys that they lead to. Names that no key has are left out.
func (f *Files) names(dir string) ([]string, error) {
	entries, err := os.ReadDir(f.path(dir))
	if absent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		switch name := e.Name(); {
		case name[0] == '.':
		case e.IsDir():
			names = append(names, name+"/")
		case e.Type().IsRegular():
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
