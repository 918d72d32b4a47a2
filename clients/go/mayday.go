// Package mayday reports crashes of Go programs to a Mayday server: one file, no dependencies, Go 1.23 or newer.
//
//	func main() {
//		mayday.Install(mayday.Options{URL: "http://localhost:8080", Product: "my-app", Version: "1.2.3"})
//		defer mayday.Close()
//
// Close reports a panic of the main goroutine and lets it go on; Go does so for a goroutine of its own, Middleware for
// HTTP handlers. What still ends the program (a panic in somebody else's goroutine, "fatal error: concurrent map
// writes", a full stack) is reported by the next run, from what the run-time printed. Nothing here panics by itself,
// waits for the network in Report, or changes what the program does.
package mayday

// SPDX-License-Identifier: Apache-2.0

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

// LibraryVersion is the version of this file.
const LibraryVersion = "1.0.0"

// Bounds. A report is at most maxBody bytes; the queue at most queueFiles reports and queueBytes bytes.
const (
	maxCauses     = 10
	maxLocations  = 100
	maxEntries    = 100
	maxItems      = 50
	maxDepth      = 5
	maxMessage    = 8192
	maxString     = 2048
	maxSourceLine = 300
	maxBody       = 256 << 10
	maxAnswer     = 64 << 10
	maxSourceFile = 4 << 20
	maxInnerJSON  = 64 << 10
	maxCrumbs     = 50
	maxFrames     = 1 << 16
	maxCrashText  = 1 << 20
	maxRuns       = 100
	sourceContext = 5
	queueFiles    = 50
	queueBytes    = 5 << 20
	queueAge      = 14 * 24 * time.Hour
	temporaryAge  = time.Hour
	mergeTime     = time.Minute
	firstBackoff  = 30 * time.Second
	maxBackoff    = time.Hour
	// A handled error may still turn out to be what the program dies of.
	graceTime = 150 * time.Millisecond
	// How long an error may take on its way from one handler to the next.
	wayOutTime = 5 * time.Second
)

// Before this time (2020) no clock can be right: the library did not exist.
var earliestClock = time.Unix(1577836800, 0)

const filtered = "[filtered]"

// Options of Install. What is left empty comes from the environment (MAYDAY_URL, …) or has a default.
type Options struct {
	URL     string // Base of the submit server, "http://host:8080". Without it nothing is sent.
	Product string // Without it nothing is sent.
	Account string // "default" where it is empty.
	Version string // The release.
	// VersionDetails adds to Version, or stands for it: number, revision, build, edition.
	VersionDetails map[string]string
	Environment    string // The name of the environment, such as "production".
	Role           string // "customer", "tester" or "disabled".
	Token          string // Test token.
	Key            string // The product's upload key, where it asks for one.
	Debug          bool   // Prints on stderr what is sent and what the server says.
	QueueDir       string // Where reports wait: ~/.mayday, else a private folder in the temporary folder.
	Timeout        time.Duration
	// ExitWait is the longest wait of Close; 2 seconds where it is 0, none where it is negative.
	ExitWait  time.Duration
	Tags      map[string]string
	Ignore    []string // An error in whose "kind: message" one of these stands is not reported.
	IgnoreErr []error  // Nor is one of which errors.Is says that it is one of these.
	// SampleRate is the share of errors that are reported; all where it is nil.
	SampleRate *float64
	Secrets    []string // Further (parts of) names whose values are filtered.
	Variables  []string // Further environment variables that are sent; "X_*" names many.
	Ownership  map[string]any
	// BeforeSend gets every report and returns it, changed or not; nil drops it.
	BeforeSend func(report map[string]any) map[string]any
	// Sessions tells the server that the program runs and how it ends, for crash-free rates.
	Sessions bool
	// NoCrashFile leaves debug.SetCrashOutput alone: fatal errors are then seen by Close, Go and Middleware only.
	NoCrashFile bool
}

// --- What an application calls ---------------------------------------------------------------------------------------

var (
	installing sync.Mutex
	current    *client
	currentMu  sync.RWMutex
)

func active() *client {
	currentMu.RLock()
	defer currentMu.RUnlock()
	return current
}

func activate(c *client) {
	currentMu.Lock()
	defer currentMu.Unlock()
	current = c
}

// Install starts reporting; calling it again changes the options. It says whether reports will be sent.
func Install(options Options) (willSend bool) {
	installing.Lock()
	defer installing.Unlock()
	defer func() {
		if recover() != nil {
			activate(nil)
			willSend = false
		}
	}()
	role := effectiveRole(options)
	if role == "disabled" {
		activate(nil)
		return false
	}
	c := newClient(options, role)
	previous := active()
	if previous != nil && c.sender.queue != nil && previous.sender.queue != nil && previous.sender.queue.folder == c.sender.queue.folder {
		// One sender for one folder: two would send the same reports.
		c.sender = previous.sender
		c.sender.setClient(c)
		c.sections, c.crumbs, c.run = previous.sections, previous.crumbs, previous.run
	}
	if len(options.Tags) > 0 {
		tags := maps(c.sections.get("tags"))
		for name, value := range options.Tags {
			tags[name] = value
		}
		c.sections.set("tags", tags)
	}
	if setting := os.Getenv("MAYDAY_SESSIONS"); c.canSend && (isOn(setting) || setting == "" && options.Sessions) {
		if c.session = newSession(); previous != nil && previous.session != nil {
			c.session = previous.session
		}
	}
	activate(c)
	if c.canSend && c.home != "" && !options.NoCrashFile && c.run == nil {
		c.reportEarlierCrashes()
		c.run = startRun(c)
	}
	c.saveRun(true)
	if c.session.isUntold() {
		c.sender.wake()
	}
	c.sender.startIfWorkWaits()
	return c.canSend
}

// Report reports an error with a map of data (which may be nil) and returns the occurrence's id, "" where there is none.
func Report(err error, data map[string]any) string {
	return report(nil, err, data, "normal", callers(0))
}

// ReportContext is Report with what WithSection and Middleware have put into the context.
func ReportContext(ctx context.Context, err error, data map[string]any) string {
	return report(ctx, err, data, "normal", callers(0))
}

// ReportRecovered reports what a deferred function of the application has recovered; nil is nothing.
func ReportRecovered(value any, data map[string]any) string {
	if value == nil {
		return ""
	}
	return report(nil, value, data, "normal", panicking(callers(0)))
}

// Recover, deferred, reports a panic and ends it: the goroutine's function returns, the program goes on.
func Recover() {
	if value := recover(); value != nil {
		reportPanic(nil, value, "normal")
	}
}

// ReportPanic, deferred, reports a panic, waits at most Options.ExitWait, and lets the panic go on.
func ReportPanic() {
	if value := recover(); value != nil {
		reportPanic(nil, value, "major")
		drainAtExit()
		goOn(value)
	}
}

// Close, deferred at the beginning of main, is ReportPanic for the main goroutine; where the program ends well, it waits
// at most Options.ExitWait for what is on its way.
func Close() {
	value := recover()
	status := "exited"
	if value != nil {
		status = "crashed"
		reportPanic(nil, value, "major")
	}
	c := active()
	if c != nil {
		c.session.end(status)
	}
	drainAtExit()
	if c != nil {
		c.run.end()
	}
	if value != nil {
		goOn(value)
	}
}

// Go runs the function in a goroutine of its own; a panic in it is reported, and goes on.
func Go(function func()) {
	go guarded(function)
}

func guarded(function func()) {
	defer ReportPanic()
	function()
}

// Flush sends everything that waits, now, for at most so long (0: Options.Timeout). It says whether nothing is left.
func Flush(timeout time.Duration) (done bool) {
	c := active()
	if c == nil {
		return true
	}
	defer func() {
		if recover() != nil {
			done = false
		}
	}()
	if timeout <= 0 {
		timeout = c.timeout
	}
	return c.sender.drain(timeout, true)
}

// Breadcrumb notes what the program did; the last 50 go with each report. Data may be nil, the category empty.
func Breadcrumb(message string, data map[string]any, category string) {
	c := active()
	if c == nil {
		return
	}
	defer func() { _ = recover() }()
	crumb := map[string]any{"time": moment(time.Now()), "message": c.collector().text(message, maxString)}
	if category != "" {
		crumb["category"] = cut(category, 100)
	}
	if len(data) > 0 {
		crumb["data"] = c.collector().clean(data)
	}
	c.crumbs.add(crumb)
	c.saveRun(false)
}

// Set gives what every later report carries: "user", "account", "configuration", "request", "host" or "tags". Nil removes it.
func Set(section string, values map[string]any) {
	if c := active(); c != nil {
		c.sections.set(section, values)
		c.saveRun(true)
	}
}

type scopeKey struct{}

type scope struct {
	outer   *scope
	section string
	values  any // A map, or a function that makes one when it is wanted.
}

// WithSection is Set for what is reported with the context that it returns.
func WithSection(ctx context.Context, section string, values map[string]any) context.Context {
	outer, _ := ctx.Value(scopeKey{}).(*scope)
	return context.WithValue(ctx, scopeKey{}, &scope{outer, section, values})
}

// --- HTTP ------------------------------------------------------------------------------------------------------------

// Middleware reports panics that leave a handler, with the request, and lets them go on to the server. Reports that are
// made with the request's context carry the request.
func Middleware(next http.Handler) http.Handler {
	return &middleware{next}
}

// middleware is a type of its own since functions of a function that is inlined bear its caller's name.
type middleware struct{ next http.Handler }

func (m *middleware) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if active() == nil {
		m.next.ServeHTTP(w, r)
		return
	}
	outer, _ := r.Context().Value(scopeKey{}).(*scope)
	inner := &scope{outer: outer, section: "request"}
	variables := &scope{outer: inner, section: "environment"}
	r = r.WithContext(context.WithValue(r.Context(), scopeKey{}, variables))
	inner.values = func() any { return requestSection(r) }
	variables.values = func() any { return map[string]any{"variables": requestVariables(r)} }
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		// With this one a handler ends its answer on purpose.
		if err, ok := value.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			reportPanic(r.Context(), value, "major")
		}
		goOn(value)
	}()
	m.next.ServeHTTP(w, r)
}

func requestSection(r *http.Request) map[string]any {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	found := map[string]any{"method": r.Method, "url": scheme + r.Host + r.URL.RequestURI()}
	if r.Pattern != "" {
		found["route"] = r.Pattern
	}
	addValues(found, "G_", r.URL.Query())
	// Only what the application has parsed itself: reading a body now would take it away.
	addValues(found, "P_", r.PostForm)
	for _, cookie := range r.Cookies() {
		if len(found) < 3*maxEntries {
			found["C_"+cookie.Name] = filtered
		}
	}
	return found
}

func addValues(found map[string]any, prefix string, values url.Values) {
	count := 0
	for _, name := range sortedKeys(values) {
		if count++; count > maxEntries {
			return
		}
		if list := values[name]; len(list) == 1 {
			found[prefix+name] = list[0]
		} else {
			found[prefix+name] = list
		}
	}
}

func requestVariables(r *http.Request) map[string]any {
	found := map[string]any{
		"REQUEST_METHOD": r.Method, "PATH_INFO": r.URL.Path, "QUERY_STRING": r.URL.RawQuery,
		"SERVER_PROTOCOL": r.Proto, "REMOTE_ADDR": r.RemoteAddr,
	}
	for _, name := range sortedKeys(r.Header) {
		if len(found) > maxEntries {
			break
		}
		found["HTTP_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = strings.Join(r.Header[name], ", ")
	}
	return found
}

// --- log/slog --------------------------------------------------------------------------------------------------------

// NewSlogHandler gives records on to `next` (which may be nil); those of slog.LevelError and above are reported, with the
// first error among their attributes, the others become breadcrumbs.
func NewSlogHandler(next slog.Handler) slog.Handler {
	return &slogHandler{next: next}
}

type slogHandler struct {
	next   slog.Handler
	attrs  []slog.Attr
	prefix string
}

func (h *slogHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo && active() != nil || h.next != nil && h.next.Enabled(ctx, level)
}

func (h *slogHandler) Handle(ctx context.Context, record slog.Record) error {
	h.note(ctx, record)
	if h.next != nil && h.next.Enabled(ctx, record.Level) {
		return h.next.Handle(ctx, record)
	}
	return nil
}

func (h *slogHandler) note(ctx context.Context, record slog.Record) {
	if active() == nil {
		return
	}
	defer func() { _ = recover() }()
	data := map[string]any{}
	var cause error
	take := func(prefix string, attr slog.Attr) {
		if found := addAttr(data, prefix, attr, 0); found != nil && cause == nil {
			cause = found
		}
	}
	for _, attr := range h.attrs {
		take("", attr)
	}
	record.Attrs(func(attr slog.Attr) bool {
		take(h.prefix, attr)
		return len(data) < maxEntries
	})
	if record.Level < slog.LevelError {
		Breadcrumb(record.Message, data, "log")
		return
	}
	pcs := callers(0)
	// The record knows who called the logger.
	if index := slices.Index(pcs, record.PC); index > 0 {
		pcs = pcs[index:]
	}
	if cause == nil {
		report(ctx, logged(record.Message), data, "normal", pcs)
		return
	}
	data["message"] = record.Message
	report(ctx, cause, data, "normal", pcs)
}

// addAttr puts an attribute under its name with those of its groups before it; it returns an error that it finds.
func addAttr(data map[string]any, prefix string, attr slog.Attr, depth int) error {
	value := attr.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		var found error
		if attr.Key != "" {
			prefix += attr.Key + "."
		}
		for _, inner := range value.Group() {
			if len(data) >= maxEntries || depth >= maxDepth {
				break
			}
			if err := addAttr(data, prefix, inner, depth+1); err != nil && found == nil {
				found = err
			}
		}
		return found
	}
	if attr.Key == "" && value.Any() == nil {
		return nil
	}
	data[prefix+attr.Key] = value.Any()
	err, _ := value.Any().(error)
	return err
}

