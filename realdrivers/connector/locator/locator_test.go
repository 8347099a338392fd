package locator

import (
	"strings"
	"testing"
	"time"
)

func TestParametersAreRead(t *testing.T) {
	l, err := Parse("load:counter?rate=7&every=3s&mode=fast&loud=true&names=a,b")
	if err != nil {
		t.Fatal(err)
	}
	if l.Name != "counter" || l.Uint("rate", 1, 0, 10) != 7 || l.Duration("every", 0, 0, time.Minute) != 3*time.Second ||
		l.OneOf("mode", "slow", "slow", "fast") != "fast" || !l.Bool("loud", false) || len(l.List("names")) != 2 ||
		l.Text("absent", "x") != "x" {
		t.Errorf("read wrongly: %+v", l)
	}
	if err := l.Finish(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for connection, want := range map[string]string{
		"load:counter?rats=7":         `parameter "rats" is not known here; known are: rate, mode`,
		"load:counter?rate=x":         "parameter rate is not a whole number from 0 to 10",
		"load:counter?rate=11":        "parameter rate is not a whole number from 0 to 10",
		"load:counter?rate=1&rate=2":  "parameter rate is given 2 times",
		"load:counter?mode=sometimes": "parameter mode is none of slow, fast",
	} {
		l, err := Parse(connection)
		if err != nil {
			t.Fatal(err)
		}
		l.Uint("rate", 1, 0, 10)
		l.OneOf("mode", "slow", "slow", "fast")
		if err := l.Finish(); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", connection, err, want)
		}
	}
}

// A client's secrets are in none of the texts that are printed.
func TestSecretsAreNotShown(t *testing.T) {
	for _, connection := range []string{
		"postgres://me:hunter2@db/shop?table=t",
		"postgres://me@db/shop?password=hunter2&sslkey=hunter2",
		"postgres://me:hunter2@db:port/shop",
		"hunter2",
		"x://%zz:hunter2@",
		"x://h/?a=%zzhunter2",
	} {
		text := Redact(connection)
		if _, err := Parse(connection); err != nil {
			text += err.Error()
		}
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s shows as %s", connection, text)
		}
	}
}
