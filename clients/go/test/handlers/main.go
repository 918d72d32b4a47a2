// What can fail in a Go program, one way for each name of the first argument. Run by clients/contract/go.test.ts.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"mayday.invalid/mayday"
)

type shop struct{ orders map[int]string }

func (s *shop) deliver(order int) string {
	return s.orders[order][5:]
}

func fail(message string) { panic(message) }

type unprintable struct{}

func (unprintable) Error() string { panic("no text") }

type endless struct{ next *endless }

func (endless) Error() string     { return "endless" }
func (e *endless) Unwrap() error  { return e.next }
func (e *endless) String() string { return "endless" }

var errClosed = errors.New("the shop is closed")

func orders(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("what") {
	case "panic":
		_ = r.ParseForm()
		new(shop).deliver(3)
	case "report":
		mayday.ReportContext(r.Context(), errClosed, nil)
		fmt.Fprint(w, "closed")
	case "abort":
		panic(http.ErrAbortHandler)
	}
}

func request(server *httptest.Server, path string) {
	r, _ := http.NewRequest("POST", server.URL+path, strings.NewReader(url.Values{"password": {"hunter" + "2"}, "amount": {"3"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer hunter"+"2")
	r.Header.Set("Cookie", "theme=hunter"+"2")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Println("no answer")
		return
	}
	body, _ := io.ReadAll(answer.Body)
	fmt.Println("answer", answer.StatusCode, string(body))
}

func serve() *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/orders/{what}", orders)
	server := httptest.NewUnstartedServer(mayday.Middleware(mux))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	return server
}

func recovered(function func()) {
	defer mayday.Recover()
	function()
}

func deep(depth int) {
	if depth == 0 {
		fail("deep down")
	}
	deep(depth - 1)
}

func endlessly(depth int) int { return endlessly(depth+1) + 1 }

func main() {
	options := mayday.Options{}
	if os.Args[1] == "before_send" {
		options.BeforeSend = func(report map[string]any) map[string]any {
			if report["data"].(map[string]any)["drop"] == true {
				return nil
			}
			report["data"] = map[string]any{"changed": true}
			return report
		}
		options.IgnoreErr = []error{errClosed}
	}
	mayday.Install(options)
	switch os.Args[1] {
	case "stay":
		mayday.Report(errors.New("first"), nil)
		time.Sleep(400 * time.Millisecond)
		mayday.Report(fmt.Errorf("second"), nil)
		time.Sleep(3 * time.Second)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "fatal":
		mayday.Breadcrumb("about to fail", map[string]any{"password": "hunter" + "2"}, "test")
		mayday.Set("user", map[string]any{"id": "u-18"})
		go new(shop).deliver(3)
		time.Sleep(5 * time.Second)
	case "map_writes":
		words := map[int]int{}
		for range 4 {
			go func() {
				for turn := 0; ; turn++ {
					words[turn%7] = turn
				}
			}()
		}
		time.Sleep(20 * time.Second)
	case "overflow":
		debug.SetMaxStack(1 << 20)
		endlessly(1)
	case "exit":
		os.Exit(3)
	}
	defer mayday.Close()
	switch os.Args[1] {
	case "goroutine":
		mayday.Go(func() { fail("in a goroutine") })
		time.Sleep(10 * time.Second)
	case "recover":
		recovered(func() { fail("recovered") })
		fmt.Println("goes on")
	case "nested":
		// Both handlers see it; it is one.
		func() {
			defer mayday.ReportPanic()
			new(shop).deliver(3)
		}()
	case "recovered_outside":
		func() {
			defer func() { fmt.Println("theirs:", recover()) }()
			defer mayday.ReportPanic()
			fail("on its way out")
		}()
	case "cleanup":
		// A deferred function of the application panics while the first panic is on its way.
		defer func() { panic(fmt.Errorf("cleaning up: %w", errClosed)) }()
		fail("first")
	case "joined":
		mayday.Report(fmt.Errorf("order: %w", errors.Join(errClosed, os.ErrNotExist)), nil)
	case "wrapped":
		err := func() error { err := errors.New("inner"); mayday.Report(err, nil); return err }()
		mayday.Report(fmt.Errorf("outer: %w", err), nil)
		other := func() error { err := errors.New("inner"); mayday.Report(err, nil); return err }
		_ = other()
	case "http":
		server := serve()
		request(server, "/orders/panic?amount=3&api_key=hunter"+"2")
		request(server, "/orders/report")
		request(server, "/orders/abort")
		request(server, "/orders/none")
	case "slog":
		logger := slog.New(mayday.NewSlogHandler(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
			Level: slog.LevelWarn, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == "time" {
					return slog.Attr{}
				}
				return a
			}})))
		logger = logger.With("shop", "north")
		ctx := mayday.WithSection(context.Background(), "user", map[string]any{"id": 17})
		logger.Debug("not noted")
		logger.WithGroup("order").Info("opened", "id", 17, "password", "hunter"+"2")
		logger.WithGroup("order").ErrorContext(ctx, "cannot deliver", "id", 17, "err", fmt.Errorf("deliver: %w", errClosed))
		logger.Error("only words")
	case "hostile":
		round := map[string]any{"time": time.Unix(0, 0).UTC(), "wait": time.Second, "nan": func() float64 { z := 0.0; return z / z }(), "f": fail, "chan": make(chan int),
			"struct": struct {
				Name  string `json:"name"`
				Token string
				inner int
			}{"n", "hunter" + "2", 1}, "bytes": []byte{0xff, 'a'}, "nil": (*shop)(nil), "list": make([]int, 1000), "text": strings.Repeat("é", 10000), "error": unprintable{}}
		round["self"] = round
		mayday.Report(unprintable{}, round)
		loop := &endless{}
		loop.next = &endless{loop}
		mayday.Report(loop, nil)
		mayday.Report(nil, nil)
		recovered(func() { deep(3000) })
		recovered(func() { panic(round) })
		many := map[string]any{}
		for turn := range 400 {
			many[fmt.Sprint(turn)] = strings.Repeat("x", 2000)
		}
		mayday.Set("configuration", many)
		recovered(func() { deep(3001) })
		fmt.Println("goes on")
	case "before_send":
		mayday.Report(errors.New("dropped"), map[string]any{"drop": true})
		mayday.Report(fmt.Errorf("ignored: %w", errClosed), nil)
		mayday.Report(errors.New("kept"), map[string]any{"secret": "x"})
	}
}