func (h *slogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	made := *h
	made.attrs = slices.Clip(h.attrs)
	for _, attr := range attrs {
		// Named in full here, since later groups do not hold them.
		made.attrs = append(made.attrs, slog.Attr{Key: h.prefix + attr.Key, Value: attr.Value})
	}
	if h.next != nil {
		made.next = h.next.WithAttrs(attrs)
	}
	return &made
}

func (h *slogHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	made := *h
	made.prefix += name + "."
	if h.next != nil {
		made.next = h.next.WithGroup(name)
	}
	return &made
}

// logged is a message at the level of errors that came without an error.
type logged string

// --- Making a report -------------------------------------------------------------------------------------------------

func reportPanic(ctx context.Context, value any, severity string) string {
	pcs := callers(0)
	if wasReported(pcs) {
		return ""
	}
	return report(ctx, value, nil, severity, panicking(pcs))
}

// goOn lets a panic go on that was reported. Its name in a stack says so.
//
//go:noinline
func goOn(value any) {
	panic(value)
}

func report(ctx context.Context, value any, data map[string]any, severity string, pcs []uintptr) (id string) {
	c := active()
	if c == nil || value == nil {
		return ""
	}
	defer func() {
		if problem := recover(); problem != nil {
			c.say("could not report: " + printed(problem, 200))
			func() {
				defer func() { _ = recover() }()
				c.sender.drop("failed")
			}()
			id = ""
		}
	}()
	known := seen.onItsWayOut(value, pcs)
	if known != nil {
		if severity == "major" && known.severity != "major" {
			known.severity = "major"
			c.sender.upgrade(known.fingerprint)
		}
		return known.occurrence
	}
	if c.isIgnored(value) || c.sampleRate < 1 && mathrand.Float64() >= c.sampleRate {
		return ""
	}
	made := c.collector().report(ctx, value, data, severity, pcs)
	if c.beforeSend != nil {
		if made = c.beforeSend(made); made == nil {
			return ""
		}
	}
	fingerprint := fingerprintOf(made)
	id, _ = made["occurrence_id"].(string)
	seen.add(value, &sighting{at: time.Now(), goroutine: goroutineID(), pcs: pcs, severity: severity, fingerprint: fingerprint, occurrence: id})
	c.session.count()
	c.run.noteReported(value, fingerprint)
	c.sender.accept(made, fingerprint)
	return id
}

// An error passes several handlers on its way out. It is the same occurrence where the same value, or an error that wraps
// it, comes soon after, in the same goroutine, from a place further out on the stack that the first report saw. A value
// that comes by the same place again (a sentinel, a cached failure) was returned again, and is another one.
type sighting struct {
	values      []any
	at          time.Time
	goroutine   string
	pcs         []uintptr
	severity    string
	fingerprint string
	occurrence  string
}

type sightings struct {
	mu   sync.Mutex
	last []*sighting
}

var seen sightings

func (s *sightings) add(value any, fresh *sighting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh.values = identities(value)
	s.last = slices.DeleteFunc(s.last, func(old *sighting) bool { return fresh.at.Sub(old.at) > wayOutTime })
	if len(s.last) >= 64 {
		s.last = s.last[1:]
	}
	s.last = append(s.last, fresh)
}

func (s *sightings) onItsWayOut(value any, pcs []uintptr) *sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.last) == 0 {
		return nil
	}
	goroutine, same := goroutineID(), identities(value)
	for index := len(s.last) - 1; index >= 0; index-- {
		known := s.last[index]
		if known.goroutine != goroutine || time.Since(known.at) > wayOutTime || !slices.ContainsFunc(known.values, func(one any) bool { return slices.Contains(same, one) }) {
			continue
		}
		if isFurtherOut(pcs, known.pcs) {
			known.pcs = pcs
			return known
		}
		return nil
	}
	return nil
}

// identities gives the error and what it wraps, as far as they can be told apart by what they are and not by their text.
func identities(value any) []any {
	err, ok := value.(error)
	if !ok {
		return nil
	}
	var found []any
	for _, one := range tree(err) {
		if kind := reflect.TypeOf(one); kind.Kind() == reflect.Pointer {
			found = append(found, one)
		}
	}
	return found
}

// isFurtherOut says whether `outer` is where the stack `inner` leads: its callers are calls that were under way in `inner`,
// in whose next frame further in its own function stands, at another place.
func isFurtherOut(outer, inner []uintptr) bool {
	outer, inner = withoutOwn(outer), withoutOwn(inner)
	if len(outer) == 0 || len(outer) > len(inner) {
		return false
	}
	rest := inner[len(inner)-len(outer):]
	return slices.Equal(outer[1:], rest[1:]) && entryOf(outer[0]) == entryOf(rest[0]) && !(len(outer) == len(inner) && outer[0] == inner[0])
}

func entryOf(pc uintptr) uintptr {
	if function := runtime.FuncForPC(pc - 1); function != nil {
		return function.Entry()
	}
	return 0
}

func withoutOwn(pcs []uintptr) []uintptr {
	found := make([]uintptr, 0, len(pcs))
	for _, pc := range pcs {
		if name := functionAt(pc); !isOwn(name) && !strings.HasPrefix(name, "runtime.") {
			found = append(found, pc)
		}
	}
	return found
}

func functionAt(pc uintptr) string {
	if function := runtime.FuncForPC(pc - 1); function != nil {
		return function.Name()
	}
	return ""
}

func goroutineID() string {
	var buffer [64]byte
	text := string(buffer[:runtime.Stack(buffer[:], false)])
	id, _, _ := strings.Cut(strings.TrimPrefix(text, "goroutine "), " ")
	return id
}

// The library's functions are told by their names: the file may lie in any folder and package.
var ownPackage = func() string {
	name := functionAt(reflect.ValueOf(cut).Pointer() + 1)
	return strings.TrimSuffix(name, "cut")
}()

func isOwn(function string) bool {
	return strings.HasPrefix(function, ownPackage) && !ownTests.MatchString(function)
}

var ownTests = regexp.MustCompile(`\.(?:Test|Benchmark|Fuzz|Example)\w*(?:\.func[\d.]+)?$`)

func callers(skip int) []uintptr {
	for size := 256; ; size *= 4 {
		pcs := make([]uintptr, size)
		count := runtime.Callers(skip+2, pcs)
		if count < size || size >= maxFrames {
			return pcs[:count]
		}
	}
}

// panicking cuts off the handler of a panic: what is further in than the run-time's own function that runs deferred ones.
func panicking(pcs []uintptr) []uintptr {
	for index, pc := range pcs {
		if functionAt(pc) == "runtime.gopanic" {
			return pcs[index+1:]
		}
	}
	return pcs
}

// wasReported says whether a panic comes from goOn.
func wasReported(pcs []uintptr) bool {
	for index, pc := range pcs {
		if functionAt(pc) == "runtime.gopanic" {
			return index+1 < len(pcs) && functionAt(pcs[index+1]) == ownPackage+"goOn"
		}
	}
	return false
}

type client struct {
	url, account, product, role, token, key, home, environment string
	version                                                    map[string]any
	canSend, debug                                             bool
	timeout, exitWait                                          time.Duration
	ignore                                                     []string
	ignoreErr                                                  []error
	sampleRate                                                 float64
	ownership                                                  map[string]any
	secrets                                                    *secrets
	beforeSend                                                 func(map[string]any) map[string]any
	variables                                                  *variables
	sections                                                   *sections
	crumbs                                                     *crumbs
	hostID                                                     string
	sender                                                     *sender
	run                                                        *run
	session                                                    *session
}

func newClient(options Options, role string) *client {
	c := &client{
		url: strings.TrimRight(first(options.URL, os.Getenv("MAYDAY_URL")), "/"), account: first(options.Account, os.Getenv("MAYDAY_ACCOUNT"), "default"),
		product: first(options.Product, os.Getenv("MAYDAY_PRODUCT")), role: role, token: first(options.Token, os.Getenv("MAYDAY_TOKEN")),
		key: first(options.Key, os.Getenv("MAYDAY_KEY")), environment: first(options.Environment, os.Getenv("MAYDAY_ENVIRONMENT")),
		debug: options.Debug, timeout: options.Timeout, exitWait: options.ExitWait, ignore: options.Ignore, ignoreErr: options.IgnoreErr,
		ownership: options.Ownership, beforeSend: options.BeforeSend, secrets: newSecrets(options.Secrets),
		variables: newVariables(append(names(os.Getenv("MAYDAY_VARIABLES")), options.Variables...)),
		sections:  &sections{values: map[string]any{}}, crumbs: &crumbs{},
	}
	if setting, ok := os.LookupEnv("MAYDAY_DEBUG"); ok && setting != "" {
		c.debug = isOn(setting)
	}
	if !strings.HasPrefix(c.url, "http://") && !strings.HasPrefix(c.url, "https://") {
		c.url = ""
	}
	c.canSend = c.url != "" && c.product != ""
	c.version = map[string]any{}
	if number := first(options.Version, os.Getenv("MAYDAY_VERSION")); number != "" {
		c.version["number"] = number
	}
	for name, value := range options.VersionDetails {
		c.version[name] = value
	}
	if c.timeout <= 0 {
		c.timeout = 3 * time.Second
	}
	c.timeout = min(c.timeout, time.Minute)
	if c.exitWait == 0 {
		c.exitWait = 2 * time.Second
		if given, err := strconv.ParseFloat(os.Getenv("MAYDAY_EXIT_MS"), 64); err == nil && given >= 0 {
			c.exitWait = time.Duration(given * float64(time.Millisecond))
		}
	}
	c.exitWait = max(0, min(c.exitWait, time.Minute))
	c.sampleRate = 1
	if options.SampleRate != nil {
		c.sampleRate = *options.SampleRate
	} else if given, err := strconv.ParseFloat(os.Getenv("MAYDAY_SAMPLE_RATE"), 64); err == nil && given >= 0 {
		c.sampleRate = given
	}
	if c.ownership == nil {
		c.ownership = defaultOwnership()
	}
	if c.canSend {
		c.home = homeFolder(first(options.QueueDir, os.Getenv("MAYDAY_QUEUE_DIR")))
	}
	c.hostID = installationID(c.home)
	c.sender = newSender(c)
	if !c.canSend {
		c.say("nothing will be sent: set URL (http://...) and Product")
	}
	return c
}

func (c *client) endpoint(dropped map[string]int) string {
	var query []string
	if c.debug {
		query = append(query, "debug=1")
	}
	if len(dropped) > 0 {
		var told []string
		for _, reason := range sortedKeys(dropped) {
			told = append(told, fmt.Sprintf("%s:%d", reason, dropped[reason]))
		}
		query = append(query, "dropped="+strings.Join(told, ","))
	}
	if c.token != "" {
		query = append(query, "token="+url.QueryEscape(c.token))
	}
	if c.key != "" {
		query = append(query, "key="+url.QueryEscape(c.key))
	}
	address := c.address("reports")
	if len(query) > 0 {
		address += "?" + strings.Join(query, "&")
	}
	return address
}

func (c *client) address(resource string) string {
	return fmt.Sprintf("%s/api/1/%s/products/%s/%s", c.url, url.PathEscape(c.account), url.PathEscape(c.product), resource)
}

