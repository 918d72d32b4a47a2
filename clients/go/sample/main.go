// The sample application of the Go client: an order desk that fails in the way its first argument says.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"mayday.invalid/mayday"
)

// Away from the lines around the frames: those are sent, as the sources of the application.
var password = "hunter" + "2"

// OrderError says which order cannot be read.
type OrderError struct {
	Order int
	Cause error
}

func (e *OrderError) Error() string { return fmt.Sprintf("order %d cannot be read", e.Order) }
func (e *OrderError) Unwrap() error { return e.Cause }

type desk struct{}

func (d *desk) readAmount(text string) (int, error) {
	return strconv.Atoi(text)
}

func (d *desk) read(text string) error {
	if _, err := d.readAmount(text); err != nil {
		return &OrderError{17, err}
	}
	return nil
}

func takeOrder() {
	if err := new(desk).read("twelve"); err != nil {
		panic(err)
	}
}

func reportOrder() {
	err := new(desk).read("twelve")
	mayday.Report(err, map[string]any{"order": 17, "password": password})
}

func main() {
	scenario := "crash"
	if len(os.Args) > 1 {
		scenario = os.Args[1]
	}
	mayday.Install(mayday.Options{Version: "1.2.3"})
	defer mayday.Close()
	mayday.Set("user", map[string]any{"id": "u-17"})
	mayday.Set("configuration", map[string]any{"port": 8000, "password": password})
	switch scenario {
	case "crash":
		fmt.Println("taking an order")
		takeOrder()
	case "report":
		reportOrder()
		fmt.Println("still running")
	case "repeat":
		for range 25 {
			reportOrder()
		}
		fmt.Println("still running")
	case "flush":
		mayday.Flush(0)
		fmt.Println("flushed")
	case "idle":
		fmt.Println("idle")
	case "fatal":
		// Nothing of the program can see this one; the next run reports it.
		done := make(chan bool)
		go func() { panic(errors.New("in somebody else's goroutine")) }()
		<-done
	default:
		fmt.Fprintln(os.Stderr, "unknown scenario: "+scenario)
		os.Exit(1)
	}
}
