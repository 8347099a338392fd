// Package testpg gives tests a real Postgres: a server of their own on a unix
// socket in a temporary directory, and in it a fresh database for each test. It is
// stopped with the test, and with the test's process however that ends.
//
//	func TestMain(m *testing.M) { os.Exit(testpg.Main(m)) }
//
//	func TestIt(t *testing.T) {
//		url := testpg.Shared(t).Database(t) // postgres://…
//	}
//
// A test that stops, kills or reconfigures its server starts one by Start.
//
// The programs are looked for in $PGBIN, in PATH and in /usr/lib/postgresql. Where
// there are none, root installs Debian's package; anybody else is told how to. A
// test that cannot have a server is skipped, or fails if CI is set.
package testpg
