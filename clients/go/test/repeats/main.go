// Errors that come again: reported and then fatal, returned again, many different ones at once. Run by clients/contract/repeats.test.ts.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"mayday.invalid/mayday"
)

func fail(depth int) {
	if depth > 0 {
		fail(depth - 1)
		return
	}
	panic(errors.New("at depth"))
}

func once(turn int) {
	defer func() {
		mayday.ReportRecovered(recover(), map[string]any{"turn": turn})
	}()
	fail(turn)
}

func inner() error {
	err := errors.New("at depth")
	mayday.Report(err, nil)
	return fmt.Errorf("cannot go on: %w", err)
}

func main() {
	options := mayday.Options{Tags: map[string]string{"shop": "north"}, ExitWait: 2 * time.Second}
	switch os.Args[1] {
	case "no_wait":
		options.ExitWait = -1
	case "ignored":
		options.Ignore = []string{"backend down"}
	}
	mayday.Install(options)
	defer mayday.Close()
	switch os.Args[1] {
	case "fatal":
		panic(inner())
	case "outward":
		mayday.Report(inner(), nil)
	case "again":
		cached := errors.New("backend down")
		for range 5 {
			mayday.Report(cached, nil)
		}
	case "notes":
		for turn := range 60 {
			mayday.Breadcrumb(fmt.Sprint("step ", turn), map[string]any{"password": "hunter" + "2"}, "desk")
		}
		once(0)
	case "ignored":
		mayday.Report(errors.New("the backend down again"), nil)
	case "burst":
		for turn := range 80 {
			once(turn)
		}
	default:
		fail(0)
	}
}
