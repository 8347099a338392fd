package blob

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// set makes the value the key's. A key that has none is given a name for the whole
// file at once, and then the file and its name are brought to disk together; what
// was never reported may be there in part after a power failure. A value that is
// there is replaced only by one that is on disk. If it fails, certain says that
// nothing was set and nothing will be.
func (f *Files) set(key, data string) (certain bool, err error) {
	dir := path.Dir(key)
	if err := f.ensure(dir); err != nil {
		return true, err
	}
	written := f.path(fmt.Sprintf("%s/%s-%d", temporary, f.run, f.serial.Add(1)))
	file, err := writeFile(written, data)
	if err != nil {
		return true, errors.Join(err, removeFile(written))
	}
	if os.Link(written, f.path(key)) == nil {
		return false, errors.Join(removeFile(written), f.syncBoth(file, dir))
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return true, errors.Join(err, removeFile(written))
	}
	if err := os.Rename(written, f.path(key)); err != nil {
		return refused(err), errors.Join(err, removeFile(written))
	}
	return false, syncDirectory(f.path(dir))
}

// syncBoth has a file and the names in its directory on disk, and closes the file. A
// file system that keeps a log does both in one go when it is asked for both at the
// same time.
func (f *Files) syncBoth(file *os.File, dir string) error {
	names := make(chan error, 1)
	go func() { names <- syncDirectory(f.path(dir)) }()
	return errors.Join(file.Sync(), file.Close(), <-names)
}

// refused reports whether a file was not renamed because of what is at its place.
// What else goes wrong may go wrong on a server's way back.
func refused(err error) bool {
	for _, why := range []error{syscall.EISDIR, syscall.ENOTDIR, syscall.EEXIST, syscall.ENOTEMPTY, fs.ErrNotExist, fs.ErrPermission} {
		if errors.Is(err, why) {
			return true
		}
	}
	return false
}

// writeFile makes a file that has exactly this, which is open and not on disk yet.
// If it fails, the file may be there, and is closed.
func writeFile(name, data string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	if _, err = io.WriteString(file, data); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func removeFile(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncDirectory has the names in a directory on disk.
func syncDirectory(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// ensure makes a directory and has its name on disk, and those of all above it. A
// directory that is there already may have been made a moment ago by somebody whose
// name for it is not on disk yet, so that is not left to others.
func (f *Files) ensure(dir string) error {
	if dir == "." || f.isDurable(dir) {
		return nil
	}
	parent := path.Dir(dir)
	if err := f.ensure(parent); err != nil {
		return err
	}
	if err := os.Mkdir(f.path(dir), 0o755); err != nil && !isDirectory(f.path(dir)) {
		return err
	}
	if err := syncDirectory(f.path(parent)); err != nil {
		return err
	}
	f.lock.Lock()
	defer f.lock.Unlock()
	f.durable[dir] = true
	return nil
}

func (f *Files) isDurable(dir string) bool {
	f.lock.Lock()
	defer f.lock.Unlock()
	return f.durable[dir]
}

func isDirectory(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// delete removes the value's file. If it fails, certain says that nothing was
// deleted and nothing will be.
func (f *Files) delete(key string) (certain bool, err error) {
	name := f.path(key)
	info, err := os.Lstat(name)
	switch {
	case absent(err):
		return true, nil
	case err != nil:
		return true, err
	case info.IsDir():
		// It is the beginning of other keys, and no key.
		return true, nil
	}
	if err := os.Remove(name); !absent(err) {
		return false, err
	}
	return true, nil
}

// absent reports whether there is no file because there is none of that name, or
// because what the name leads through is not a directory.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// get reads the value's file.
func (f *Files) get(key string) (data string, found bool, err error) {
	file, err := os.Open(f.path(key))
	if absent(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return "", false, err
	}
	data, err = read(file, info.Size())
	return data, err == nil, err
}