func (c *client) isIgnored(value any) bool {
	if err, ok := value.(error); ok {
		for _, known := range c.ignoreErr {
			if errors.Is(err, known) {
				return true
			}
		}
	}
	if len(c.ignore) == 0 {
		return false
	}
	text := kindOf(value) + ": " + printed(value, maxMessage)
	return slices.ContainsFunc(c.ignore, func(part string) bool { return strings.Contains(text, part) })
}

func (c *client) say(text string) {
	if c.debug {
		fmt.Fprintln(os.Stderr, "mayday: "+text)
	}
}

func (c *client) collector() *collector { return &collector{c} }

type sections struct {
	mu     sync.Mutex
	values map[string]any
}

func (s *sections) get(name string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[name]
}

func (s *sections) set(name string, value map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value == nil {
		delete(s.values, name)
	} else {
		s.values[name] = value
	}
}

func (s *sections) all() map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]any{}
	for name, value := range s.values {
		found[name] = value
	}
	return found
}

// session is one run of the program, for crash-free rates. Its whole state is sent when it begins and when it ends.
type session struct {
	mu          sync.Mutex
	sid, status string
	started     string
	errors, seq int
	told        bool // Whether the server has been told the state, or will not be.
}

func newSession() *session {
	return &session{sid: newUUID(), status: "ok", started: moment(time.Now())}
}

func (s *session) count() {
	if s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.errors++
	}
}

func (s *session) end(status string) {
	if s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.status == "ok" {
			s.status, s.told = status, false
		}
	}
}

func (s *session) isUntold() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.told
}

func (s *session) body(c *client) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = true
	s.seq++
	return encode(c.sessionState(s.sid, s.status, s.started, s.errors, s.seq))
}

func (c *client) sessionState(sid, status, started string, errors, seq int) map[string]any {
	made := map[string]any{"sid": sid, "status": status, "errors": errors, "started": started, "seq": seq}
	for name, value := range map[string]any{"release": c.version["number"], "environment": c.environment, "user": maps(c.sections.get("user"))["id"]} {
		if value != nil && value != "" {
			made[name] = clip(printed(value, 200), 200)
		}
	}
	return made
}

// crumbs keeps the last notes.
type crumbs struct {
	mu   sync.Mutex
	last []any
}

func (c *crumbs) add(crumb any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.last) >= maxCrumbs {
		c.last = slices.Clone(c.last[1:])
	}
	c.last = append(c.last, crumb)
}

func (c *crumbs) all() []any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.last)
}

// collector turns one error into one report.
type collector struct{ c *client }

func (k *collector) report(ctx context.Context, value any, data map[string]any, severity string, pcs []uintptr) map[string]any {
	made := k.base(ctx, time.Now())
	made["severity"] = severity
	made["data"] = map[string]any{}
	if len(data) > 0 {
		made["data"] = k.clean(data)
	}
	made["stacktrace"] = k.stacktrace(value, pcs)
	return made
}

// base is what a report says beside the error itself.
func (k *collector) base(ctx context.Context, at time.Time) map[string]any {
	c := k.c
	given := c.sections.all()
	if ctx != nil {
		k.scoped(ctx, given)
	}
	host := map[string]any{"id": c.hostID}
	if name, err := os.Hostname(); err == nil {
		host["hostname"] = name
	}
	made := map[string]any{
		"occurrence_id": newUUID(), "date": at.UTC().Format("2006-01-02"), "time": moment(at), "language": "go",
		"client_version": LibraryVersion, "role": c.role, "host": host, "env": environment(),
	}
	if len(c.version) > 0 {
		made["version"] = k.clean(c.version)
	}
	if c.sampleRate < 1 {
		made["sample_rate"] = c.sampleRate
	}
	if crumbs := c.crumbs.all(); len(crumbs) > 0 {
		made["breadcrumbs"] = crumbs
	}
	if len(c.ownership) > 0 {
		made["ownership"] = c.ownership
	}
	sent := map[string]any{}
	for _, entry := range os.Environ() {
		if name, value, ok := strings.Cut(entry, "="); ok && c.variables.allows(name) {
			sent[name] = value
		}
	}
	if request, ok := given["environment"].(map[string]any); ok {
		for name, value := range maps(request["variables"]) {
			sent[name] = value
		}
	}
	described := map[string]any{}
	if len(sent) > 0 {
		described["variables"] = k.section(sent)
	}
	if c.environment != "" {
		described["name"] = cut(c.environment, 200)
	}
	if len(described) > 0 {
		made["environment"] = described
	}
	for _, name := range []string{"user", "account", "configuration", "request", "tags"} {
		if values, ok := given[name].(map[string]any); ok {
			made[name] = k.section(values)
			if name == "user" || name == "account" {
				made[name] = texts(maps(made[name]))
			}
		}
	}
	for name, value := range maps(k.section(maps(given["host"]))) {
		host[name] = value
	}
	return made
}

// scoped adds what the context holds; what was put in last wins.
func (k *collector) scoped(ctx context.Context, given map[string]any) {
	var chain []*scope
	for one, _ := ctx.Value(scopeKey{}).(*scope); one != nil && len(chain) < 100; one = one.outer {
		chain = append(chain, one)
	}
	for index := len(chain) - 1; index >= 0; index-- {
		values := chain[index].values
		func() {
			defer func() { _ = recover() }()
			if compute, ok := values.(func() any); ok {
				values = compute()
			}
			if found, ok := values.(map[string]any); ok && found != nil {
				given[chain[index].section] = found
			}
		}()
	}
}

func (k *collector) stacktrace(value any, pcs []uintptr) []any {
	err, ok := value.(error)
	if !ok {
		message := printed(value, maxMessage)
		switch reflect.TypeOf(value).Kind() {
		case reflect.Map, reflect.Struct, reflect.Slice, reflect.Array, reflect.Pointer:
			if _, ok := value.(fmt.Stringer); !ok {
				message += " " + string(encode(k.clean(value)))
			}
		}
		return []any{k.exception(kindOf(value), message, k.locations(pcs))}
	}
	found := []any{}
	for index, one := range tree(err) {
		places := []any{}
		if index == 0 {
			places = k.locations(pcs)
		} else if own := stackOf(one); len(own) > 0 {
			places = k.locations(own)
		}
		found = append(found, k.exception(kindOf(one), printed(one, maxMessage), places))
	}
	slices.Reverse(found)
	return found
}

func (k *collector) exception(kind, message string, places []any) map[string]any {
	return map[string]any{"kind": cut(kind, maxString), "message": k.text(message, maxMessage), "locations": places}
}

// tree lists an error and what it wraps, each once, the error first, its first cause next.
func tree(err error) []error {
	var found []error
	var add func(one error, depth int)
	add = func(one error, depth int) {
		if one == nil || len(found) >= maxCauses || depth > 100 {
			return
		}
		for _, known := range found {
			if reflect.TypeOf(known).Comparable() && reflect.TypeOf(one) == reflect.TypeOf(known) && isEqual(known, one) {
				return
			}
		}
		found = append(found, one)
		func() {
			defer func() { _ = recover() }()
			switch wrapper := one.(type) {
			case interface{ Unwrap() error }:
				add(wrapper.Unwrap(), depth+1)
			case interface{ Unwrap() []error }:
				for _, inner := range wrapper.Unwrap() {
					add(inner, depth+1)
				}
			}
		}()
	}
	add(err, 0)
	return found
}

func isEqual(a, b error) (equal bool) {
	defer func() { _ = recover() }() // A comparable interface type may hold what is not.
	return a == b
}

// stackOf reads the stack that an error of a common library has taken with it: StackTrace() or Callers() of program counters.
func stackOf(err error) (pcs []uintptr) {
	defer func() { _ = recover() }()
	for _, name := range []string{"StackTrace", "Callers"} {
		method := reflect.ValueOf(err).MethodByName(name)
		if !method.IsValid() || method.Type().NumIn() != 0 || method.Type().NumOut() != 1 || method.Type().Out(0).Kind() != reflect.Slice {
			continue
		}
		frames := method.Call(nil)[0]
		if frames.Type().Elem().Kind() != reflect.Uintptr {
			continue
		}
		for index := 0; index < frames.Len() && index < maxFrames; index++ {
			pcs = append(pcs, uintptr(frames.Index(index).Uint()))
		}
		return pcs
	}
	return nil
}

// kindOf is what the server's reader of panics calls the kind, too: a value that is no error is a "panic".
func kindOf(value any) string {
	switch value.(type) {
	case logged:
		return "log"
	case runtime.Error:
		return "panic"
	case error:
		return strings.TrimPrefix(reflect.TypeOf(value).String(), "*")
	}
	return "panic"
}

// locations reads the frames, innermost first, without the library's own and those with which the run-time begins and ends.
func (k *collector) locations(pcs []uintptr) []any {
	var frames []runtime.Frame
	if len(pcs) > 0 {
		iterator := runtime.CallersFrames(pcs)
		for more := true; more && len(frames) < maxFrames; {
			var frame runtime.Frame
			frame, more = iterator.Next()
			if frame.Function == "" || isOwn(frame.Function) || isMachinery(frame.Function) {
				continue
			}
			frames = append(frames, frame)
		}
	}
	places := []any{}
	for index, frame := range frames {
		if len(frames) > maxLocations && index >= maxLocations/2 && index < len(frames)-maxLocations/2 {
			continue
		}
		places = append(places, k.location(frame.Function, frame.File, frame.Line))
	}
	return places
}

// isMachinery tells the run-time's functions that raise panics and begin goroutines; others, such as those of maps, say something.
func isMachinery(function string) bool {
	return machinery.MatchString(function)
}

var machinery = regexp.MustCompile(`^runtime\.(?:gopanic|goexit|main|sigpanic\w*|panic\w*|goPanic\w*|Callers|call\d+|deferreturn|runOpenDefer\w*|throw|fatal\w*|fatalthrow|fatalpanic|dopanic_m|systemstack\w*|mcall|morestack\w*|newstack|asyncPreempt\w*)(?:\.\w+)*$|^(?:internal/runtime/maps|(?:internal/)?sync)\.(?:fatal|throw)$`)

func (k *collector) location(function, file string, line int) map[string]any {
	packageName, class, method := splitFunction(function)
	found := map[string]any{"absolute_file": cut(file, maxString), "package": cut(packageName, maxString), "method": cut(method, maxString), "line": line}
	if class != "" {
		found["class"] = cut(class, maxString)
	}
	if source := k.source(file, line); source != nil {
		found["source"] = source
	}
	return found
}

// splitFunction takes "example.org/shop/cart.(*Cart).Total" apart. The linker writes dots in the last part of an import path as %2e.
func splitFunction(function string) (packageName, class, method string) {
	head := function
	if bracket := strings.IndexByte(head, '['); bracket >= 0 {
		head = head[:bracket]
	}
	start := strings.LastIndexByte(head, '/') + 1
	dot := strings.IndexByte(head[start:], '.')
	if dot < 0 {
		return "", "", function
	}
	dot += start
	packageName, method = unescaped(function[:dot]), function[dot+1:]
	if receiver, rest, ok := strings.Cut(method, ")."); ok && strings.HasPrefix(receiver, "(") {
		return packageName, strings.TrimPrefix(receiver[1:], "*"), rest
	}
	// A method of a value: "Cart.Total"; "main.func1" and "Total.func1.2" are closures.
	if receiver, rest, ok := strings.Cut(method, "."); ok && !strings.Contains(receiver, "[") && !closure.MatchString(rest) {
		return packageName, receiver, rest
	}
	return packageName, "", method
}

var closure = regexp.MustCompile(`^(?:func|gowrap|deferwrap|init|\d)`)

var sources struct {
	mu    sync.Mutex
	files map[string][]string
}

func (k *collector) source(file string, line int) []any {
	lines := sourceLines(file)
	if line <= 0 || line > len(lines) {
		return nil
	}
	found := make([]any, 0, 2*sourceContext+1)
	for index := line - 1 - sourceContext; index <= line-1+sourceContext; index++ {
		if index < 0 || index >= len(lines) {
			found = append(found, "")
		} else {
			found = append(found, cut(k.c.secrets.text(clip(lines[index], 4*maxSourceLine), "source", 0), maxSourceLine))
		}
	}
	return found
}

