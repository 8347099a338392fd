package algebra

import "time"

var started = time.Now()

func exempt() { go panic(1.5) }