func sourceLines(file string) []string {
	sources.mu.Lock()
	defer sources.mu.Unlock()
	if lines, ok := sources.files[file]; ok {
		return lines
	}
	var lines []string
	if info, err := os.Stat(file); err == nil && filepath.IsAbs(file) && info.Mode().IsRegular() && info.Size() <= maxSourceFile {
		if content, err := os.ReadFile(file); err == nil {
			lines = strings.Split(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n")
		}
	}
	if sources.files == nil || len(sources.files) >= 20 {
		sources.files = map[string][]string{}
	}
	sources.files[file] = lines
	return lines
}

func (k *collector) text(text string, limit int) string {
	return cut(k.c.secrets.anyText(text, 2*limit), limit)
}

func (k *collector) section(values map[string]any) any {
	return k.cleaned(reflect.ValueOf(values), 0, 4*maxEntries)
}

// clean gives plain JSON of bounded size, secrets filtered.
func (k *collector) clean(value any) any {
	return k.cleaned(reflect.ValueOf(value), 0, maxEntries)
}

func (k *collector) cleaned(value reflect.Value, depth, entries int) any {
	for value.Kind() == reflect.Interface || value.Kind() == reflect.Pointer {
		if value.IsNil() {
			return nil
		}
		if text, ok := asText(value); ok {
			return k.text(text, maxString)
		}
		if depth++; depth > 2*maxDepth {
			return "[too deep]"
		}
		if value.Kind() == reflect.Pointer {
			value = value.Elem()
			continue
		}
		value, depth = value.Elem(), depth-1
	}
	if !value.IsValid() {
		return nil
	}
	if value.Type() == reflect.TypeFor[json.Number]() && json.Valid([]byte(value.String())) {
		return json.Number(clip(value.String(), 100))
	}
	if text, ok := asText(value); ok {
		return k.text(text, maxString)
	}
	switch value.Kind() {
	case reflect.Bool:
		return value.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if number := value.Int(); number > -1<<53 && number < 1<<53 {
			return number
		}
		return strconv.FormatInt(value.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if number := value.Uint(); number < 1<<53 {
			return number
		}
		return strconv.FormatUint(value.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		if number := value.Float(); !math.IsInf(number, 0) && !math.IsNaN(number) {
			return number
		}
		return strconv.FormatFloat(value.Float(), 'g', -1, 64)
	case reflect.String:
		return k.text(value.String(), maxString)
	case reflect.Map, reflect.Struct, reflect.Slice, reflect.Array:
		if value.Type() == reflect.TypeFor[object]() {
			return k.object(value.Interface().(object), depth, entries)
		}
		if value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Uint8 {
			return k.text(strings.ToValidUTF8(string(value.Bytes()[:min(value.Len(), maxString)]), "\uFFFD"), maxString)
		}
		if depth >= maxDepth {
			return "[too deep]"
		}
		if value.Kind() == reflect.Map {
			return k.mapping(value, depth, entries)
		}
		if value.Kind() == reflect.Struct {
			return k.structure(value, depth, entries)
		}
		return k.list(value, depth)
	case reflect.Complex64, reflect.Complex128:
		return printed(value.Complex(), maxString)
	}
	return value.Type().String()
}

// asText reads what shows itself as a text better than as its fields: errors, times, Stringers, numbers of JSON.
func asText(value reflect.Value) (text string, ok bool) {
	if !value.CanInterface() {
		return "", false
	}
	defer func() {
		if recover() != nil {
			text, ok = fmt.Sprintf("<unprintable %T>", value.Interface()), true
		}
	}()
	switch one := value.Interface().(type) {
	case error:
		return one.Error(), true
	case time.Time:
		return one.Format(time.RFC3339Nano), true
	case fmt.Stringer:
		return one.String(), true
	}
	return "", false
}

func (k *collector) mapping(value reflect.Value, depth, entries int) any {
	byName := map[string]reflect.Value{}
	for iterator := value.MapRange(); iterator.Next(); {
		if len(byName) >= 10*entries {
			break
		}
		byName[printed(iterator.Key().Interface(), 200)] = iterator.Value()
	}
	found := map[string]any{}
	for _, name := range sortedKeys(byName) {
		if len(found) >= entries {
			break
		}
		found[cut(name, 200)] = k.named(name, byName[name], depth)
	}
	return found
}

func (k *collector) structure(value reflect.Value, depth, entries int) any {
	found := map[string]any{}
	for index := 0; index < value.NumField() && len(found) < entries; index++ {
		field := value.Type().Field(index)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		found[name] = k.named(name, value.Field(index), depth)
	}
	return found
}

func (k *collector) object(value object, depth, entries int) any {
	if depth >= maxDepth {
		return "[too deep]"
	}
	found := object{}
	for _, one := range value[:min(len(value), entries)] {
		found = append(found, member{cut(one.name, 200), k.named(one.name, reflect.ValueOf(one.value), depth)})
	}
	return found
}

func (k *collector) named(name string, value reflect.Value, depth int) any {
	plain := value
	for plain.Kind() == reflect.Interface && !plain.IsNil() {
		plain = plain.Elem()
	}
	if k.c.secrets.isSecret(name) {
		return hiddenValue(plain)
	}
	if plain.Kind() == reflect.String && strings.HasSuffix(name, "QUERY_STRING") {
		return cut(k.c.secrets.text(clip(plain.String(), 4*maxString), "query", 0), maxString)
	}
	return k.cleaned(value, depth+1, maxEntries)
}

// hiddenValue is what stands in the place of a secret; nothing, yes and no, and an empty text are none.
func hiddenValue(value reflect.Value) any {
	if !value.IsValid() {
		return nil
	}
	switch value.Kind() {
	case reflect.Bool:
		return value.Bool()
	case reflect.String:
		if value.Len() == 0 {
			return ""
		}
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		if value.IsNil() {
			return nil
		}
		if value.Kind() == reflect.Map && value.Len() == 0 || value.Type() == reflect.TypeFor[object]() && value.Len() == 0 {
			return map[string]any{}
		}
	}
	return filtered
}

func (k *collector) list(value reflect.Value, depth int) any {
	items := make([]reflect.Value, min(value.Len(), maxItems))
	pairs := len(items) > 0
	for index := range items {
		items[index] = value.Index(index)
		_, _, isPair := pairOf(items[index])
		pairs = pairs && isPair
	}
	found := make([]any, 0, len(items))
	if pairs {
		for _, item := range items {
			name, second, _ := pairOf(item)
			found = append(found, []any{name, k.named(name, second, depth+1)})
		}
		return found
	}
	return k.arguments(items, depth)
}

// pairOf reads a list of a name and a value, as of a header.
func pairOf(value reflect.Value) (name string, second reflect.Value, ok bool) {
	for value.Kind() == reflect.Interface && !value.IsNil() {
		value = value.Elem()
	}
	if value.Kind() != reflect.Slice && value.Kind() != reflect.Array || value.Len() != 2 {
		return "", second, false
	}
	name, ok = stringOf(value.Index(0))
	if !ok || utf8.RuneCountInString(name) > 100 || strings.HasPrefix(name, "-") || strings.ContainsFunc(name, unicode.IsSpace) {
		return "", second, false
	}
	return name, value.Index(1), true
}

func stringOf(value reflect.Value) (string, bool) {
	for value.Kind() == reflect.Interface && !value.IsNil() {
		value = value.Elem()
	}
	if value.Kind() != reflect.String {
		return "", false
	}
	return value.String(), true
}

// arguments cleans a list; where it is the arguments of a command, without the values of secret options.
func (k *collector) arguments(items []reflect.Value, depth int) []any {
	found := make([]any, 0, len(items))
	before := ""
	for _, item := range items {
		text, isText := stringOf(item)
		if isText && (before != "" && !strings.HasPrefix(text, "-") && k.c.secrets.isSecret(before) || before == "p" && isMixed(text)) {
			found = append(found, hiddenValue(reflect.ValueOf(text)))
			before = ""
			continue
		}
		option := []string(nil)
		if isText {
			option = argument.FindStringSubmatch(text)
		}
		before = ""
		switch {
		case option == nil:
			found = append(found, k.cleaned(item, depth+1, maxEntries))
			continue
		case option[2] == "" && !strings.HasSuffix(option[0], "="):
			if strings.HasPrefix(text, "-") {
				before = strings.TrimLeft(option[1], "-")
			}
		case k.c.secrets.isSecret(strings.TrimLeft(option[1], "-")):
			found = append(found, cut(option[1], 200)+"="+fmt.Sprint(hiddenValue(reflect.ValueOf(strings.TrimPrefix(option[2], "=")))))
			continue
		}
		found = append(found, k.cleaned(item, depth+1, maxEntries))
	}
	return found
}

// --- Secrets: the rules of the server, which testdata/privacy-vectors.json shows by example ---------------------------

var (
	secretWords = set("password passwords passwd passphrase pwd pass pw secret secrets token tokens auth authorization authentication authenticate" +
		" cookie cookies session sessions sessionid sessid phpsessid jsessionid sid card cards cardnumber creditcard cvv cvc iban key" +
		" keys apikey accesskey secretkey privatekey credential credentials creds csrf xsrf csrftoken jwt bearer otp mfa totp pin ssn" +
		" signature dsn connectionstring mysqlpwd pgpassword sig")
	secretPairs = set("ccnumber ccnum creditnumber")
	// In running text "key" and "session" say too little.
	strictWords = set("password passwd passphrase pwd pw secret token authorization apikey accesskey secretkey privatekey credential credentials cookie" +
		" csrftoken jwt cvv cvc sessionid sessid phpsessid jsessionid pgpassword mysqlpwd")
	strictPairs = set("apikey accesskey secretkey privatekey sessionid cardnumber creditcard accountkey masterkey signingkey encryptionkey" +
		" ccnumber")
	harmless = set("public_key publickey auth_type key_type token_type")

	glued  = regexp.MustCompile(`passw(?:or)?d|passphrase|(?:secret|token|apikey|cookie|credential)s?$`)
	camel  = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	noWord = regexp.MustCompile(`[^a-z0-9\x{80}-\x{ffff}]+`)

	queryPart  = regexp.MustCompile(`([?&;])([A-Za-z0-9_.\[\]%-]{1,60})=([^&;#\s"'<>\\)]+)`)
	wholeQuery = regexp.MustCompile(`([?&;])([A-Za-z0-9_.\[\]%-]{1,60})=([^&;#]+)`)
	// In an address: "user:password@", and one whose password has a slash in it (a port and a path have, too).
	credentials = regexp.MustCompile(`(://[^/\s:@?#"']{0,100}):([^/\s?#"']{1,200})@`)
	slashed     = regexp.MustCompile(`(://[^/\s:@?#"']{0,100}):([^\s?#"'@]{1,200})@`)
	port        = regexp.MustCompile(`^\d{1,5}(?:[/?#]|$)`)
	option      = regexp.MustCompile(`(^|\s)(--?)([A-Za-z][\w.-]{1,60})([ \t]{1,3})([^\s"'\x60;|&-][^\s"'\x60;|&]{0,399})`)
	// mysql, sshpass and docker login call their password -p; ports, folders and words are no mix of letters and digits.
	shortOption = regexp.MustCompile(`(^|\s)(-p[ \t]{0,3})([^\s"'\x60;|&\-./~][^\s"'\x60;|&]{3,399})`)
	assigned    = regexp.MustCompile(`(["'\x60]?)([A-Za-z_][\w.-]{0,60})(["'\x60]?\]?)(\s{0,3}(?:=>|:=|[:=])\s{0,3})`)
	headerLine  = regexp.MustCompile(`(?m)^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]{0,3}(\S[^\r\n]*)$`)
	headerName  = regexp.MustCompile(`(?i)^(?:(?:proxy-)?authorization|(?:set-)?cookie2?)$`)
	// "Basic validation" is prose: a credential has a digit, a sign or padding in it.
	bearer = regexp.MustCompile(`(?i)\b(?:Bearer|Basic) {1,3}([A-Za-z0-9._~+/=-]{6,})`)
	tokens = []*regexp.Regexp{
		regexp.MustCompile(`\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?`),
		regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|npm_[A-Za-z0-9]{30,60})\b`),
		regexp.MustCompile(`\b(?:sk|rk|pk)_live_[A-Za-z0-9]{10,128}\b`),
		regexp.MustCompile(`\bsk-[A-Za-z0-9_-]{20,200}\b`),
		regexp.MustCompile(`\bxox[abprs]-[A-Za-z0-9-]{10,200}\b`),
		regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`),
		regexp.MustCompile(`\bAIza[\w-]{35}\b`),
		regexp.MustCompile(`\bsntry[su]_[A-Za-z0-9_=+/-]{20,500}`),
		regexp.MustCompile(`-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?`),
	}
	noLiteral = regexp.MustCompile(`(?is)^(?:null|none|nil|undefined|true|false|=.*)$`)
	word      = regexp.MustCompile(`^[^\s,;&)}\]"']+`)
	argument  = regexp.MustCompile(`(?s)^(--?[A-Za-z][\w.-]{0,60}|[A-Za-z_][A-Za-z0-9_]{1,60})(=.*)?$`)
)

// secrets tells secrets by their names and by what texts show; `more` are the application's own (parts of) names.
type secrets struct {
	more  []string
	mu    sync.Mutex
	known map[string]bool
}

func newSecrets(more []string) *secrets {
	s := &secrets{known: map[string]bool{}}
	for _, name := range more {
		if name != "" {
			s.more = append(s.more, strings.ToLower(name))
		}
	}
	return s
}

func (s *secrets) isSecret(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.known[name]
	if !ok {
		if len(s.known) > 5000 {
			clear(s.known)
		}
		known = s.has(name, secretWords, secretPairs)
		s.known[name] = known
	}
	return known
}

func (s *secrets) isSecretInText(name string) bool { return s.has(name, strictWords, strictPairs) }

func (s *secrets) has(name string, single, pairs map[string]bool) bool {
	name = clip(name, 200)
	lower := strings.ToLower(name)
	if harmless[lower] || name == "PWD" || name == "OLDPWD" {
		return false
	}
	var parts []string
	for _, part := range noWord.Split(strings.ToLower(camel.ReplaceAllString(name, "$1 $2")), -1) {
		if part != "" {
			parts = append(parts, part)
		}
	}
	for index, part := range parts {
		plain := strings.TrimRight(part, "0123456789")
		next := ""
		if index+1 < len(parts) {
			next = parts[index+1]
		}
		if single[plain] || glued.MatchString(plain) || pairs[part+next] {
			return true
		}
	}
	return slices.ContainsFunc(s.more, func(own string) bool { return strings.Contains(lower, own) })
}

// anyText cleans a text; one that is JSON itself is looked into.
func (s *secrets) anyText(text string, limit int) string {
	if trimmed := strings.TrimLeft(text, " \t\r\n"); len(text) >= 4 && len(text) <= maxInnerJSON && trimmed != "" && (trimmed[0] == '{' || trimmed[0] == '[') {
		if parsed, err := parseOrdered([]byte(text)); err == nil {
			before := encode(parsed)
			after := encode(s.json(parsed, 0))
			if bytes.Equal(before, after) {
				return text
			}
			return string(after)
		}
	}
	return s.text(clip(text, limit), "text", 0)
}

func (s *secrets) json(value any, depth int) any {
	if text, ok := value.(string); ok {
		return s.anyText(text, maxMessage)
	}
	named := func(name string, item any) any {
		if s.isSecret(name) {
			return hiddenValue(reflect.ValueOf(item))
		}
		return s.json(item, depth+1)
	}
	switch one := value.(type) {
	case object:
		if depth > 20 {
			return filtered
		}
		found := object{}
		for _, item := range one {
			found = append(found, member{item.name, named(item.name, item.value)})
		}
		return found
	case []any:
		if depth > 20 {
			return filtered
		}
		pairs := len(one) > 0
		for _, item := range one {
			_, _, isPair := pairOf(reflect.ValueOf(item))
			pairs = pairs && isPair
		}
		found := []any{}
		for _, item := range one {
			if pairs {
				pair := item.([]any)
				found = append(found, []any{pair[0], named(pair[0].(string), pair[1])})
			} else {
				found = append(found, s.json(item, depth+1))
			}
		}
		return found
	}
	return value
}

// What a line of a program holds between quotes is text.
var (
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|` + "`[^`]*`")
	backslash = regexp.MustCompile(`\\(["'` + "`" + `\\])`)
)

// What one of the patterns needs, by its first letter: one look that most texts end with.
var needles = func() (found [256][]string) {
	for _, needle := range strings.Fields("pass pw secret token auth cookie key credential sess bearer basic jwt cvv cvc eyj akia asia aiza" +
		" ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xox sk- sk_ rk_live pk_live sntry npm_ private -p") {
		found[needle[0]] = append(found[needle[0]], needle)
	}
	return found
}()

func isWorthLooking(text string) bool {
	digits, asks, addresses := 0, false, false
	for index := 0; index < len(text); index++ {
		c := text[index]
		switch {
		case c == '?' || c == '&' || c == ';':
			asks = true
		case c == '=' && asks || c == '@' && addresses:
			return true
		case c == ':':
			addresses = true
		case isDigit(c):
			if digits++; digits >= 13 {
				return true
			}
			continue
		case c == ' ' || c == '-':
			// Groups of digits go on.
		default:
			digits = 0
		}
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		for _, needle := range needles[c] {
			if len(text)-index >= len(needle) && strings.EqualFold(text[index:index+len(needle)], needle) {
				return true
			}
		}
	}
	return false
}

// text gives a text without its secrets. `kind`: text, query (a=b&c=d) or source (a line of a program).
func (s *secrets) text(text, kind string, level int) string {
	if kind != "query" && !isWorthLooking(text) {
		return text
	}
	query := func(match []string) string {
		if match[3] == filtered {
			return match[0]
		}
		if s.isSecret(unescaped(match[2])) {
			return match[1] + match[2] + "=" + filtered
		}
		if level == 2 || !strings.Contains(match[3], "%") {
			return match[0]
		}
		plain := unescaped(match[3])
		inner := s.text(plain, "text", level+1)
		if inner == plain {
			return match[0]
		}
		parts := strings.Split(inner, filtered)
		for index, part := range parts {
			parts[index] = escaped(part)
		}
		return match[1] + match[2] + "=" + strings.Join(parts, filtered)
	}
	if kind == "query" {
		text = replaced(wholeQuery, "&"+text, query)[1:]
	} else {
		text = replaced(queryPart, text, query)
	}
	text = replaced(credentials, text, func(match []string) string {
		if strings.Contains(match[2], filtered) {
			return match[0]
		}
		return match[1] + ":" + filtered + "@"
	})
	text = replaced(slashed, text, func(match []string) string {
		if strings.Contains(match[2], filtered) || !strings.Contains(match[2], "/") || port.MatchString(match[2]) {
			return match[0]
		}
		return match[1] + ":" + filtered + "@"
	})
	for _, pattern := range tokens {
		text = replaced(pattern, text, hide)
	}
	text = replaced(bearer, text, func(match []string) string {
		if !strings.ContainsAny(match[1], "0123456789._=") {
			return match[0]
		}
		return hide(match)
	})
	text = withoutCards(text)
	if kind == "text" {
		text = replaced(headerLine, text, func(match []string) string {
			told := headerName.MatchString(match[1]) || strings.Contains(match[1], "-") && s.isSecretInText(match[1])
			if !told || strings.HasPrefix(match[2], filtered) {
				return match[0]
			}
			return match[1] + ": " + filtered
		})
	}
	text = s.assignments(text, kind == "source")
	if kind == "source" {
		text = replaced(quoted, text, func(match []string) string {
			mark := match[0][:1]
			plain := backslash.ReplaceAllString(match[0][1:len(match[0])-1], "$1")
			after := s.text(plain, "text", level)
			if after == plain {
				return match[0]
			}
			return mark + strings.ReplaceAll(after, mark, `\`+mark) + mark
		})
	}
	if kind == "text" {
		text = replaced(option, text, func(match []string) string {
			if strings.Contains(match[5], filtered) || !s.isSecret(match[3]) {
				return match[0]
			}
			return match[1] + match[2] + match[3] + match[4] + filtered
		})
		text = replaced(shortOption, text, func(match []string) string {
			if strings.Contains(match[3], filtered) || !hasLetterAndDigit(clip(match[3], 61)) {
				return match[0]
			}
			return match[1] + match[2] + filtered
		})
	}
	return text
}

func hide(match []string) string {
	if strings.Contains(match[0], filtered) {
		return match[0]
	}
	return filtered
}

func (s *secrets) assignments(text string, literalsOnly bool) string {
	var out strings.Builder
	done, at := 0, 0
	for at <= len(text) {
		match := assigned.FindStringSubmatchIndex(text[at:])
		if match == nil {
			break
		}
		opened, name := text[at+match[2]:at+match[3]], text[at+match[4]:at+match[5]]
		closed, operator := text[at+match[6]:at+match[7]], text[at+match[8]:at+match[9]]
		at += match[1]
		isProse := strings.Contains(operator, ":") && !strings.Contains(operator, "=") && opened == "" && closed == ""
		// `word: text` without quotes is prose, unless the text is no word ("password: hunter2").
		if s.isSecretInText(name) && (!isProse || isMixedValue(text[at:])) {
			if start, end := valueAt(text, at, literalsOnly); end > start && text[start:end] != filtered {
				out.WriteString(text[done:start])
				out.WriteString(filtered)
				at = max(at, end)
				done = at
			}
		}
	}
	return out.String() + text[done:]
}

// valueAt says where the value that begins here stands: a quoted literal, else what comes before the next space or separator.
func valueAt(text string, at int, literalsOnly bool) (start, end int) {
	if strings.HasPrefix(text[at:], filtered) || at >= len(text) {
		return at, at
	}
	if mark := text[at]; mark == '"' || mark == '\'' || mark == '`' {
		end = at + 1
		for end < len(text) && text[end] != mark {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		return at + 1, min(end, len(text))
	}
	if literalsOnly {
		return at, at
	}
	found := word.FindString(text[at:])
	if found == "" || noLiteral.MatchString(found) {
		return at, at
	}
	return at, at + len(found)
}

func isMixed(text string) bool {
	return len(text) >= 4 && !strings.ContainsRune("-./~", rune(text[0])) && hasLetterAndDigit(text)
}

// isMixedValue says whether a value of at least six characters begins here, with a letter and a digit in it.
func isMixedValue(text string) bool {
	end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'`", r) })
	if end < 0 {
		end = len(text)
	}
	value := strings.IndexAny(text[:end], "()[]{}<>")
	if value < 0 {
		value = end
	}
	return value >= 6 && hasLetterAndDigit(clip(text[:end], 61))
}

func hasLetterAndDigit(text string) bool {
	letter, digit := false, false
	for index := 0; index < len(text); index++ {
		digit = digit || isDigit(text[index])
		letter = letter || text[index]|0x20 >= 'a' && text[index]|0x20 <= 'z'
	}
	return letter && digit
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// withoutCards hides numbers of 13 to 16 digits, with or without blanks, that have the check digit of ISO/IEC 7812 (Luhn).
func withoutCards(text string) string {
	var out strings.Builder
	done := 0
	for at := 0; at < len(text); at++ {
		if text[at] < '3' || text[at] > '6' || at > 0 && (isWordByte(text[at-1]) || text[at-1] == '.' || text[at-1] == '-') {
			continue
		}
		end, digits := at, 0
		best := 0
		for digits < 16 && end < len(text) {
			next := end
			if digits >= 4 && (text[next] == ' ' || text[next] == '-') {
				next++
			}
			if next >= len(text) || !isDigit(text[next]) {
				break
			}
			end = next + 1
			if digits++; digits >= 13 && isEndOfNumber(text[end:]) {
				best = end
			}
		}
		if best > 0 && isCard(text[at:best]) {
			out.WriteString(text[done:at] + filtered)
			done = best
			at = best - 1
		}
	}
	return out.String() + text[done:]
}

func isWordByte(c byte) bool { return c == '_' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

func isEndOfNumber(rest string) bool {
	return rest == "" || !isWordByte(rest[0]) && rest[0] != '-' && !(rest[0] == '.' && len(rest) > 1 && isDigit(rest[1]))
}

func isCard(text string) bool {
	sum, position := 0, 0
	for index := len(text) - 1; index >= 0; index-- {
		if !isDigit(text[index]) {
			continue
		}
		digit := int(text[index] - '0')
		if position%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
		position++
	}
	return sum%10 == 0
}

func replaced(pattern *regexp.Regexp, text string, with func(match []string) string) string {
	matches := pattern.FindAllStringSubmatchIndex(text, -1)
	if matches == nil {
		return text
	}
	var out strings.Builder
	done := 0
	for _, match := range matches {
		groups := make([]string, len(match)/2)
		for index := range groups {
			if match[2*index] >= 0 {
				groups[index] = text[match[2*index]:match[2*index+1]]
			}
		}
		out.WriteString(text[done:match[0]])
		out.WriteString(with(groups))
		done = match[1]
	}
	return out.String() + text[done:]
}

// unescaped reads %xx; what is no such thing stays.
func unescaped(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	out := make([]byte, 0, len(text))
	for index := 0; index < len(text); index++ {
		if text[index] == '%' && index+2 < len(text) {
			if decoded, err := hex.DecodeString(text[index+1 : index+3]); err == nil {
				out = append(out, decoded...)
				index += 2
				continue
			}
		}
		out = append(out, text[index])
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

func escaped(text string) string {
	var out strings.Builder
	for index := 0; index < len(text); index++ {
		if c := text[index]; isWordByte(c) || strings.IndexByte("~()*!.'-", c) >= 0 {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// object is a map of JSON in the order in which it was written.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for index, one := range o {
		if index > 0 {
			out = append(out, ',')
		}
		out = append(out, encode(one.name)...)
		out = append(out, ':')
		out = append(out, encode(one.value)...)
	}
	return append(out, '}'), nil
}

func parseOrdered(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := orderedValue(decoder, 0)
	if err != nil {
		return nil, err
	}
	if _, err = decoder.Token(); err != io.EOF {
		return nil, errors.New("more than one value")
	}
	return value, nil
}

func orderedValue(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil || depth > 500 {
		return nil, errors.Join(err, errors.New("too deep"))
	}
	switch token {
	case json.Delim('{'):
		found := object{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := orderedValue(decoder, depth+1)
			if err != nil {
				return nil, err
			}
			found = append(found, member{name.(string), value})
		}
		_, err = decoder.Token()
		return found, err
	case json.Delim('['):
		found := []any{}
		for decoder.More() {
			value, err := orderedValue(decoder, depth+1)
			if err != nil {
				return nil, err
			}
			found = append(found, value)
		}
		_, err = decoder.Token()
		return found, err
	}
	return token, nil
}

func encode(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return nil
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}

// What tells where a program runs and how it was started. All others are left out: every secret of a service may be one.
var sentVariables = set("LANG LANGUAGE TZ TERM SHELL PATH PWD HOSTNAME COMPUTERNAME OS PROCESSOR_ARCHITECTURE CI DYNO KUBERNETES_SERVICE_HOST" +
	" K_SERVICE K_REVISION FUNCTION_NAME WEBSITE_SITE_NAME AWS_REGION AWS_DEFAULT_REGION AWS_LAMBDA_FUNCTION_NAME" +
	" AWS_EXECUTION_ENV FLY_REGION FLY_APP_NAME MAYDAY_PRODUCT MAYDAY_ACCOUNT MAYDAY_ROLE MAYDAY_VERSION MAYDAY_ENVIRONMENT" +
	" APP_ENV APP_DEBUG ENVIRONMENT GOGC GOMEMLIMIT GOMAXPROCS GODEBUG GOTRACEBACK GO_VERSION GIN_MODE")

type variables struct {
	names  map[string]bool
	starts []string
}

func newVariables(more []string) *variables {
	v := &variables{names: map[string]bool{}, starts: []string{"LC_"}}
	for _, name := range more {
		if start, ok := strings.CutSuffix(name, "*"); ok {
			v.starts = append(v.starts, start)
		} else {
			v.names[name] = true
		}
	}
	return v
}

func (v *variables) allows(name string) bool {
	return sentVariables[name] || v.names[name] || slices.ContainsFunc(v.starts, func(start string) bool { return strings.HasPrefix(name, start) })
}

// --- Small things ----------------------------------------------------------------------------------------------------

func set(words string) map[string]bool {
	found := map[string]bool{}
	for _, word := range strings.Fields(words) {
		found[word] = true
	}
	return found
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func names(text string) []string {
	var found []string
	for _, name := range strings.Split(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			found = append(found, name)
		}
	}
	return found
}

func isOn(setting string) bool {
	return setting != "" && setting != "0" && setting != "false" && setting != "no"
}

func maps(value any) map[string]any {
	if found, ok := value.(map[string]any); ok && found != nil {
		return found
	}
	return map[string]any{}
}

// texts makes texts of what the API wants as such, also where an application counts its users with integers.
func texts(section map[string]any) map[string]any {
	for _, name := range []string{"id", "name", "email", "url"} {
		switch value := section[name].(type) {
		case int64, uint64, float64:
			section[name] = fmt.Sprint(value)
		}
	}
	return section
}

func sortedKeys[V any](values map[string]V) []string {
	found := make([]string, 0, len(values))
	for name := range values {
		found = append(found, name)
	}
	sort.Strings(found)
	return found
}

// cut shortens a text to so many characters, and says so; clip does not say so.
func cut(text string, limit int) string {
	if len(text) <= limit || utf8.RuneCountInString(text) <= limit {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	return clip(text, limit-1) + "\u2026"
}

func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	count := 0
	for index := range text {
		if count++; count > limit {
			return text[:index]
		}
	}
	return text
}

// printed shows any value as a text; one whose own method panics is named by its type.
func printed(value any, limit int) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("<unprintable %T>", value)
		}
	}()
	switch one := value.(type) {
	case error:
		return clip(one.Error(), limit)
	case string:
		return clip(one, limit)
	case fmt.Stringer:
		return clip(one.String(), limit)
	}
	switch kind := reflect.ValueOf(value); kind.Kind() {
	case reflect.Map, reflect.Struct, reflect.Slice, reflect.Array, reflect.Pointer:
		// These may hold themselves.
		return fmt.Sprintf("(%T)", value)
	}
	return clip(fmt.Sprint(value), limit)
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func newUUID() string {
	var id [16]byte
	_, _ = rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[0:4], id[4:6], id[6:8], id[8:10], id[10:])
}

var environment = sync.OnceValue(func() map[string]any {
	kernels := map[string]string{"linux": "Linux", "darwin": "Darwin", "windows": "Windows", "freebsd": "FreeBSD", "openbsd": "OpenBSD", "netbsd": "NetBSD"}
	machines := map[string]string{"amd64": "x86_64", "386": "i686"}
	found := map[string]any{
		"go_version": strings.TrimPrefix(runtime.Version(), "go"), "os_kernel_name": first(kernels[runtime.GOOS], runtime.GOOS),
		"cpu_arch": first(machines[runtime.GOARCH], runtime.GOARCH),
	}
	if runtime.GOOS == "linux" {
		if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
			found["os_kernel_version"] = strings.TrimSpace(clip(string(release), 200))
		}
	}
	return found
})

// defaultOwnership: package main and the packages of the main module are the application's; what no rule names is not.
func defaultOwnership() map[string]any {
	rules := []any{map[string]any{"package_prefix": "main", "kind": "application"}}
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Path != "" && info.Main.Path != "command-line-arguments" {
			rules = append(rules, map[string]any{"package_prefix": info.Main.Path, "kind": "application"})
		}
	}
	return map[string]any{"packages": rules}
}

// --- Installation and folders ----------------------------------------------------------------------------------------

func effectiveRole(options Options) string {
	if isOn(os.Getenv("MAYDAY_DISABLED")) {
		return "disabled"
	}
	folder := first(options.QueueDir, os.Getenv("MAYDAY_QUEUE_DIR"))
	if folder == "" {
		if home, err := os.UserHomeDir(); err == nil {
			folder = filepath.Join(home, ".mayday")
		}
	}
	named := ""
	for _, role := range []string{os.Getenv("MAYDAY_ROLE"), strings.TrimSpace(readText(filepath.Join(folder, "role"), 100)), options.Role, "customer"} {
		if role == "disabled" {
			return role
		}
		if named == "" && (role == "customer" || role == "tester") {
			named = role
		}
	}
	return named
}

func readText(path string, limit int64) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit))
	if err != nil {
		return ""
	}
	return string(content)
}

// homeFolder is a folder that only this user can read, or "".
func homeFolder(given string) string {
	candidates := []string{given}
	if given == "" {
		candidates = nil
		if home, err := os.UserHomeDir(); err == nil {
			candidates = append(candidates, filepath.Join(home, ".mayday"))
		}
		candidates = append(candidates, filepath.Join(os.TempDir(), fmt.Sprintf("mayday-%d", os.Getuid())))
	}
	for _, folder := range candidates {
		folder, err := filepath.Abs(folder)
		if err != nil || os.MkdirAll(folder, 0o700) != nil {
			continue
		}
		// In a shared temporary folder somebody else may have made it first: one that is ours alone cannot be written by others.
		info, err := os.Lstat(folder)
		if err != nil || !info.IsDir() && given == "" || given == "" && runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
			continue
		}
		probe, err := os.CreateTemp(folder, "probe-*.tmp")
		if err != nil {
			continue
		}
		_ = probe.Close()
		_ = os.Remove(probe.Name())
		return folder
	}
	return ""
}

var uuidText = regexp.MustCompile(`^` + uuidPattern + `$`)

const uuidPattern = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`

func installationID(home string) string {
	fresh := newUUID()
	if home == "" {
		return fresh
	}
	path := filepath.Join(home, "installation-id")
	for range 2 {
		if known := strings.TrimSpace(readText(path, 100)); uuidText.MatchString(known) {
			return known
		}
		_ = os.Remove(path)
		// Written whole and linked into place, so that two first starts agree on one id.
		temporary := path + "." + fresh + ".tmp"
		if os.WriteFile(temporary, []byte(fresh+"\n"), 0o600) == nil {
			if os.Link(temporary, path) != nil {
				_ = os.Rename(temporary, path)
			}
		}
		_ = os.Remove(temporary)
	}
	return fresh
}

var notInFolder = regexp.MustCompile(`[^A-Za-z0-9._-]`)

func folderName(name string) string {
	name = clip(notInFolder.ReplaceAllString(name, "_"), 100)
	if strings.Trim(name, ".") == "" {
		return "_"
	}
	return name
}

// putFile writes a file as a whole: beside its place, then into it.
func putFile(path string, content []byte) error {
	temporary := path + "." + newUUID()[:8] + ".tmp"
	err := os.WriteFile(temporary, content, 0o600)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		_ = os.Remove(temporary)
	}
	return err
}

// --- What the run-time prints when it ends the program ----------------------------------------------------------------

// run is this run of the program: a file into which the run-time writes its last words, and beside it what a report of them
// needs to know. Both lie in {queueDir}/crashes/{account}/{product}/, and the next run reads them.
type run struct {
	mu       sync.Mutex
	crash    string // The file of the last words.
	about    string // What the report says beside them.
	savedAt  time.Time
	pending  bool
	ended    bool
	reported []reportedError
}

// reportedError remembers how the run-time would print an error that was reported: one that ends the program later is the same crash.
type reportedError struct {
	Text        string `json:"text"`
	Fingerprint string `json:"fingerprint"`
}

func crashFolder(c *client) string {
	return filepath.Join(c.home, "crashes", folderName(c.account), folderName(c.product))
}

func startRun(c *client) *run {
	folder := crashFolder(c)
	if os.MkdirAll(folder, 0o700) != nil {
		return nil
	}
	name := filepath.Join(folder, fmt.Sprintf("%d-%s", os.Getpid(), newUUID()[:8]))
	file, err := os.OpenFile(name+".crash", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil
	}
	defer file.Close()
	if debug.SetCrashOutput(file, debug.CrashOptions{}) != nil {
		_ = os.Remove(file.Name())
		return nil
	}
	return &run{crash: name + ".crash", about: name + ".json"}
}

// end forgets the run: the program ends well, or its panic is reported.
func (r *run) end() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.ended = true
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		_ = os.Remove(r.crash)
		_ = os.Remove(r.about)
	}
}

func (r *run) noteReported(value any, fingerprint string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	r.reported = append(r.reported, reportedError{clip(printed(value, maxMessage), 1000), fingerprint})
	if len(r.reported) > 10 {
		r.reported = r.reported[1:]
	}
	r.mu.Unlock()
	if c := active(); c != nil {
		c.saveRun(false)
	}
}

// saveRun writes what a report of the last words would say; at most once a second where it is not urgent.
func (c *client) saveRun(urgent bool) {
	r := c.run
	if r == nil {
		return
	}
	r.mu.Lock()
	if wait := time.Second - time.Since(r.savedAt); !urgent && wait > 0 {
		if !r.pending {
			r.pending = true
			time.AfterFunc(wait, func() {
				if c := active(); c != nil {
					c.saveRun(true)
				}
			})
		}
		r.mu.Unlock()
		return
	}
	defer r.mu.Unlock()
	defer func() { _ = recover() }()
	r.pending, r.savedAt = false, time.Now()
	if r.ended {
		return
	}
	_ = putFile(r.about, encode(map[string]any{"report": c.collector().base(nil, time.Now()), "reported": r.reported}))
}

// reportEarlierCrashes reports what earlier runs of the product died of.
func (c *client) reportEarlierCrashes() {
	folder := crashFolder(c)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for index, entry := range entries {
		name, isCrash := strings.CutSuffix(entry.Name(), ".crash")
		info, err := entry.Info()
		if err != nil {
			continue
		}
		if !isCrash {
			if strings.HasSuffix(entry.Name(), ".tmp") && time.Since(info.ModTime()) > temporaryAge {
				_ = os.Remove(filepath.Join(folder, entry.Name()))
			}
			continue
		}
		pid, _, _ := strings.Cut(name, "-")
		if info.Size() == 0 && isAlive(pid) && index < maxRuns {
			continue
		}
		path := filepath.Join(folder, name)
		// Whoever renames it reports it.
		if os.Rename(path+".crash", path+".taken") == nil {
			if info.Size() > 0 {
				c.reportLastWords(readText(path+".taken", maxCrashText), readText(path+".json", 4*maxBody), info.ModTime())
			}
			_ = os.Remove(path + ".taken")
		}
		_ = os.Remove(path + ".json")
	}
}

// fatalError tells from a stack which error of the run-time it belongs to.
func fatalError(words, head string) string {
	switch {
	case strings.Contains(words, "[signal "):
		return "fault"
	case strings.Contains(words, "runtime.newstack("):
		return "stack overflow"
	case strings.Contains(words, "runtime/maps.fatal(") || strings.Contains(words, "runtime.mapassign"):
		return "concurrent use of a map"
	case strings.Contains(words, "sync.fatal("):
		return "wrong use of a lock"
	case !strings.Contains(head, "[running") && !strings.Contains(head, "[runnable"):
		return "all goroutines are asleep - deadlock!"
	}
	return ""
}

// isAlive says whether a process of that number runs. This one's own number is another's, from an earlier life of a container.
func isAlive(number string) bool {
	pid, err := strconv.Atoi(number)
	if err != nil || pid == os.Getpid() {
		return false
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = process.Release() }()
	if runtime.GOOS == "windows" {
		return true
	}
	// A signal of number 0 is never delivered; who may not send it learns that somebody is there.
	err = process.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, os.ErrPermission)
}

var (
	wordsBegin  = regexp.MustCompile(`^(panic|fatal error|runtime|SIG[A-Z]{2,8}|unexpected fault address)(?:: ?| 0x)(.*)$`)
	goroutine   = regexp.MustCompile(`^goroutine \d+.*\[.*\]:$`)
	afterPanic  = regexp.MustCompile(` \[recovered(?:, repanicked|, reraised)?\]$`)
	placeOfCall = regexp.MustCompile(`^\t(.+?):(\d+)(?: .*)?$`)
)

// reportLastWords makes a report of what the run-time printed: the panics, and the stack of the goroutine that it names first.
func (c *client) reportLastWords(words, about string, at time.Time) {
	defer func() { _ = recover() }()
	var known struct {
		Report   map[string]any  `json:"report"`
		Reported []reportedError `json:"reported"`
	}
	_ = json.Unmarshal([]byte(about), &known)
	k := c.collector()
	lines := strings.Split(strings.ReplaceAll(words, "\r\n", "\n"), "\n")
	var panics []any
	data := map[string]any{}
	index := 0
	kind, message := "", ""
	finish := func() {
		if kind != "" && len(panics) < maxCauses {
			panics = append(panics, k.exception(kind, strings.TrimRight(message, "\n"), []any{}))
		}
	}
	for ; index < len(lines); index++ {
		line := lines[index]
		if goroutine.MatchString(line) {
			break
		}
		begin := wordsBegin.FindStringSubmatch(strings.TrimLeft(line, "\t "))
		switch {
		case begin != nil && !(begin[1] == "runtime" && kind != ""):
			finish()
			kind, message = begin[1], afterPanic.ReplaceAllString(begin[2], "")
		case strings.HasPrefix(line, "[signal "):
			data["signal"] = strings.Trim(line, "[]")
		case kind != "" && strings.TrimSpace(line) != "" && len(message) < maxMessage:
			message += "\n" + afterPanic.ReplaceAllString(line, "")
		}
	}
	finish()
	// Somebody asked for the stacks of a living program with a signal, or the words are none of the run-time's.
	if kind == "SIGQUIT" || index >= len(lines) {
		return
	}
	if len(panics) == 0 {
		// Of "fatal error: …" the run-time writes no more than the stack into the file.
		kind, message = "fatal error", fatalError(words, lines[index])
		finish()
	}
	data["goroutine"] = strings.TrimSuffix(lines[index], ":")
	var places []any
	for index++; index+1 < len(lines) && lines[index] != "" && len(places) < 10*maxLocations; index++ {
		place := placeOfCall.FindStringSubmatch(lines[index+1])
		if place == nil {
			continue
		}
		function, isCreator := strings.CutPrefix(lines[index], "created by ")
		if isCreator {
			data["created by"] = function
			break
		}
		if open := strings.LastIndexByte(function, '('); open > 0 && strings.HasSuffix(function, ")") {
			function = function[:open]
		}
		index++
		if function == ownPackage+"goOn" {
			return // Reported on its way.
		}
		if line, err := strconv.Atoi(place[2]); err == nil && function != "panic" && !isOwn(function) && !isMachinery(function) {
			places = append(places, k.location(function, place[1], line))
		}
	}
	if len(places) > maxLocations {
		places = append(places[:maxLocations/2:maxLocations/2], places[len(places)-maxLocations/2:]...)
	}
	if len(places) > 0 {
		panics[len(panics)-1].(map[string]any)["locations"] = places
	}
	for _, one := range known.Reported {
		// What was reported and then ended the program is one crash.
		if one.Text == clip(strings.TrimRight(message, "\n"), 1000) {
			c.sender.upgrade(one.Fingerprint)
			return
		}
	}
	if slices.ContainsFunc(c.ignore, func(part string) bool { return strings.Contains(kind+": "+message, part) }) || c.sampleRate < 1 && mathrand.Float64() >= c.sampleRate {
		return
	}
	made := known.Report
	if made == nil {
		made = k.base(nil, at)
	}
	made["occurrence_id"], made["time"], made["date"] = newUUID(), moment(at), at.UTC().Format("2006-01-02")
	made["severity"], made["data"], made["stacktrace"] = "major", data, panics
	if c.beforeSend != nil {
		if made = c.beforeSend(made); made == nil {
			return
		}
	}
	c.sender.accept(made, fingerprintOf(made))
}

// --- The queue and the sender ----------------------------------------------------------------------------------------

// fingerprintOf is the same for repeats of one error: kinds and locations, not messages.
func fingerprintOf(made map[string]any) string {
	var parts []string
	for _, item := range list(made["stacktrace"]) {
		exception := maps(item)
		parts = append(parts, fmt.Sprint(exception["kind"]))
		for _, one := range list(exception["locations"]) {
			place := maps(one)
			parts = append(parts, fmt.Sprintf("%v:%v:%v", place["absolute_file"], place["method"], place["line"]))
		}
		// Where nothing but the message tells one from another: the words of a log without an error.
		if len(list(exception["locations"])) == 0 {
			parts = append(parts, fmt.Sprint(exception["message"]))
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:8])
}

func list(value any) []any {
	found, _ := value.([]any)
	return found
}

// bodyOf is the JSON of a report, without its less important parts where it is too large; nil where it stays too large.
func bodyOf(made map[string]any) []byte {
	body := encode(made)
	if body != nil && len(body) <= maxBody {
		return body
	}
	var small map[string]any
	if json.Unmarshal(body, &small) != nil {
		return nil
	}
	steps := []func(){
		func() {
			for _, item := range list(small["stacktrace"]) {
				for _, place := range list(maps(item)["locations"]) {
					delete(maps(place), "source")
				}
			}
		},
		func() {
			small["data"] = map[string]any{}
			for _, name := range []string{"request", "environment", "configuration", "ownership", "breadcrumbs"} {
				delete(small, name)
			}
		},
		func() {
			for _, item := range list(small["stacktrace"]) {
				if places := list(maps(item)["locations"]); len(places) > 10 {
					maps(item)["locations"] = places[:10]
				}
			}
		},
	}
	for _, step := range steps {
		step()
		if body = encode(small); len(body) <= maxBody {
			return body
		}
	}
	return nil
}

var (
	newFile   = regexp.MustCompile(`^([0-9a-f]{16})\.(` + uuidPattern + `)\.new$`)
	triedFile = regexp.MustCompile(`^(` + uuidPattern + `)\.json$`)
)

// queue is the reports on disk; the contract of the client libraries has names and rules.
type queue struct {
	folder  string
	mu      sync.Mutex
	unsaved map[string]int // Dropped reports by reason that are in no file yet.
	savedAt time.Time
}

type waitingFile struct {
	name    string
	changed time.Time
	size    int64
}

func (q *queue) path(name string) string { return filepath.Join(q.folder, name) }

func (q *queue) put(name string, body []byte) error {
	if err := os.MkdirAll(q.folder, 0o700); err != nil {
		return err
	}
	return putFile(q.path(name), body)
}

// waiting lists the reports, oldest first, after dropping what is too old.
func (q *queue) waiting() []waitingFile {
	now := time.Now()
	entries, _ := os.ReadDir(q.folder)
	var found []waitingFile
	for _, entry := range entries {
		name, path := entry.Name(), q.path(entry.Name())
		info, err := entry.Info()
		if err != nil {
			continue
		}
		changed := info.ModTime()
		if changed.After(now.Add(time.Minute)) || changed.Before(earliestClock) {
			_ = os.Chtimes(path, now, now)
			changed = now
		}
		switch {
		case strings.HasSuffix(name, ".tmp"):
			if now.Sub(changed) > temporaryAge {
				_ = os.Remove(path)
			}
		case newFile.MatchString(name) || triedFile.MatchString(name):
			if now.Sub(changed) <= queueAge {
				found = append(found, waitingFile{name, changed, info.Size()})
			} else if os.Remove(path) == nil {
				q.drop("expired")
			}
		}
	}
	sort.SliceStable(found, func(a, b int) bool { return found[a].changed.Before(found[b].changed) })
	return found
}

// makeRoom says whether there is room for one more; the first of each kind stay, and what lies here from earlier goes.
func (q *queue) makeRoom(size int, isFatal bool) bool {
	files := q.waiting()
	total := int64(size)
	for _, file := range files {
		total += file.size
	}
	for len(files) > 0 && (len(files) >= queueFiles || total > queueBytes) {
		q.drop("queue_full")
		index := slices.IndexFunc(files, func(file waitingFile) bool {
			return isFatal || triedFile.MatchString(file.name) && time.Since(file.changed) > mergeTime
		})
		if index < 0 {
			return false
		}
		total -= files[index].size
		_ = os.Remove(q.path(files[index].name))
		files = slices.Delete(files, index, index+1)
	}
	return true
}

// drop counts a report that will never be sent; what is counted goes with the next one that is.
func (q *queue) drop(reason string) {
	q.mu.Lock()
	if q.unsaved == nil {
		q.unsaved = map[string]int{}
	}
	q.unsaved[reason]++
	due := time.Since(q.savedAt) > 500*time.Millisecond
	q.mu.Unlock()
	if due {
		q.saveDropped(nil)
	}
}

// saveDropped gives what was dropped and has not been told, after what has been told just now. It is kept in a file, for the next run.
func (q *queue) saveDropped(told map[string]int) map[string]int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.savedAt = time.Now()
	before, after := map[string]int{}, map[string]int{}
	_ = json.Unmarshal([]byte(readText(q.path("dropped"), 4000)), &before)
	for _, counts := range []map[string]int{before, q.unsaved} {
		for reason, count := range counts {
			after[reason] += count
		}
	}
	for reason, count := range told {
		after[reason] -= count
	}
	for reason, count := range after {
		if count <= 0 {
			delete(after, reason)
		}
	}
	if len(after) == 0 {
		_ = os.Remove(q.path("dropped"))
		q.unsaved = nil
	} else if q.put("dropped", encode(after)) == nil {
		q.unsaved = nil
	}
	return after
}

func (q *queue) hasUnsaved() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.unsaved) > 0
}

func (q *queue) findUntried(fingerprint string) string {
	for _, file := range q.waiting() {
		if strings.HasPrefix(file.name, fingerprint+".") && newFile.MatchString(file.name) {
			return file.name
		}
	}
	return ""
}

// read gives a report's bytes; nil where the file is gone, or was no report and is removed.
func (q *queue) read(name string) []byte {
	file, err := os.Open(q.path(name))
	if err != nil {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(file, 2*maxBody))
	_ = file.Close()
	var report map[string]any
	if err != nil || json.Unmarshal(body, &report) != nil || report == nil {
		_ = os.Remove(q.path(name))
		return nil
	}
	return body
}

func (q *queue) report(name string) map[string]any {
	var found map[string]any
	if body := q.read(name); body != nil {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		_ = decoder.Decode(&found)
	}
	return found
}

// claim marks a report as tried and gives its new name, "" where another process was faster.
func (q *queue) claim(name string) string {
	match := newFile.FindStringSubmatch(name)
	if match == nil {
		return name
	}
	if os.Rename(q.path(name), q.path(match[2]+".json")) != nil {
		return ""
	}
	return match[2] + ".json"
}

type pause struct {
	Failures  int     `json:"failures"`
	NotBefore float64 `json:"not_before"` // Milliseconds since 1970.
}

// state is the pause after failures; one that ends in more than an hour comes from a wrong clock.
func (q *queue) state() pause {
	var found pause
	_ = json.Unmarshal([]byte(readText(q.path("state.json"), 1000)), &found)
	found.Failures = max(0, found.Failures)
	if found.NotBefore > float64(time.Now().Add(maxBackoff).UnixMilli()) {
		found.NotBefore = 0
	}
	return found
}

// rest is how long nothing is to be tried.
func (q *queue) rest() time.Duration {
	return time.Until(time.UnixMilli(int64(q.state().NotBefore)))
}

func (q *queue) failed(retryAfter time.Duration) {
	failures := q.state().Failures + 1
	wait := min(maxBackoff, firstBackoff<<min(failures-1, 20))
	wait = min(maxBackoff, max(wait, retryAfter))
	_ = q.put("state.json", encode(map[string]any{"failures": failures, "not_before": time.Now().Add(wait).UnixMilli()}))
}

func (q *queue) succeeded() { _ = os.Remove(q.path("state.json")) }

// heldReport is a repeat that waits for the end of its minute.
type heldReport struct {
	name    string
	report  map[string]any
	count   int
	saved   int
	savedAt time.Time
}

// sender puts reports into the queue at once and sends them from a goroutine of its own, which lives while there is work.
type sender struct {
	queue *queue

	mu       sync.Mutex
	client   *client
	memory   [][]byte // Bodies that could not be written to disk.
	held     map[string]*heldReport
	sentAt   map[string]time.Time
	running  bool
	wanted   int // Rounds that somebody asked for; done follows.
	done     int
	force    bool
	release  bool
	soon     bool // Whether a report is too fresh to be sent.
	active   bool // Whether a round is under way.
	inFlight bool
	counted  bool // Whether the request in flight was counted as a failure already.
	exitEnd  time.Time
	awake    chan struct{}
	changed  chan struct{} // Closed at the end of a round.
}

func newSender(c *client) *sender {
	s := &sender{client: c, held: map[string]*heldReport{}, sentAt: map[string]time.Time{}, awake: make(chan struct{}, 1), changed: make(chan struct{})}
	if c.home != "" {
		s.queue = &queue{folder: filepath.Join(c.home, "queue", folderName(c.account), folderName(c.product))}
	}
	return s
}

func (s *sender) setClient(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client = c
}

func (s *sender) startIfWorkWaits() {
	if s.client.canSend && s.queue != nil && len(s.queue.waiting()) > 0 {
		s.wake()
	}
}

func (s *sender) accept(made map[string]any, fingerprint string) {
	s.mu.Lock()
	if s.client.debug {
		text, _ := json.MarshalIndent(made, "", " ")
		s.client.say("report:\n" + string(text))
	}
	if !s.client.canSend {
		s.mu.Unlock()
		return
	}
	s.put(made, fingerprint)
	s.mu.Unlock()
	s.wake()
}

func (s *sender) put(made map[string]any, fingerprint string) {
	if s.merge(fingerprint) {
		return
	}
	body := bodyOf(made)
	if body == nil {
		s.drop("too_large")
		return
	}
	name := fmt.Sprintf("%s.%v.new", fingerprint, made["occurrence_id"])
	if s.queue != nil {
		if !s.queue.makeRoom(len(body), made["severity"] == "major") {
			return
		}
		if s.queue.put(name, body) == nil {
			if s.isRecent(fingerprint) && len(s.held) < queueFiles {
				s.held[fingerprint] = &heldReport{name: name, report: made, count: 1, saved: 1, savedAt: time.Now()}
			}
			return
		}
	}
	if len(s.memory) < queueFiles {
		s.memory = append(s.memory, body)
	} else {
		s.drop("queue_full")
	}
}

func (s *sender) drop(reason string) {
	if s.queue != nil {
		s.queue.drop(reason)
	}
}

// upgrade: a report that was handled turned out to be what ended the program.
func (s *sender) upgrade(fingerprint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held := s.held[fingerprint]; held != nil {
		held.report["severity"] = "major"
	}
	if s.queue == nil {
		return
	}
	if name := s.queue.findUntried(fingerprint); name != "" {
		if report := s.queue.report(name); report != nil {
			report["severity"] = "major"
			_ = s.queue.put(name, encode(report))
		}
	}
}

// merge says whether the report became a repeat of one that has not been tried yet.
func (s *sender) merge(fingerprint string) bool {
	if s.queue == nil {
		return false
	}
	held := s.held[fingerprint]
	if held != nil {
		if _, err := os.Stat(s.queue.path(held.name)); err == nil {
			held.count++
			// Often enough that a kill loses few, seldom enough for a loop that fails a thousand times a second.
			if time.Since(held.savedAt) > 500*time.Millisecond {
				s.writeCount(held)
			}
			return true
		}
	}
	name := s.queue.findUntried(fingerprint)
	if name == "" {
		return false
	}
	report := s.queue.report(name)
	if report == nil {
		return false
	}
	count := 1
	if number, ok := report["count"].(json.Number); ok {
		if known, err := strconv.Atoi(number.String()); err == nil {
			count = known
		}
	}
	held = &heldReport{name: name, report: report, count: count + 1}
	s.writeCount(held)
	if len(s.held) < queueFiles {
		s.held[fingerprint] = held
	}
	return true
}

func (s *sender) writeCount(held *heldReport) {
	held.savedAt, held.saved = time.Now(), held.count
	held.report["count"] = held.count
	if body := bodyOf(held.report); body != nil {
		_ = s.queue.put(held.name, body)
	}
}

func (s *sender) isRecent(fingerprint string) bool {
	at, ok := s.sentAt[fingerprint]
	return ok && time.Since(at) < mergeTime
}

func (s *sender) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted++
	if !s.running {
		s.running = true
		go s.loop()
	}
	select {
	case s.awake <- struct{}{}:
	default:
	}
}

func drainAtExit() {
	defer func() { _ = recover() }()
	if c := active(); c != nil {
		c.sender.drain(c.exitWait, false)
	}
}

// drain waits until what can be sent has been tried, at most so long, and says whether nothing is left.
func (s *sender) drain(wait time.Duration, force bool) bool {
	if !s.client.canSend {
		return true
	}
	if s.queue != nil && s.queue.hasUnsaved() {
		s.queue.saveDropped(nil)
	}
	end := time.Now().Add(wait)
	s.mu.Lock()
	if !force {
		// A panic and the end that follows it share one wait.
		if !s.exitEnd.IsZero() && s.exitEnd.Before(end) {
			end = s.exitEnd
		}
		s.exitEnd = end
	}
	busy := force || s.client.session.isUntold() || len(s.held) > 0 || len(s.memory) > 0 || s.soon || s.active || s.done < s.wanted
	if busy {
		s.release = true
		s.force = s.force || force
		s.mu.Unlock()
		s.wake()
		s.mu.Lock()
		goal := s.wanted
		for s.done < goal && time.Now().Before(end) {
			changed := s.changed
			s.mu.Unlock()
			select {
			case <-changed:
			case <-time.After(time.Until(end)):
			}
			s.mu.Lock()
		}
		if !force && s.done < s.wanted && s.inFlight && !s.counted && s.queue != nil {
			// The program ends while the server is silent: the next start shall not wait for it again.
			s.counted = true
			s.queue.failed(0)
		}
	}
	empty := len(s.memory) == 0
	s.mu.Unlock()
	return empty && (s.queue == nil || len(s.queue.waiting()) == 0)
}

func (s *sender) loop() {
	for {
		s.mu.Lock()
		goal := s.wanted
		s.active = true
		force, release := s.force, s.release
		s.force, s.release = false, false
		s.mu.Unlock()
		wait := s.safeRound(force, release)
		s.mu.Lock()
		s.done = max(s.done, goal)
		s.active = false
		close(s.changed)
		s.changed = make(chan struct{})
		if s.wanted == s.done && wait >= maxBackoff && len(s.held) == 0 {
			s.running = false
			s.mu.Unlock()
			return
		}
		idle := s.wanted == s.done
		s.mu.Unlock()
		if idle {
			timer := time.NewTimer(wait)
			select {
			case <-s.awake:
			case <-timer.C:
			}
			timer.Stop()
		}
	}
}

func (s *sender) safeRound(force, release bool) (wait time.Duration) {
	defer func() {
		if problem := recover(); problem != nil {
			s.client.say("could not send: " + printed(problem, 200))
			wait = maxBackoff
		}
	}()
	return s.round(force, release)
}

// round sends what may be sent, and gives how long it takes until there may be more.
func (s *sender) round(force, release bool) time.Duration {
	s.mu.Lock()
	bodies := s.memory
	s.memory = nil
	s.soon = false
	s.mu.Unlock()
	s.ping()
	for _, body := range bodies {
		s.post(body)
	}
	if s.queue == nil {
		return maxBackoff
	}
	for _, file := range s.queue.waiting() {
		if rest := s.queue.rest(); rest > 0 && !force {
			return max(100*time.Millisecond, rest)
		}
		tried := s.take(file, force || release)
		if tried == "" {
			continue
		}
		body := s.queue.read(tried)
		if body == nil {
			continue
		}
		sent, retryAfter := s.post(body)
		if sent {
			_ = os.Remove(s.queue.path(tried))
			s.queue.succeeded()
			continue
		}
		s.mu.Lock()
		if !s.counted {
			s.queue.failed(retryAfter)
		}
		s.mu.Unlock()
		return max(100*time.Millisecond, s.queue.rest())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.soon:
		return graceTime
	case len(s.held) > 0:
		return mergeTime
	}
	return maxBackoff
}

// take claims a report that may be sent now, and gives its name, "" where it has to wait or is somebody else's.
func (s *sender) take(file waitingFile, atOnce bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	match := newFile.FindStringSubmatch(file.name)
	if match == nil {
		return file.name
	}
	fingerprint := match[1]
	if !atOnce && s.isRecent(fingerprint) {
		return ""
	}
	if age := time.Since(file.changed); !atOnce && age >= 0 && age < graceTime {
		s.soon = true
		return ""
	}
	if held := s.held[fingerprint]; held != nil {
		delete(s.held, fingerprint)
		if held.name == file.name && held.saved != held.count {
			s.writeCount(held)
		}
	}
	tried := s.queue.claim(file.name)
	if tried != "" {
		if len(s.sentAt) > 1000 {
			clear(s.sentAt)
		}
		s.sentAt[fingerprint] = time.Now()
	}
	return tried
}

// ping tells the state of the session, once; a state that does not arrive is not told again.
func (s *sender) ping() {
	s.mu.Lock()
	c := s.client
	s.mu.Unlock()
	if !c.session.isUntold() {
		return
	}
	body := c.session.body(c)
	if s.queue != nil && s.queue.rest() > 0 {
		return
	}
	s.mu.Lock()
	s.inFlight, s.counted = true, false
	s.mu.Unlock()
	status, _, retryAfter, err := c.request(c.address("session"), body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight = false
	if (err != nil || status >= 500 || status == http.StatusTooManyRequests) && !s.counted && s.queue != nil {
		s.queue.failed(retryAfter)
	}
}

// post sends one body. It says whether that is done with, else how long the server wants us to wait.
func (s *sender) post(body []byte) (done bool, retryAfter time.Duration) {
	s.mu.Lock()
	c := s.client
	s.inFlight, s.counted = true, false
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.inFlight = false
		s.mu.Unlock()
	}()
	var dropped map[string]int
	if s.queue != nil {
		dropped = s.queue.saveDropped(nil)
	}
	status, answer, retryAfter, err := c.request(c.endpoint(dropped), body)
	if err != nil {
		c.say("server said nothing: " + printed(err, 200))
		return false, retryAfter
	}
	c.say(fmt.Sprintf("server said %d %s", status, clip(answer, 2000)))
	if status >= 200 && status < 300 && slices.Contains(strings.Split(strings.TrimSpace(answer), "&"), "response=ok") {
		if len(dropped) > 0 {
			s.queue.saveDropped(dropped)
		}
		return true, 0
	}
	return status == 400 || status == 413 || status == 422, retryAfter
}

// request posts JSON; redirects are not followed, no connection stays open, the answer is read up to its bound.
func (c *client) request(address string, body []byte) (status int, answer string, retryAfter time.Duration, err error) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	poster := &http.Client{
		Transport: transport, Timeout: c.timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, "", 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "mayday-go/"+LibraryVersion)
	response, err := poster.Do(request)
	if err != nil {
		return 0, "", 0, err
	}
	defer response.Body.Close()
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds >= 0 && seconds < 1e6 {
		retryAfter = time.Duration(seconds) * time.Second
	}
	// Half an answer is none that says ok, but its status and Retry-After count.
	content, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return response.StatusCode, string(content), retryAfter, nil
}
